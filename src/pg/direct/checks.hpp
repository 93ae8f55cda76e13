#pragma once

#include "pg/boundary/compat.hpp"

namespace product_upsert {

// What a session reads once of a table's constraints and indexes, as long as the table is the same.
// `table` has its indexes open. Raises PostgreSQL's errors.

// Whether a condition or an index of the table runs code that may look at tables (and would see
// which of the rows are there already), or that an update may fail in whatever it changes.
bool asks_more_than_rows(const ResultRelInfo* table);

// The table's CHECK constraints as ExecConstraints evaluates them, for an update of the columns
// (attributes as bits) of rows that hold them already: null for those that look at no such column,
// and for all where there are none. In the executor's memory.
ExprState** checks_on_update(const ResultRelInfo* table, const Bitmapset* columns, EState* estate);

}  // namespace product_upsert
