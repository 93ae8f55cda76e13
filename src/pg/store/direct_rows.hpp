#pragma once

#include <vector>

#include "core/catalogue/catalogue.hpp"
#include "pg/direct/table_writer.hpp"

namespace product_upsert {

// The table's columns for a writer that identifies them by their places: the built-in ones, then
// those columns of the user that are written or returned.
std::vector<ColumnInfo> writer_columns(const Writes& writes);
// The rows to write, by these places.
TableRows table_rows(const Writes& writes);

}  // namespace product_upsert
