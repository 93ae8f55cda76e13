#pragma once

#include <cstdint>

#include "pg/boundary/compat.hpp"

namespace product_upsert {

// Where the rows of an organization are: in the table itself, or in one of its partitions. Each may
// raise PostgreSQL's errors.

// The partition of a table that is partitioned by organization_id alone; InvalidOid where there is
// none for the organization, or rows are told apart otherwise.
Oid partition_of(Relation table, std::int64_t organization_id);

// The table that has the organization's rows, opened: `table` itself or a partition. Null where
// writing rows of it below SQL does not come to the same as the statement on `table`.
Relation open_plain_rows(Relation table, std::int64_t organization_id, LOCKMODE lock);
// The same to read rows, also of a table that Citus has spread over servers, where it has sent the
// call to the one that has them: before that nothing was written in the transaction.
Relation open_readable_rows(Relation table, std::int64_t organization_id);
// Keeps the lock.
void close_rows(Relation rows, Relation table);

}  // namespace product_upsert
