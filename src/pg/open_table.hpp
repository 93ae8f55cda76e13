#pragma once

#include <array>
#include <cstddef>
#include <span>

#include "core/column.hpp"
#include "pg/compat.hpp"

namespace product_upsert {

// The table product, open for rows to be written to it below SQL. close() on success only: the
// (sub)transaction's abort closes it.
class OpenTable {
 public:
  // A row of the table, column by column.
  struct Row {
    Datum* values;
    bool* nulls;
  };

  OpenTable() = default;
  OpenTable(const OpenTable&) = delete;
  OpenTable& operator=(const OpenTable&) = delete;

  // False, and nothing is open, where only SQL does all that the table asks for.
  bool open_for_insert(Oid table, ColumnSet columns);
  bool open_for_update(Oid table, ColumnSet columns);
  void close();

  // Where the column stands in the table, from 1.
  AttrNumber attribute(Column column) const {
    return attributes_[static_cast<std::size_t>(column)];
  }
  std::int64_t organization_of(const TupleTableSlot* slot) const {
    return DatumGetInt64(slot->tts_values[organization_ - 1]);
  }
  // A row as INSERT begins it: the organization, every other column's default. Lives as long as the
  // table is open.
  Row defaults(std::int64_t organization_id) const;

  TupleTableSlot* make_slot() const;
  // Makes the slot an unnamed row with these values, which it does not copy.
  void copy(Row row, TupleTableSlot* slot) const;
  // Raises an error where a constraint does not hold (NOT NULL, CHECK).
  void check(TupleTableSlot* slot) const;
  // Has the slot keep copies of its values. Returns their bytes.
  std::size_t materialize(TupleTableSlot* slot) const;
  // Writes the rows, which must be materialized, and empties their slots.
  void insert(std::span<TupleTableSlot*> slots) const;
  // Reads the row that is there (see StoredProduct::tid), if our snapshot sees it.
  bool fetch(std::uint64_t place, TupleTableSlot* slot) const;
  // Writes a new version of the row that is there; false where another writer has done so. Where
  // the whole transaction has one snapshot, that is an error.
  bool update(std::uint64_t place, TupleTableSlot* slot) const;

 private:
  bool open(Oid table, CmdType command, ColumnSet columns);
  bool find_attributes();
  bool open_indexes(Bitmapset* inserted, Bitmapset* updated);
  bool prepare_insert(Bitmapset* written);
  void begin();

  Relation relation_ = nullptr;
  EState* estate_ = nullptr;
  ResultRelInfo* result_ = nullptr;
  BulkInsertStateData* pages_ = nullptr;
  Row defaults_{};
  std::array<AttrNumber, kColumns> attributes_{};
  AttrNumber organization_ = 0;
};

}  // namespace product_upsert
