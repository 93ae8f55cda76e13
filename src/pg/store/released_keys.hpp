#pragma once

#include <string>

#include "core/catalogue/column.hpp"
#include "pg/boundary/compat.hpp"

namespace product_upsert {

// The SET clause that frees the keys of rows `p` of product until these are updated: null in each
// of the columns, or where the owner allows no null, a value that no other row has.
std::string set_free(Oid table, const ColumnSet& columns);

}  // namespace product_upsert
