// product_match: finds the product of a document, and what upserting would change.
#include "core/answer/answer.hpp"
#include "core/value/text.hpp"
#include "pg/boundary/boundary.hpp"
#include "pg/functions/extension.hpp"
#include "pg/functions/relatives.hpp"
#include "pg/functions/rows.hpp"
#include "pg/functions/upsert.hpp"
#include "pg/types/array.hpp"
#include "pg/types/jsonb.hpp"
#include "pg/types/varlena.hpp"

namespace product_upsert {

namespace {

// A document that is still pending would have been written.
Status status_of(const Item& item) {
  if (item.status != Status::pending) return item.status;
  return item.id == 0 ? Status::created : Status::updated;
}

std::string candidates_json(FunctionCallInfo fcinfo, const Upsert& call, const Batch& batch) {
  const Item& item = batch.items.front();
  const IdentityRules& rules = call.engine().rules();
  std::string candidates = "[";
  for (const Engine::Candidate& c : call.engine().candidates()) {
    if (candidates.size() > 1) candidates += ',';
    candidates += "{\"id\":" + std::to_string(c.id) + ",\"rule\":";
    write_json_string(rules.rules[c.rule].name, candidates);
    candidates += '}';
  }
  if (status_of(item) == Status::created) {
    Store store(schema_of(fcinfo), schema_oid(fcinfo), batch.profile.variant_columns);
    const std::string relatives = relatives_json(store, batch, item, rules);
    if (candidates.size() > 1 && !relatives.empty()) candidates += ',';
    candidates += relatives;
  }
  return candidates + ']';
}

std::string explain(const Item& item) {
  const std::string by = item.decided_by != nullptr ? std::string(item.decided_by) : std::string();
  const std::string product = "product " + std::to_string(item.id) + " matches by " + by;
  switch (status_of(item)) {
    case Status::created:
      return "no product matches" + (by.empty() ? std::string() : ": new by " + by) +
             "; a product would be created";
    case Status::updated:
      return product + (item.removes ? " and would be deleted" : " and would be updated");
    case Status::unchanged:
      if (item.id == 0) return "no product matches, so nothing is deleted";
      if (item.sources != nullptr && !item.sources->held.empty())
        return product + " and the document's other values are held back";
      return product + (item.stale ? " and is newer than the document"
                                   : " and already holds what the document says");
    default: {
      const Failure& first = item.failures.front();
      return "the document would be rejected: " +
             (first.field.empty() ? std::string() : first.field + " ") + first.message;
    }
  }
}

Datum match(FunctionCallInfo fcinfo, Arguments arguments) {
  const MemoryContext memory = CurrentMemoryContext;
  Upsert call(fcinfo, arguments);
  call.options.wants_levels = true;
  call.options.read_only = true;
  call.run(DocumentReader::Shape::one);
  const Batch& batch = call.batch();
  const Item& item = batch.items.front();
  const Status status = status_of(item);
  const std::string candidates = candidates_json(fcinfo, call, batch);
  MemoryContextSwitchTo(memory);
  Datum values[7] = {};
  bool nulls[7] = {};
  values[0] = make_text(name(status));
  values[1] = Int64GetDatum(item.id);
  nulls[1] = item.id == 0;
  nulls[2] = item.decided_by == nullptr;
  if (!nulls[2]) values[2] = make_text(item.decided_by);
  values[3] = make_jsonb(candidates);
  ArrayBuilder changed(ColumnType::text, 8);
  nulls[4] = status != Status::updated;
  if (!nulls[4]) values[4] = changed_fields(batch, item, changed);
  values[5] = errors_column(item, 0, nulls[5]);
  const std::string asked = call.engine().explain();
  values[6] = make_text(explain(item) + (asked.empty() ? "" : "; " + asked));
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

PRODUCT_UPSERT_FUNCTION(product_match) { return match(fcinfo, arguments::kMatch); }
PRODUCT_UPSERT_FUNCTION(product_match_text) { return match(fcinfo, arguments::kMatchText); }

}  // namespace product_upsert
