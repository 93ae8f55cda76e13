#pragma once

#include "pg/boundary/compat.hpp"

namespace product_upsert {

// What a session reads of a table's constraints and indexes, once for each version of its
// definition. The indexes of `table` must be open. Raises PostgreSQL's errors.

// Whether a condition or an index of the table runs code that may read tables (it would see which
// rows are already there), or that may make an update fail whatever it changes.
bool asks_more_than_rows(const ResultRelInfo* table);

// The table's CHECK constraints for ExecConstraints, for an update of these columns (attributes as
// bits) in rows that satisfy the constraints already. Constraints that use none of the columns are
// null; the result is null if no constraint has to be checked. In the executor's memory.
ExprState** checks_on_update(const ResultRelInfo* table, const Bitmapset* columns, EState* estate);

}  // namespace product_upsert
