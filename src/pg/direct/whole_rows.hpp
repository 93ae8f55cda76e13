#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "core/catalogue/column.hpp"
#include "core/value/value.hpp"
#include "pg/boundary/compat.hpp"
#include "pg/direct/index_descent.hpp"

namespace product_upsert {

// Any column of a table, the user's own included, in the form that to_jsonb() shows.
struct JsonColumn {
  std::string_view name;
  AttrNumber attribute;
  ColumnType type;
  bool is_enum;  // shown as text
};

// Reads rows of one of our tables with all their columns, found by a bigint, below SQL. Uses a
// snapshot of its own, as a statement that begins at open(). Call close() on success only: the
// (sub)transaction's abort closes it.
class WholeRows {
 public:
  WholeRows() = default;
  WholeRows(const WholeRows&) = delete;
  WholeRows& operator=(const WholeRows&) = delete;

  // `key`: a column that has an index on organization_id and itself. `dense`: rows will be sought
  // in ascending order of their keys, and most of those between the first and the last. Returns
  // false, with nothing opened, if the statement might return anything else (see open_source()), or
  // if only SQL can convert the values of a column to JSON.
  bool open(Oid table, std::int64_t organization_id, std::string_view key, bool dense = false);
  void close();

  // All except organization_id, in the order that jsonb gives their names.
  std::span<const JsonColumn> columns() const { return columns_; }
  // Goes to the rows with the key.
  void seek(std::int64_t key);
  // Goes to the next row; false if there is none.
  bool next();
  // The current row's value, in the arena.
  Value value(const JsonColumn& column, Arena& arena) const;

 private:
  bool read_columns();

  ColumnInfo key_{};
  AttrNumber key_attribute_ = 0;
  ReadTable source_{};
  Descent descent_{};
  bool walks_ = false;
  bool is_walking_ = false;
  std::int64_t sought_ = 0;
  std::vector<JsonColumn> columns_;
};

// A value that view_datum() has read of the column before, in the form of WholeRows::value().
Value old_as_json(const JsonColumn& column, const Value& read, Arena& arena);

}  // namespace product_upsert
