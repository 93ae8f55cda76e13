#pragma once

#include <vector>

#include "core/catalogue/catalogue.hpp"
#include "pg/direct/table_writer.hpp"

namespace product_upsert {

// The table's columns for a writer that knows them by their places: the built-in ones, and behind
// them those of a user that are written or told.
std::vector<ColumnInfo> writer_columns(const Writes& writes);
// What is to be written, by those places.
TableRows table_rows(const Writes& writes);

}  // namespace product_upsert
