// The functions that SQL calls to upsert, match and read products.
#include <algorithm>

#include "core/answer.hpp"
#include "core/failure.hpp"
#include "pg/array.hpp"
#include "pg/boundary.hpp"
#include "pg/extension.hpp"
#include "pg/jsonb.hpp"
#include "pg/upsert.hpp"

namespace product_upsert {

namespace {

Places single_places() {
  Places p;
  p.dry_run = 8;
  return p;
}

Places bulk_places() {
  Places p;
  p.on_error = 8;
  p.dry_run = 9;
  return p;
}

Datum make_text(std::string_view text) {
  return Call([data = text.data(), size = text.size()] {
    return PointerGetDatum(cstring_to_text_with_len(data, static_cast<int>(size)));
  });
}

// The names of the fields that changed, as text[].
Datum changed_fields(const Batch& batch, const Item& item, ArrayBuilder& names) {
  names.clear();
  for (std::uint16_t f : item.changed) {
    names.append(Value::text(f == Item::kUnknownFields
                                 ? std::string_view("meta")
                                 : std::string_view(batch.profile.fields[f].name)));
  }
  return names.finish();
}

// Errors of a reject; of a document that came too late, a note.
Datum errors_column(const Item& item, std::size_t position, bool& is_null) {
  is_null = item.failures.empty() && !item.stale;
  if (is_null) return 0;
  if (!item.stale || !item.failures.empty()) return make_jsonb(errors_of(item, position));
  Item note;
  note.failures.push_back(
      {Code::stale, "", "is older than what is stored, so nothing was written", {}});
  return make_jsonb(errors_of(note, position));
}

// Writes the answer of product_upsert_rows.
class RowWriter {
 public:
  explicit RowWriter(FunctionCallInfo fcinfo) : changed_(ColumnType::text, 8) {
    Call([fcinfo] { compat::materialized_srf(fcinfo); });
    result_ = reinterpret_cast<ReturnSetInfo*>(fcinfo->resultinfo);
    for (Status s : {Status::created, Status::updated, Status::unchanged, Status::rejected})
      statuses_[static_cast<std::size_t>(s)] = make_text(name(s));
  }

  void write(const Batch& batch, std::size_t index) {
    const Item& item = batch.items[index];
    Datum values[7] = {};
    bool nulls[7] = {};
    values[0] = Int64GetDatum(static_cast<std::int64_t>(index) + 1);
    values[1] = statuses_[static_cast<std::size_t>(item.status)];
    values[2] = Int64GetDatum(item.id);
    nulls[2] = item.id == 0;
    values[3] = decided_by(item.decided_by);
    nulls[3] = item.decided_by == nullptr;
    values[4] = Int32GetDatum(item.version);
    nulls[4] = item.id == 0;
    nulls[5] = item.status != Status::updated;
    if (!nulls[5]) values[5] = changed_fields(batch, item, changed_);
    values[6] = errors_column(item, index + 1, nulls[6]);
    Call([store = result_->setResult, descriptor = result_->setDesc,
          v = static_cast<Datum*>(values),
          n = static_cast<bool*>(nulls)] { tuplestore_putvalues(store, descriptor, v, n); });
    if (!nulls[6]) Call([errors = DatumGetPointer(values[6])] { pfree(errors); });
  }

 private:
  Datum decided_by(const char* rule) {
    if (rule == nullptr) return 0;
    if (rule != rule_) {
      rule_ = rule;
      rule_datum_ = make_text(rule);
    }
    return rule_datum_;
  }

  ReturnSetInfo* result_;
  Datum statuses_[8] = {};
  ArrayBuilder changed_;
  const char* rule_ = nullptr;
  Datum rule_datum_ = 0;
};

}  // namespace

PRODUCT_UPSERT_FUNCTION(product_upsert) {
  const MemoryContext memory = CurrentMemoryContext;
  Upsert call(fcinfo, single_places());
  call.options.wants_products = true;
  call.run(DocumentReader::Shape::one);
  const std::string answer = answer_one(call.batch(), call.batch().items.front());
  MemoryContextSwitchTo(memory);
  const Datum result = make_jsonb(answer);
  call.finish();
  return result;
}

PRODUCT_UPSERT_FUNCTION(product_upsert_bulk) {
  const MemoryContext memory = CurrentMemoryContext;
  Upsert call(fcinfo, bulk_places());
  call.options.wants_products = call.batch().profile.bulk_answer == BulkAnswer::products;
  call.run(DocumentReader::Shape::many);
  const std::string answer = answer_bulk(call.batch());
  MemoryContextSwitchTo(memory);
  const Datum result = make_jsonb(answer);
  call.finish();
  return result;
}

PRODUCT_UPSERT_FUNCTION(product_upsert_rows) {
  RowWriter rows(fcinfo);
  Upsert call(fcinfo, bulk_places());
  call.options.wants_levels = true;
  call.run(DocumentReader::Shape::many);
  for (std::size_t i = 0; i < call.batch().items.size(); ++i) rows.write(call.batch(), i);
  call.finish();
  fcinfo->isnull = true;
  return 0;
}

PRODUCT_UPSERT_FUNCTION(product_match) {
  const MemoryContext memory = CurrentMemoryContext;
  Upsert call(fcinfo, Places{});
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

PRODUCT_UPSERT_FUNCTION(product_get) {
  if (fcinfo->args[0].isnull) throw Refusal(Refused::null_argument, "id must not be null");
  const std::int64_t organization = organization_argument(fcinfo, 2);
  const MemoryContext memory = CurrentMemoryContext;
  const std::string schema = schema_of(fcinfo);
  Spi spi;
  spi.connect();
  const auto profile = Session::of(schema).profile(profile_argument(fcinfo, 1));
  ColumnSet columns = profile->columns;
  columns.add(Column::id);
  class Printing final : public FoundSink {
   public:
    Printing(const Profile& profile, std::int64_t organization, ColumnSet columns)
        : profile_(profile), organization_(organization), columns_(columns) {}
    void found(std::uint32_t, std::uint16_t, const StoredProduct& row) override {
      answer.clear();
      const bool wrapped = !profile_.answer_envelope.empty();
      if (wrapped) {
        answer = "{";
        write_json_string(profile_.answer_envelope, answer);
        answer += ':';
      }
      write_product(profile_, organization_, columns_, row.values, answer);
      if (wrapped) answer += '}';
    }
    std::string answer;

   private:
    const Profile& profile_;
    std::int64_t organization_;
    ColumnSet columns_;
  } printing(*profile, organization, columns);
  const Column by[] = {Column::id};
  const KeyGroup key{by, 0, 0, {0}, {Value::integer(0)}};
  KeyGroup group = key;
  Arena arena;
  const std::string id = std::to_string(DatumGetInt64(fcinfo->args[0].value));
  group.keys = {*Value::parse_number(id, arena)};
  Store(schema, schema_oid(fcinfo)).find(organization, {&group, 1}, columns, printing);
  MemoryContextSwitchTo(memory);
  Datum result = 0;
  if (printing.answer.empty()) fcinfo->isnull = true;
  else result = make_jsonb(printing.answer);
  spi.finish();
  return result;
}

// Checks a definition as it is written to product_profile; the JSON path of a fault is in the
// error.
PRODUCT_UPSERT_FUNCTION(product_profile_check) {
  Arena arena;
  compile_profile("", read_jsonb(fcinfo->args[0].value, arena));
  PG_RETURN_BOOL(true);
}

}  // namespace product_upsert
