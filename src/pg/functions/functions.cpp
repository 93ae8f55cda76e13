// The functions that SQL calls to upsert, match and read products.
#include <algorithm>

#include "core/answer/answer.hpp"
#include "core/answer/related_answers.hpp"
#include "core/http/http.hpp"
#include "core/value/failure.hpp"
#include "core/value/text.hpp"
#include "pg/boundary/boundary.hpp"
#include "pg/functions/extension.hpp"
#include "pg/functions/relatives.hpp"
#include "pg/functions/rows.hpp"
#include "pg/functions/upsert.hpp"
#include "pg/store/own_columns.hpp"
#include "pg/store/request_store.hpp"
#include "pg/store/tables.hpp"
#include "pg/types/array.hpp"
#include "pg/types/jsonb.hpp"

extern "C" {
#include "access/xact.h"
}

namespace product_upsert {

namespace {

Datum upsert_one(FunctionCallInfo fcinfo, Arguments arguments) {
  const MemoryContext memory = CurrentMemoryContext;
  Upsert call(fcinfo, arguments);
  call.options.wants_products = true;
  call.run(DocumentReader::Shape::one);
  Batch& batch = call.batch();
  const Value answer = answer_one(batch, batch.items.front());
  MemoryContextSwitchTo(memory);
  const Datum result = make_jsonb(answer);
  call.finish();
  return result;
}

Datum upsert_bulk(FunctionCallInfo fcinfo, Arguments arguments) {
  const MemoryContext memory = CurrentMemoryContext;
  Upsert call(fcinfo, arguments);
  call.options.wants_products = call.batch().profile.bulk_answer == BulkAnswer::products;
  call.run(DocumentReader::Shape::many);
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
  call.run(DocumentReader::Shape::many);
  rows.write(call.batch());
  call.finish();
  fcinfo->isnull = true;
  return 0;
}

Datum match(FunctionCallInfo fcinfo, Arguments arguments) {
  const MemoryContext memory = CurrentMemoryContext;
  Upsert call(fcinfo, arguments);
  call.options.wants_levels = true;
  call.options.read_only = true;
  call.run(DocumentReader::Shape::one);
  const Batch& batch = call.batch();
  const Item& item = batch.items.front();
  // What is still pending would have been written.
  Status status = item.status;
  if (status == Status::pending) status = item.id == 0 ? Status::created : Status::updated;

  std::string candidates = "[";
  for (const Engine::Candidate& c : call.engine().candidates()) {
    if (candidates.size() > 1) candidates += ',';
    candidates += "{\"id\":" + std::to_string(c.id) + ",\"rule\":\"" +
                  call.engine().rules().rules[c.rule].name + "\"}";
  }
  if (status == Status::created) {
    Store store(schema_of(fcinfo), schema_oid(fcinfo), batch.profile.variant_columns);
    const std::string relatives = relatives_json(store, batch, item, call.engine().rules());
    if (candidates.size() > 1 && !relatives.empty()) candidates += ',';
    candidates += relatives;
  }
  candidates += ']';
  std::string explanation;
  const std::string by = item.decided_by != nullptr ? std::string(item.decided_by) : std::string();
  switch (status) {
    case Status::created:
      explanation = "no product matches" + (by.empty() ? std::string() : ": new by " + by) +
                    "; a product would be created";
      break;
    case Status::updated:
      explanation =
          "product " + std::to_string(item.id) + " matches by " + by + " and would be updated";
      break;
    case Status::unchanged:
      explanation = "product " + std::to_string(item.id) + " matches by " + by +
                    (item.stale ? " and is newer than the document"
                                : " and already holds what the document says");
      break;
    default:
      explanation = "the document would be rejected: " +
                    (item.failures.front().field.empty() ? std::string()
                                                         : item.failures.front().field + " ") +
                    item.failures.front().message;
  }
  MemoryContextSwitchTo(memory);
  Datum values[7] = {};
  bool nulls[7] = {};
  values[0] = make_text(name(status));
  values[1] = Int64GetDatum(item.id);
  nulls[1] = item.id == 0;
  nulls[2] = item.decided_by == nullptr;
  if (!nulls[2]) values[2] = make_text(by);
  values[3] = make_jsonb(candidates);
  ArrayBuilder changed(ColumnType::text, 8);
  nulls[4] = status != Status::updated;
  if (!nulls[4]) values[4] = changed_fields(batch, item, changed);
  values[5] = errors_column(item, 0, nulls[5]);
  values[6] = make_text(explanation);
  const Datum result =
      Call([fcinfo, v = static_cast<Datum*>(values), n = static_cast<bool*>(nulls)] {
        TupleDesc descriptor;
        if (get_call_result_type(fcinfo, nullptr, &descriptor) != TYPEFUNC_COMPOSITE)
          elog(ERROR, "return type must be a row type");
        return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(descriptor), v, n));
      });
  call.finish();
  return result;
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

PRODUCT_UPSERT_FUNCTION(product_match) { return match(fcinfo, arguments::kMatch); }
PRODUCT_UPSERT_FUNCTION(product_match_text) { return match(fcinfo, arguments::kMatchText); }

// The organization that a call in SQL is for: its argument, or the setting.
PRODUCT_UPSERT_FUNCTION(product_call_organization) {
  PG_RETURN_INT64(organization_argument(fcinfo->args[0]));
}

PRODUCT_UPSERT_FUNCTION(product_get) {
  using arguments::kGet;
  const NullableDatum& given = fcinfo->args[position_of(argument::id, kGet)];
  if (given.isnull) throw null_argument("id", "Pass the id of a product.");
  const std::int64_t organization =
      organization_argument(fcinfo->args[position_of(argument::organization_id, kGet)]);
  const MemoryContext memory = CurrentMemoryContext;
  const std::string schema = schema_of(fcinfo);
  check_readable(schema_oid(fcinfo));
  Spi spi;
  spi.connect();
  check_tables(schema, schema_oid(fcinfo));
  const auto profile =
      Session::of(schema, schema_oid(fcinfo))
          .profile(profile_argument(fcinfo->args[position_of(argument::profile, kGet)]));
  ColumnSet columns = profile->columns;
  columns.add(Column::id);
  class Keeping final : public FoundSink {
   public:
    void found(std::uint32_t, std::uint16_t, const StoredProduct& row) override {
      id = row.id;
      values.clear();
      for (const Value& v : row.values) values.push_back(v.copy_to(arena));
    }
    std::int64_t id = 0;
    std::vector<Value> values;
    Arena arena;
  } product;
  const Column by[] = {Column::id};
  const KeyGroup key{by, 0, {0}, {Value::integer(0)}};
  KeyGroup group = key;
  Arena arena;
  const std::string id = std::to_string(DatumGetInt64(given.value));
  group.keys = {*Value::parse_number(id, arena)};
  Store store(schema, schema_oid(fcinfo), profile->variant_columns);
  store.find(organization, {&group, 1}, columns, product);
  // What is shown by uuid gets one (fine point c); who may not write is shown what it will be.
  const Field* const uuid = profile->field_of(Column::uuid);
  const auto related_answers_by = uuid != nullptr && uuid->generated
                                      ? std::optional(columns.index(Column::uuid))
                                      : std::nullopt;
  if (product.id != 0 && related_answers_by && !product.values[*related_answers_by].has_value()) {
    const std::string derived = derived_uuid(organization, product.id);
    const Value given = Value::text(derived);
    if (!XactReadOnly && store.may(Right::update, organization)) {
      RequestStore(schema, schema_oid(fcinfo))
          .give_uuids(organization, {&product.id, 1}, {&given, 1});
      store.find(organization, {&group, 1}, columns, product);
    }
    if (!product.values[*related_answers_by].has_value())
      product.values[*related_answers_by] =
          Value::text(product.arena.copy(std::string_view(derived)));
  }
  Datum result = 0;
  if (product.id == 0) {
    fcinfo->isnull = true;
  } else {
    RelatedAnswers related_answers(*profile, columns);
    const RelatedAnswers::Subject subject{product.id, product.values};
    if (profile->has_related_fields)
      related_answers.read(store.related(), organization, {&subject, 1});
    MemoryContextSwitchTo(memory);  // every query leaves SPI's own, which goes with finish()
    result = make_jsonb(enveloped(*profile,
                                  product_answer(*profile, organization, columns, product.id,
                                                 product.values, &related_answers, arena),
                                  arena));
  }
  spi.finish();
  return result;
}

// Checks a definition as it is written to product_profile; the JSON path of a fault is in the
// error.
PRODUCT_UPSERT_FUNCTION(product_profile_check) {
  Arena arena;
  const auto rules = read_own_rules(schema_oid(fcinfo));
  compile_contract("", read_jsonb(fcinfo->args[0].value, arena),
                   read_own_columns(schema_oid(fcinfo)), rules ? &*rules : nullptr);
  PG_RETURN_BOOL(true);
}

}  // namespace product_upsert
