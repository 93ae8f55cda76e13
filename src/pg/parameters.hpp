#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/column.hpp"
#include "core/value.hpp"
#include "pg/array.hpp"
#include "pg/statement.hpp"

namespace product_upsert {

// Parameters of a statement under construction: their types for the plan, their values for the
// execution, both in the order of their numbers.
class Parameters {
 public:
  // Returns the parameter as SQL writes it.
  std::string add(Oid type, Datum value) {
    types_.push_back(type);
    values_.push_back(value);
    return "$" + std::to_string(types_.size());
  }
  // A column's values, one a row, as a set-returning expression of the column's type.
  template <typename Get>
  std::string add_column(ColumnType type, std::size_t rows, Get value) {
    ArrayBuilder array(type, rows);
    for (std::size_t i = 0; i < rows; ++i) array.append(value(i));
    std::string sql = "pg_catalog.unnest(" + add(array_type(type), array.finish()) + ")";
    if (type == ColumnType::text_array) sql += "::pg_catalog.text[]";
    return sql;
  }
  std::uint64_t run(std::string sql, Guard guard, RowSink* sink) const {
    return execute(Statement(std::move(sql), types_, guard), values_, {}, false, sink);
  }

 private:
  std::vector<Oid> types_;
  std::vector<Datum> values_;
};

// Our own columns' names hold no quote.
inline std::string quoted(std::string_view column) { return "\"" + std::string(column) + "\""; }

}  // namespace product_upsert
