#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/catalogue/column.hpp"
#include "core/value/value.hpp"
#include "pg/boundary/boundary.hpp"
#include "pg/sql/statement.hpp"
#include "pg/types/array.hpp"
#include "pg/types/varlena.hpp"

namespace product_upsert {

// The name as an SQL identifier.
inline std::string quoted(std::string_view name) {
  std::string sql = "\"";
  for (const char c : name) sql += c == '"' ? std::string("\"\"") : std::string(1, c);
  return sql + "\"";
}

// A column in a select list, in the form that view_datum reads: an enum becomes its label.
inline std::string shown(const ColumnInfo& column, std::string_view qualifier) {
  return std::string(qualifier) + quoted(column.name) +
         (column.cast.empty() ? "" : "::pg_catalog.text");
}
// Casts a value that is passed as `column.type` to the column's own type.
inline std::string cast_to(const ColumnInfo& column, std::string expression) {
  if (column.cast.empty()) return expression;
  return "CAST(" + expression + " AS " + std::string(column.cast) + ")";
}

// The rows of an INSERT, made of the expressions for its columns.
inline std::string inserted(const std::string& expressions, std::size_t rows) {
  return rows == 1 ? " VALUES (" + expressions + ")" : " SELECT " + expressions;
}

// Rows of expressions that a statement joins as `d`. If there is only one row, nothing is joined:
// its expressions are used directly, because Citus does not keep a plan for a statement over more
// than one table.
class JoinedRows {
 public:
  explicit JoinedRows(std::size_t rows) : is_one_(rows == 1) {}
  // Returns the name of the value in the statement. `name` must be quoted if necessary.
  std::string add(const std::string& name, const std::string& expression) {
    if (is_one_) return expression;
    columns_ += (columns_.empty() ? "" : ", ") + expression + " AS " + name;
    return "d." + name;
  }
  // A clause that begins with `keyword`.
  std::string from(const std::string& keyword) const {
    return is_one_ ? "" : keyword + "(SELECT " + columns_ + ") d";
  }
  // Comes before the table.
  std::string joined() const { return is_one_ ? "" : from("") + " CROSS JOIN "; }

 private:
  bool is_one_;
  std::string columns_;
};

// The parameters of a statement under construction: their types for the plan and their values for
// the execution, both ordered by number.
class Parameters {
 public:
  // `schema`, an SQL identifier, is where our functions are. Only columns of type text[] need it.
  explicit Parameters(std::string_view schema = {}) : schema_(schema) {}

  // Returns the parameter in SQL's notation.
  std::string add(Oid type, Datum value, bool is_null = false) {
    types_.push_back(type);
    values_.push_back(value);
    nulls_.push_back(is_null ? 'n' : ' ');
    return "$" + std::to_string(types_.size());
  }
  std::string add_text(std::string_view text) { return add(TEXTOID, make_text(text)); }
  // A column's values, one for each row, as an expression of the column's type. It returns a set
  // unless there is only one row.
  template <typename Get>
  std::string add_column(ColumnType type, std::size_t rows, Get value) {
    ArrayBuilder array(type, rows);
    for (std::size_t i = 0; i < rows; ++i) array.append(value(i));
    return add_array(type, array);
  }
  // The values of all columns, each column as such an expression. `fill`: see Writes.
  template <typename Fill>
  std::vector<std::string> add_columns(std::span<const ColumnType> types, std::size_t rows,
                                       const Fill& fill) {
    std::vector<ArrayBuilder> arrays;
    arrays.reserve(types.size());
    for (ColumnType type : types) arrays.emplace_back(type, rows);
    std::vector<Value> values(types.size());
    for (std::size_t row = 0; row < rows; ++row) {
      fill(row, values);
      for (std::size_t i = 0; i < values.size(); ++i) arrays[i].append(values[i]);
    }
    std::vector<std::string> sql;
    for (std::size_t i = 0; i < types.size(); ++i) sql.push_back(add_array(types[i], arrays[i]));
    return sql;
  }
  std::uint64_t run(std::string sql, Guard guard, RowSink* sink) const {
    return execute(Statement(std::move(sql), types_, guard), values_, nulls_, SnapshotKind::fresh,
                   sink);
  }
  // Runs a statement that only reads: by the active snapshot if `fixed`, otherwise by a new one.
  void read(std::string sql, Guard guard, bool fixed, RowSink& sink) const {
    execute(Statement(std::move(sql), types_, guard), values_, nulls_,
            fixed ? SnapshotKind::active : SnapshotKind::fresh, &sink);
  }
  // See read_latest().
  void read_latest(std::string sql, RowSink& sink) const {
    product_upsert::read_latest(Statement(std::move(sql), types_), values_, nulls_, &sink);
  }

 private:
  // A single row needs no set. Its plan then has no join, which halves the cost of a single call.
  std::string add_array(ColumnType type, ArrayBuilder& array) {
    std::string sql;
    if (array.size() == 1) {
      const bool is_null = array.only_element_is_null();
      sql = add(element_type(type), is_null ? Datum{0} : array.only_element(), is_null);
    } else {
      sql = "pg_catalog.unnest(" + add(array_type(type), array.finish()) + ")";
    }
    // A cast would work too, but it is not immutable.
    if (type == ColumnType::text_array)
      sql = std::string(schema_) + ".product_text_array(" + sql + ")";
    return sql;
  }

  std::string_view schema_;
  std::vector<Oid> types_;
  std::vector<Datum> values_;
  std::vector<char> nulls_;
};

}  // namespace product_upsert
