#pragma once

#include "core/catalogue/column.hpp"
#include "core/value/value.hpp"
#include "pg/boundary/compat.hpp"

namespace product_upsert {

// A stored column's value. Text, long numbers and jsonb of view_datum point into the datum, which
// must stand still as long; those of read_datum live in the arena.
Value view_datum(ColumnType type, Datum datum, bool is_null, Arena& arena);
Value read_datum(ColumnType type, Datum datum, bool is_null, Arena& arena);

}  // namespace product_upsert
