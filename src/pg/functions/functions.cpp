// The SQL functions that upsert products.
#include "core/answer/answer.hpp"
#include "core/http/http.hpp"
#include "pg/boundary/boundary.hpp"
#include "pg/functions/rows.hpp"
#include "pg/functions/upsert.hpp"
#include "pg/store/own_columns.hpp"
#include "pg/types/jsonb.hpp"

namespace product_upsert {

namespace {

Datum upsert_one(FunctionCallInfo fcinfo, Arguments arguments) {
  const MemoryContext memory = CurrentMemoryContext;
  Upsert call(fcinfo, arguments);
  if (const auto first = call.find_answer("product_upsert")) {
    MemoryContextSwitchTo(memory);
    const Datum result = make_jsonb(*first);
    call.finish();
    return result;
  }
  call.options.wants_products = true;
  call.run(DocumentReader::Shape::one);
  Batch& batch = call.batch();
  const Value answer = answer_one(batch, batch.items.front());
  if (call.has_key()) call.keep(answer.json());
  MemoryContextSwitchTo(memory);
  const Datum result = make_jsonb(answer);
  call.finish();
  return result;
}

Datum upsert_bulk(FunctionCallInfo fcinfo, Arguments arguments) {
  const MemoryContext memory = CurrentMemoryContext;
  Upsert call(fcinfo, arguments);
  if (const auto first = call.find_answer("product_upsert_bulk")) {
    MemoryContextSwitchTo(memory);
    const Datum result = make_jsonb(*first);
    call.finish();
    return result;
  }
  call.options.wants_products = call.batch().profile.bulk_answer == BulkAnswer::products;
  call.run(DocumentReader::Shape::many);
  if (call.has_key()) call.keep(answer_bulk_json(call.batch()));
  MemoryContextSwitchTo(memory);
  JsonbList answers(call.batch().items.size());
  answer_bulk(call.batch(), [&](const Value& answer) { answers.add(answer); });
  const Datum result = answers.finish();
  call.finish();
  return result;
}

Datum upsert_rows(FunctionCallInfo fcinfo, Arguments arguments) {
  RowWriter rows(fcinfo);
  Upsert call(fcinfo, arguments);
  call.options.wants_levels = true;
  if (const auto first = call.find_answer("product_upsert_rows")) {
    rows.write(*first);
  } else {
    call.run(DocumentReader::Shape::many);
    if (call.has_key()) call.keep(rows_json(call.batch()));
    rows.write(call.batch());
  }
  call.finish();
  fcinfo->isnull = true;
  return 0;
}

}  // namespace

PRODUCT_UPSERT_FUNCTION(product_upsert) { return upsert_one(fcinfo, arguments::kUpsert); }
PRODUCT_UPSERT_FUNCTION(product_upsert_text) { return upsert_one(fcinfo, arguments::kUpsertText); }

PRODUCT_UPSERT_FUNCTION(product_upsert_bulk) { return upsert_bulk(fcinfo, arguments::kBulk); }
PRODUCT_UPSERT_FUNCTION(product_upsert_bulk_text) {
  return upsert_bulk(fcinfo, arguments::kBulkText);
}

PRODUCT_UPSERT_FUNCTION(product_upsert_rows) { return upsert_rows(fcinfo, arguments::kBulk); }
PRODUCT_UPSERT_FUNCTION(product_upsert_rows_text) {
  return upsert_rows(fcinfo, arguments::kBulkText);
}

// The organization of a call in SQL: its argument, or the setting.
PRODUCT_UPSERT_FUNCTION(product_call_organization) {
  PG_RETURN_INT64(organization_argument(fcinfo->args[0]));
}

// Checks a definition when it is written to product_profile. The error contains the JSON path of
// the fault.
PRODUCT_UPSERT_FUNCTION(product_profile_check) {
  Arena arena;
  const auto rules = read_own_rules(schema_oid(fcinfo));
  compile_contract("", read_jsonb(fcinfo->args[0].value, arena),
                   read_own_columns(schema_oid(fcinfo)), rules ? &*rules : nullptr);
  PG_RETURN_BOOL(true);
}

}  // namespace product_upsert
