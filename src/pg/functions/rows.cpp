#include "pg/functions/rows.hpp"

#include <algorithm>

#include "core/answer/answer.hpp"
#include "core/value/interrupts.hpp"
#include "pg/boundary/boundary.hpp"
#include "pg/boundary/in_context.hpp"
#include "pg/types/jsonb.hpp"
#include "pg/types/varlena.hpp"

extern "C" {
#include "catalog/pg_operator.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "utils/tuplesort.h"
#include "utils/tuplestore.h"
}

namespace product_upsert {

Datum changed_fields(const Batch& batch, const Item& item, ArrayBuilder& names) {
  names.clear();
  for (std::uint16_t f : item.changed) {
    Assert(f == Item::kUnknownFields || f < batch.profile.fields.size());
    names.append(Value::text(f == Item::kUnknownFields
                                 ? std::string_view("meta")
                                 : std::string_view(batch.profile.fields[f].name)));
  }
  return names.finish();
}

namespace {

void add_held_back(const Item& item, std::vector<Failure>& notes) {
  for (const HeldBack& held : item.sources->held) {
    const std::string source(held.source);
    Details details;
    details.text("source", source);
    if (!held.value.empty()) details.text("value", held.value);
    notes.push_back({Code::held_back, std::string(held.name),
                     "is held by source \"" + source + "\"", std::move(details)});
  }
}

// The errors or notes of the document as JSON; empty if there are none.
std::string errors_text(const Item& item, std::size_t position) {
  const bool absent = item.tombstone && item.id == 0;
  const bool held = item.sources != nullptr && !item.sources->held.empty() && !item.superseded;
  const bool none = item.failures.empty() && !item.stale && !item.superseded && !item.deleted &&
                    !item.removes && !absent && !held;
  if (none) return {};
  if (!item.failures.empty()) return errors_of(item, position);
  Item note;
  if (item.superseded) {
    note.failures.push_back(
        {Code::superseded, "", "a later document of the call is the same product", {}});
  } else if (item.stale) {
    note.failures.push_back(
        {Code::stale, "", "is older than what is stored, so nothing was written", {}});
  }
  if (item.removes) note.failures.push_back({Code::deleted, "", "the product was deleted", {}});
  if (absent && !item.superseded) {
    note.failures.push_back({Code::not_found, "", "names no product, so nothing is deleted", {}});
  }
  if (item.deleted) {
    // product_retire uses this member, so that it does not depend on the wording of the message.
    note.failures.push_back(
        item.says_deleted
            ? Failure{Code::deleted, "", "the product is deleted already",
                      Details().flag("already")}
            : Failure{Code::deleted, "", "the product is deleted and stays deleted", {}});
  }
  if (held) add_held_back(item, note.failures);
  return errors_of(note, position);
}

}  // namespace

Datum errors_column(const Item& item, std::size_t position, bool& is_null) {
  const std::string errors = errors_text(item, position);
  is_null = errors.empty();
  return is_null ? Datum{0} : make_jsonb(errors);
}

std::string rows_json(const Batch& batch) {
  std::string json = "[";
  for (std::size_t i = 0; i < batch.items.size(); ++i) {
    check_interrupts();
    const Item& item = batch.items[i];
    const bool known = item.id != 0;
    json += (i == 0 ? "[" : ",[") + std::to_string(batch.position(i)) + ",\"" + name(item.status) +
            "\"," + (known ? std::to_string(item.id) : "null") + ",";
    if (item.decided_by == nullptr) json += "null";
    else write_json_string(item.decided_by, json);
    json += "," + (known ? std::to_string(item.version) : "null") + ",";
    if (item.status == Status::updated) {
      json += "[";
      for (const std::uint16_t f : item.changed) {
        if (json.back() != '[') json += ',';
        write_json_string(f == Item::kUnknownFields ? "meta" : batch.profile.fields[f].name, json);
      }
      json += "]";
    } else {
      json += "null";
    }
    const std::string errors = errors_text(item, batch.position(i));
    json += "," + (errors.empty() ? "null" : errors) + "]";
  }
  return json + "]";
}

RowWriter::RowWriter(FunctionCallInfo fcinfo)
    : memory_(CurrentMemoryContext), changed_(ColumnType::text, 8) {
  Call([fcinfo] { compat::materialized_srf(fcinfo); });
  result_ = reinterpret_cast<ReturnSetInfo*>(fcinfo->resultinfo);
  for (Status s : {Status::created, Status::updated, Status::unchanged, Status::rejected})
    statuses_[static_cast<std::size_t>(s)] = make_text(name(s));
}

void RowWriter::write(const Batch& batch, const Keys& keys) {
  for (std::size_t i = 0; i < batch.items.size(); ++i) write(batch, i, keys);
}

void RowWriter::write(const std::string& rows) {
  Arena arena;
  const Datum kept = make_jsonb(rows);
  const Value all = read_jsonb(kept, arena);
  for (const Value& row : all.items()) {
    check_interrupts();
    const auto part = [&](std::size_t i) -> const Value& { return row.items()[i]; };
    Datum values[7] = {};
    bool nulls[7] = {};
    for (std::size_t i = 0; i < std::size(nulls); ++i) nulls[i] = !part(i).has_value();
    values[0] = Int64GetDatum(part(0).as_integer().value_or(0));
    values[1] = make_text(part(1).as_text());
    if (!nulls[2]) values[2] = Int64GetDatum(part(2).as_integer().value_or(0));
    if (!nulls[3]) values[3] = make_text(part(3).as_text());
    if (!nulls[4]) values[4] = Int32GetDatum(static_cast<std::int32_t>(*part(4).as_integer()));
    if (!nulls[5]) {
      changed_.clear();
      const Value& names = part(5);
      for (const Value& each : names.items()) changed_.append(each);
      values[5] = changed_.finish();
    }
    if (!nulls[6]) values[6] = make_jsonb(part(6));
    Call([store = result_->setResult, descriptor = result_->setDesc,
          v = static_cast<Datum*>(values),
          n = static_cast<bool*>(nulls)] { tuplestore_putvalues(store, descriptor, v, n); });
  }
}

void RowWriter::clear() {
  Call([store = result_->setResult] { tuplestore_clear(store); });
}

void RowWriter::sort() {
  Call([store = result_->setResult, descriptor = result_->setDesc] {
    AttrNumber position = 1;
    Oid less = Int8LessOperator;
    Oid collation = InvalidOid;
    bool nulls_first = false;
    Tuplesortstate* const sorting =
        tuplesort_begin_heap(descriptor, 1, &position, &less, &collation, &nulls_first, work_mem,
                             nullptr, TUPLESORT_NONE);
    TupleTableSlot* const slot = MakeSingleTupleTableSlot(descriptor, &TTSOpsMinimalTuple);
    tuplestore_rescan(store);
    while (tuplestore_gettupleslot(store, true, false, slot)) {
      CHECK_FOR_INTERRUPTS();
      tuplesort_puttupleslot(sorting, slot);
    }
    tuplesort_performsort(sorting);
    tuplestore_clear(store);
    while (tuplesort_gettupleslot(sorting, true, false, slot, nullptr))
      tuplestore_puttupleslot(store, slot);
    ExecDropSingleTupleTableSlot(slot);
    tuplesort_end(sorting);
  });
}

void RowWriter::write(const Batch& batch, std::size_t index, const Keys& keys) {
  const Item& item = batch.items[index];
  Assert(item.status != Status::pending);
  Assert(item.failures.empty() || item.status == Status::rejected);
  Datum values[8] = {};
  bool nulls[8] = {};
  values[0] = Int64GetDatum(static_cast<std::int64_t>(batch.position(index)));
  values[1] = statuses_[static_cast<std::size_t>(item.status)];
  values[2] = Int64GetDatum(item.id);
  nulls[2] = item.id == 0;
  values[3] = decided_by(item.decided_by);
  nulls[3] = item.decided_by == nullptr;
  values[4] = Int32GetDatum(item.version);
  nulls[4] = item.id == 0;
  nulls[5] = item.status != Status::updated;
  if (!nulls[5]) values[5] = changed_fields(batch, item, changed_);
  values[6] = errors_column(item, batch.position(index), nulls[6]);
  nulls[7] = index >= keys.size() || !keys[index];
  if (!nulls[7]) values[7] = make_text(*keys[index]);
  Call([store = result_->setResult, descriptor = result_->setDesc, v = static_cast<Datum*>(values),
        n = static_cast<bool*>(nulls)] { tuplestore_putvalues(store, descriptor, v, n); });
  if (!nulls[6]) Call([errors = DatumGetPointer(values[6])] { pfree(errors); });
  if (!nulls[7]) Call([key = DatumGetPointer(values[7])] { pfree(key); });
}

// Allocated in our own memory, because the caller's may be reset between two batches.
Datum RowWriter::decided_by(const char* rule) {
  if (rule == nullptr) return 0;
  const auto known =
      std::find_if(rules_.begin(), rules_.end(), [rule](const auto& r) { return r.first == rule; });
  if (known != rules_.end()) return known->second;
  const InContext kept(memory_);
  rules_.emplace_back(rule, make_text(rule));
  return rules_.back().second;
}

}  // namespace product_upsert
