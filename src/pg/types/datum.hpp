#pragma once

#include "core/catalogue/column.hpp"
#include "core/value/value.hpp"
#include "pg/boundary/compat.hpp"

namespace product_upsert {

// The value of a stored column. For view_datum, text, long numbers and jsonb point into the datum,
// which must stay in place; for read_datum they are copied to the arena.
Value view_datum(ColumnType type, Datum datum, bool is_null, Arena& arena);
Value read_datum(ColumnType type, Datum datum, bool is_null, Arena& arena);

}  // namespace product_upsert
