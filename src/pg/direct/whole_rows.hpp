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

// A column of a table, whoever made it, as to_jsonb() shows its values.
struct JsonColumn {
  std::string_view name;
  AttrNumber attribute;
  ColumnType type;
  bool is_enum;  // then shown as text
};

// Rows of one of our tables with all columns that they have, found by a bigint, below SQL. By a
// snapshot of its own, as a statement that begins at open(). close() on success only: the
// (sub)transaction's abort closes it.
class WholeRows {
 public:
  WholeRows() = default;
  WholeRows(const WholeRows&) = delete;
  WholeRows& operator=(const WholeRows&) = delete;

  // `key`: a column that an index is over, behind organization_id. False, and nothing is open,
  // where the statement might tell anything else (see open_source()), or a column is of a type
  // whose values only SQL makes JSON of.
  bool open(Oid table, std::int64_t organization_id, std::string_view key);
  void close();

  // But organization_id, in the order that jsonb has their names in.
  std::span<const JsonColumn> columns() const { return columns_; }
  // Goes to the rows with the key.
  void seek(std::int64_t key);
  // Whether there is one more, which is then the row.
  bool next();
  // Of the row, in the arena.
  Value value(const JsonColumn& column, Arena& arena) const;

 private:
  bool read_columns();

  ColumnInfo key_{};
  AttrNumber key_attribute_ = 0;
  ReadTable source_{};
  Descent descent_{};
  std::vector<JsonColumn> columns_;
};

// What view_datum() read of the column before, in the notation of WholeRows::value().
Value old_as_json(const JsonColumn& column, const Value& read, Arena& arena);

}  // namespace product_upsert
