#include "pg/direct/table_writer.hpp"

#include <optional>
#include <string_view>
#include <vector>

#include "core/catalogue/column.hpp"
#include "pg/boundary/boundary.hpp"
#include "pg/boundary/settings.hpp"
#include "pg/boundary/wait_point.hpp"
#include "pg/types/array.hpp"
#include "pg/types/datum.hpp"

namespace product_upsert {

namespace {

// As many rows as COPY inserts at once.
constexpr int kMostRows = 1000;
constexpr std::size_t kMostBytes = std::size_t{64} << 10;

// The place of the column with that name, if the table has one.
std::optional<unsigned> place(std::span<const ColumnInfo> columns, std::string_view name) {
  for (unsigned c = 0; c < columns.size(); ++c) {
    if (columns[c].name == name) return c;
  }
  return std::nullopt;
}

// Converts one column's values to datums. Each is valid until the next.
class Cell {
 public:
  Cell(ColumnType type, AttrNumber attribute)
      : type_(type),
        place_(attribute - 1),
        // Arrays cannot contain arrays, so here the builder makes the value itself.
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

// Converts the columns of rows to and from the slots of an open table.
class Cells {
 public:
  Cells(const OpenTable& table, std::span<const ColumnInfo> columns, const TableRows& rows)
      : table_(table), columns_(columns), rows_(rows), given_(rows.columns.size()) {
    cells_.reserve(given_.size());
    for (unsigned c : rows.columns) cells_.emplace_back(columns[c].type, table.attribute(c));
    returned_.resize(rows.returning.size());
    id_ = place_of("id");
    version_ = place_of("version");
  }
  // The column's index in a slot, from 0; -1 if the table has no column of that name.
  int place_of(std::string_view name) const {
    const auto column = place(columns_, name);
    return column ? table_.attribute(*column) - 1 : -1;
  }
  int id() const { return id_; }
  int version() const { return version_; }
  // Sets the given columns in a row of the table.
  void fill(std::size_t row, Datum* values, bool* nulls) {
    rows_.fill(row, given_);
    for (std::size_t i = 0; i < cells_.size(); ++i) cells_[i].set(given_[i], values, nulls);
  }
  // The written row, in the form that the sink takes. Valid until the next.
  StoredProduct view(const Datum* values, const bool* nulls) {
    arena_.reset();
    for (std::size_t i = 0; i < returned_.size(); ++i) {
      const unsigned c = rows_.returning[i];
      const int at = table_.attribute(c) - 1;
      returned_[i] = view_datum(columns_[c].type, values[at], nulls[at], arena_);
    }
    return {id_ < 0 ? 0 : DatumGetInt64(values[id_]), 0,
            version_ < 0 ? 0 : DatumGetInt32(values[version_]), returned_};
  }

 private:
  const OpenTable& table_;
  std::span<const ColumnInfo> columns_;
  const TableRows& rows_;
  std::vector<Cell> cells_;
  std::vector<Value> given_;
  std::vector<Value> returned_;
  Arena arena_;
  int id_;
  int version_;
};

}  // namespace

bool TableWriter::insert(const TableRows& rows, WrittenSink& sink) const {
  OpenTable table(table_, columns_);
  if (!direct_writes() || !table.open_for_insert(rows.organization_id, rows.columns, rows.written))
    return false;
  Cells cells(table, columns_, rows);
  std::vector<TupleTableSlot*> slots;
  std::size_t used = 0;
  std::size_t bytes = 0;
  for (std::size_t row = 0; row < rows.rows; ++row) {
    if (used == slots.size()) slots.push_back(table.make_slot());
    TupleTableSlot* const slot = slots[used++];
    table.start(rows.organization_id, slot);
    cells.fill(row, slot->tts_values, slot->tts_isnull);
    table.check(slot);
    sink.written(cells.view(slot->tts_values, slot->tts_isnull));
    bytes += table.materialize(slot);
    if (used < kMostRows && bytes < kMostBytes && row + 1 < rows.rows) continue;
    table.insert({slots.data(), used});
    PRODUCT_UPSERT_WAIT_POINT("insert_chunk");
    used = 0;
    bytes = 0;
  }
  table.close();
  return true;
}

bool TableWriter::update(const TableRows& rows, std::span<const std::uint64_t> tids,
                         TimestampTz now, WrittenSink& sink) const {
  Assert(tids.size() == rows.rows);
  OpenTable table(table_, columns_);
  std::vector<unsigned> changing;
  for (unsigned c : rows.columns) {
    if (columns_[c].name != "id") changing.push_back(c);  // the id identifies the row
  }
  for (const char* moved : {"version", "updated_at"}) {
    if (const auto column = place(columns_, moved)) changing.push_back(*column);
  }
  if (!direct_writes() || !table.open_for_update(rows.organization_id, changing)) return false;
  Cells cells(table, columns_, rows);
  const int updated_at = cells.place_of("updated_at");
  Assert(cells.id() >= 0);
  TupleTableSlot* const before = table.make_slot();
  TupleTableSlot* const after = table.make_slot();
  for (std::size_t row = 0; row < rows.rows; ++row) {
    const auto there = table.fetch(tids[row], before);
    if (there) table.copy({before->tts_values, before->tts_isnull}, after);
    cells.fill(row, after->tts_values, after->tts_isnull);
    // The tid may have been reused for another row.
    if (!there ||
        DatumGetInt64(after->tts_values[cells.id()]) !=
            DatumGetInt64(before->tts_values[cells.id()]) ||
        table.organization_of(before) != rows.organization_id)
      continue;
    if (cells.version() >= 0) {
      Datum& version = after->tts_values[cells.version()];
      version = Call([version] { return DirectFunctionCall1(int4inc, version); });
    }
    if (updated_at >= 0) after->tts_values[updated_at] = TimestampTzGetDatum(now);
    table.check(after);
    const StoredProduct product = cells.view(after->tts_values, after->tts_isnull);
    if (table.update(tids[row], *there, after, rows.may_wait)) sink.written(product);
    PRODUCT_UPSERT_WAIT_POINT("update_row");
  }
  table.close();
  return true;
}

}  // namespace product_upsert
