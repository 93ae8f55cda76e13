#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "core/catalogue/column.hpp"
#include "pg/boundary/compat.hpp"

namespace product_upsert {

// One of our tables, open for rows to be written to it below SQL. close() on success only: the
// (sub)transaction's abort closes it.
class OpenTable {
 public:
  // A row of the table, column by column.
  struct Row {
    Datum* values;
    bool* nulls;
  };
  // Rows of `table` that those to be inserted refer to, by organization and `column`, and that this
  // transaction has written already: as long as it runs nobody else can remove them.
  struct Written {
    Oid table;
    unsigned column;
  };

  // `columns` are those of the table but organization_id, as our script made them; must outlive it.
  OpenTable(Oid table, std::span<const ColumnInfo> columns)
      : id_(table), columns_(columns), attributes_(columns.size()) {}
  OpenTable(const OpenTable&) = delete;
  OpenTable& operator=(const OpenTable&) = delete;

  // `given`: the columns that will be set, by their places; all rows are of one organization.
  // False, and nothing is open, where only SQL does all that the table asks for.
  bool open_for_insert(std::int64_t organization_id, std::span<const unsigned> given,
                       std::optional<Written> written);
  bool open_for_update(std::int64_t organization_id, std::span<const unsigned> given);
  void close();

  // Where the column stands in the table, from 1.
  AttrNumber attribute(unsigned column) const { return attributes_[column]; }
  std::int64_t organization_of(const TupleTableSlot* slot) const {
    return DatumGetInt64(slot->tts_values[organization_ - 1]);
  }

  TupleTableSlot* make_slot() const;
  // Makes the slot a row as INSERT begins it: the organization, every other column's default.
  void start(std::int64_t organization_id, TupleTableSlot* slot) const;
  // Makes the slot an unnamed row with these values, which it does not copy; what dropped columns
  // held is left out.
  void copy(Row row, TupleTableSlot* slot) const;
  // Raises an error where a constraint does not hold (NOT NULL, CHECK).
  void check(TupleTableSlot* slot) const;
  // Has the slot keep copies of its values. Returns their bytes.
  std::size_t materialize(TupleTableSlot* slot) const;
  // Writes the rows, which must be materialized, and empties their slots.
  void insert(std::span<TupleTableSlot*> slots) const;
  // Who wrote a row: this transaction, or one that has ended.
  enum class Origin : bool { committed, ours };
  // Reads the row that is there (see StoredProduct::tid), if our snapshot sees it.
  std::optional<Origin> fetch(std::uint64_t place, TupleTableSlot* slot) const;
  // Writes a new version of the row that is there; false where another writer has done so, or is
  // about to and may not be waited for. Where the whole transaction has one snapshot, the former is
  // an error.
  bool update(std::uint64_t place, Origin origin, TupleTableSlot* slot, bool may_wait) const;

 private:
  // A column that counts by itself.
  struct Counter {
    AttrNumber attribute;
    Oid sequence;
  };

  bool open(CmdType command, std::int64_t organization_id, std::span<const unsigned> given,
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
  Relation table_ = nullptr;     // as the statement would name it
  Relation relation_ = nullptr;  // that has the rows: itself, or a partition
  EState* estate_ = nullptr;
  ResultRelInfo* result_ = nullptr;
  BulkInsertStateData* pages_ = nullptr;
  Row defaults_{};
  std::optional<Counter> counter_;
  std::vector<AttrNumber> attributes_;
  Bitmapset* dropped_ = nullptr;  // from 0
  AttrNumber organization_ = 0;
};

}  // namespace product_upsert
