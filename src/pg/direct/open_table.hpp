#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "core/catalogue/column.hpp"
#include "pg/boundary/compat.hpp"

namespace product_upsert {

// One of our tables, opened to write rows below SQL. Call close() on success only: the
// (sub)transaction's abort closes it.
class OpenTable {
 public:
  // The values of a row of the table, column by column.
  struct Row {
    Datum* values;
    bool* nulls;
  };
  // Rows of `table` that the inserted rows refer to by organization and `column`, and that this
  // transaction has already written. Nobody else can remove them before it ends.
  struct Written {
    Oid table;
    unsigned column;
  };

  // `columns`: the table's columns except organization_id, as our script creates them. They must
  // outlive this object.
  OpenTable(Oid table, std::span<const ColumnInfo> columns)
      : id_(table), columns_(columns), attributes_(columns.size()) {}
  OpenTable(const OpenTable&) = delete;
  OpenTable& operator=(const OpenTable&) = delete;

  // `given`: the columns that will be set, by their places. All rows belong to one organization.
  // Returns false, with nothing opened, if only SQL can do everything that the table requires.
  bool open_for_insert(std::int64_t organization_id, std::span<const unsigned> given,
                       std::optional<Written> written);
  bool open_for_update(std::int64_t organization_id, std::span<const unsigned> given);
  void close();

  // The column's attribute number in the table.
  AttrNumber attribute(unsigned column) const { return attributes_[column]; }
  std::int64_t organization_of(const TupleTableSlot* slot) const {
    return DatumGetInt64(slot->tts_values[organization_ - 1]);
  }

  TupleTableSlot* make_slot() const;
  // Initializes a row as INSERT does: the organization, and the defaults of all other columns.
  void start(std::int64_t organization_id, TupleTableSlot* slot) const;
  // Fills the slot with these values, which are not copied, as a row without a tid. Dropped columns
  // become null.
  void copy(Row row, TupleTableSlot* slot) const;
  // Raises an error if a constraint is violated (NOT NULL, CHECK).
  void check(TupleTableSlot* slot) const;
  // Lets the slot copy its values. Returns their size in bytes.
  std::size_t materialize(TupleTableSlot* slot) const;
  // Writes the rows, which must be materialized, and clears their slots.
  void insert(std::span<TupleTableSlot*> slots) const;
  // Who wrote a row: this transaction, or one that has ended.
  enum class Origin : bool { committed, ours };
  // Reads the row at that tid (see StoredProduct::tid) if our snapshot sees it.
  std::optional<Origin> fetch(std::uint64_t place, TupleTableSlot* slot) const;
  // Writes a new version of the row at that tid. Returns false if another writer has done so, or
  // holds the row and may not be waited for. If the whole transaction has one snapshot, the former
  // is an error.
  bool update(std::uint64_t place, Origin origin, TupleTableSlot* slot, bool may_wait) const;

 private:
  // An identity column.
  struct Counter {
    AttrNumber attribute;
    Oid sequence;
  };

  bool open(CmdType command, std::int64_t organization_id, std::span<const unsigned> given,
            std::optional<Written> written);
  bool open_here(CmdType command, std::int64_t organization_id, std::span<const unsigned> given,
                 std::optional<Written> written);
  bool open_in_snapshot(CmdType command, std::span<const unsigned> given,
                        std::optional<Written> written);
  AttrNumber attribute_named(AttrNumber column) const;
  bool open_indexes(Bitmapset* inserted, Bitmapset* updated);
  bool prepare_insert(Bitmapset* given, std::optional<Written> written);
  bool evaluate_defaults(const Bitmapset* given);
  bool is_held(const ForeignKeyCacheInfo* key, Written written) const;
  void keep_needed_checks(const Bitmapset* given, std::optional<Written> written);

  Oid id_;
  std::int64_t organization_id_ = 0;
  std::span<const ColumnInfo> columns_;
  MemoryContext memory_ = nullptr;  // of what belongs to the open table
  Relation table_ = nullptr;        // the table that the statement would name
  Relation relation_ = nullptr;     // the table that has the rows: the same, or a partition
  EState* estate_ = nullptr;
  ResultRelInfo* result_ = nullptr;
  BulkInsertStateData* pages_ = nullptr;
  Row defaults_{};
  std::optional<Counter> counter_;
  std::vector<AttrNumber> attributes_;
  Bitmapset* dropped_ = nullptr;  // numbered from 0
  AttrNumber organization_ = 0;
};

}  // namespace product_upsert
