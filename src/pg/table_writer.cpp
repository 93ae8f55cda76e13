#include "pg/table_writer.hpp"

#include <vector>

#include "core/column.hpp"
#include "pg/array.hpp"
#include "pg/boundary.hpp"
#include "pg/datum.hpp"
#include "pg/extension.hpp"
#include "pg/open_table.hpp"

namespace product_upsert {

namespace {

// As many rows as COPY sends to a page writer at once.
constexpr int kMostRows = 1000;
constexpr std::size_t kMostBytes = 64 * 1024;

// Makes one column's values into datums, which live until the next one.
class Cell {
 public:
  Cell(Column column, AttrNumber attribute)
      : type_(info(column).type),
        place_(attribute - 1),
        // Arrays hold no arrays: here the builder makes the value itself.
        builder_(type_ == ColumnType::text_array ? ColumnType::text : type_, 1) {}

  void set(const Value& value, Datum* values, bool* nulls) {
    nulls[place_] = !value.has_value();
    if (nulls[place_]) return;
    builder_.clear();
    if (type_ != ColumnType::text_array) {
      builder_.append(value);
      values[place_] = builder_.only_element();
      return;
    }
    for (const Value& item : value.items()) {
      if (item.has_value() && item.kind() != Kind::text)
        builder_.append(Value::text(item.printed()));
      else builder_.append(item);
    }
    values[place_] = builder_.finish();
  }

 private:
  ColumnType type_;
  int place_;
  ArrayBuilder builder_;
};

// The product columns of rows, to and from the slots of an open table.
class Cells {
 public:
  Cells(const OpenTable& table, const Writes& writes)
      : table_(table), given_(writes.columns.size()) {
    cells_.reserve(given_.size());
    writes.columns.each([&](Column c) { cells_.emplace_back(c, table.attribute(c)); });
    returned_.resize(writes.returning.size());
  }
  // Sets the columns that `writes` has in a row of the table.
  void fill(const Writes& writes, std::size_t row, Datum* values, bool* nulls) {
    writes.fill(row, given_);
    for (std::size_t i = 0; i < cells_.size(); ++i) cells_[i].set(given_[i], values, nulls);
  }
  // What was written, as the sink is told; good until the next one.
  StoredProduct view(ColumnSet returning, const Datum* values, const bool* nulls) {
    arena_.reset();
    std::size_t i = 0;
    returning.each([&](Column c) {
      const int at = table_.attribute(c) - 1;
      returned_[i++] = view_datum(info(c).type, values[at], nulls[at], arena_);
    });
    return {DatumGetInt64(values[table_.attribute(Column::id) - 1]), 0,
            DatumGetInt32(values[table_.attribute(Column::version) - 1]), returned_};
  }

 private:
  const OpenTable& table_;
  std::vector<Cell> cells_;
  std::vector<Value> given_;
  std::vector<Value> returned_;
  Arena arena_;
};

}  // namespace

bool TableWriter::insert(const Writes& writes, WrittenSink& sink) const {
  OpenTable table;
  if (!direct_writes() || !table.open_for_insert(table_, writes.columns)) return false;
  Cells cells(table, writes);
  const OpenTable::Row fresh = table.defaults(writes.organization_id);
  std::vector<TupleTableSlot*> slots;
  std::size_t used = 0;
  std::size_t bytes = 0;
  for (std::size_t row = 0; row < writes.rows; ++row) {
    if (used == slots.size()) slots.push_back(table.make_slot());
    TupleTableSlot* const slot = slots[used++];
    table.copy(fresh, slot);
    cells.fill(writes, row, slot->tts_values, slot->tts_isnull);
    table.check(slot);
    sink.written(cells.view(writes.returning, slot->tts_values, slot->tts_isnull));
    bytes += table.materialize(slot);
    if (used < kMostRows && bytes < kMostBytes && row + 1 < writes.rows) continue;
    table.insert({slots.data(), used});
    used = 0;
    bytes = 0;
  }
  table.close();
  return true;
}

bool TableWriter::update(const Writes& writes, std::span<const std::uint64_t> tids, TimestampTz now,
                         WrittenSink& sink) const {
  OpenTable table;
  if (!direct_writes() || !table.open_for_update(table_, writes.columns)) return false;
  Cells cells(table, writes);
  const int id = table.attribute(Column::id) - 1;
  const int version = table.attribute(Column::version) - 1;
  const int updated_at = table.attribute(Column::updated_at) - 1;
  TupleTableSlot* const before = table.make_slot();
  TupleTableSlot* const after = table.make_slot();
  for (std::size_t row = 0; row < writes.rows; ++row) {
    const bool there = table.fetch(tids[row], before);
    if (there) table.copy({before->tts_values, before->tts_isnull}, after);
    cells.fill(writes, row, after->tts_values, after->tts_isnull);
    // Another row may have been put where the one we mean was.
    if (!there || DatumGetInt64(after->tts_values[id]) != DatumGetInt64(before->tts_values[id]) ||
        table.organization_of(before) != writes.organization_id)
      continue;
    after->tts_values[version] =
        Call([last = after->tts_values[version]] { return DirectFunctionCall1(int4inc, last); });
    after->tts_values[updated_at] = TimestampTzGetDatum(now);
    table.check(after);
    const StoredProduct product =
        cells.view(writes.returning, after->tts_values, after->tts_isnull);
    if (table.update(tids[row], after)) sink.written(product);
  }
  table.close();
  return true;
}

}  // namespace product_upsert
