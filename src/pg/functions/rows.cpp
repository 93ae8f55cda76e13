#include "pg/functions/rows.hpp"

#include <algorithm>

#include "core/answer/answer.hpp"
#include "pg/boundary/boundary.hpp"
#include "pg/types/jsonb.hpp"

extern "C" {
#include "catalog/pg_operator.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "utils/tuplesort.h"
#include "utils/tuplestore.h"
}

namespace product_upsert {

Datum make_text(std::string_view text) {
  return Call([data = text.data(), size = text.size()] {
    return PointerGetDatum(cstring_to_text_with_len(data, static_cast<int>(size)));
  });
}

Datum changed_fields(const Batch& batch, const Item& item, ArrayBuilder& names) {
  names.clear();
  for (std::uint16_t f : item.changed) {
    names.append(Value::text(f == Item::kUnknownFields
                                 ? std::string_view("meta")
                                 : std::string_view(batch.profile.fields[f].name)));
  }
  return names.finish();
}

Datum errors_column(const Item& item, std::size_t position, bool& is_null) {
  const bool absent = item.tombstone && item.id == 0;
  is_null = item.failures.empty() && !item.stale && !item.superseded && !item.deleted &&
            !item.removes && !absent;
  if (is_null) return 0;
  if (!item.failures.empty()) return make_jsonb(errors_of(item, position));
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
    note.failures.push_back(
        {Code::not_found, "", "names no product, so there is none to delete", {}});
  }
  if (item.deleted) {
    note.failures.push_back({Code::deleted, "", "the product is deleted, and stays so", {}});
  }
  return make_jsonb(errors_of(note, position));
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

// Kept in our own memory, since the caller's may be emptied between two batches.
Datum RowWriter::decided_by(const char* rule) {
  if (rule == nullptr) return 0;
  const auto known =
      std::find_if(rules_.begin(), rules_.end(), [rule](const auto& r) { return r.first == rule; });
  if (known != rules_.end()) return known->second;
  const MemoryContext caller = MemoryContextSwitchTo(memory_);
  rules_.emplace_back(rule, make_text(rule));
  MemoryContextSwitchTo(caller);
  return rules_.back().second;
}

}  // namespace product_upsert
