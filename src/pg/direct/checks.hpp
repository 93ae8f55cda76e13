#pragma once

#include "pg/boundary/compat.hpp"

namespace product_upsert {

// The table's CHECK constraints as ExecConstraints evaluates them, for an update of the columns
// (attributes as bits) of rows that hold them already: null for those that look at no such column,
// and for all where there are none. Raises PostgreSQL's errors; in the executor's memory. A session
// reads the constraints once, as long as the table is the same.
ExprState** checks_on_update(Relation table, const Bitmapset* columns, EState* estate);

}  // namespace product_upsert
