#pragma once

#include <cstdint>

#include "pg/boundary/compat.hpp"

namespace product_upsert {

// Finds where the rows of an organization are: in the table itself or in one of its partitions.
// Each function may raise PostgreSQL's errors.

// The partition of a table that is partitioned by organization_id alone. InvalidOid if the
// organization has none, or if the table is partitioned in another way.
Oid partition_of(Relation table, std::int64_t organization_id);

// Opens the table with the organization's rows: `table` itself or a partition. Null if writing to
// it below SQL does not have the same result as the statement on `table`.
Relation open_plain_rows(Relation table, std::int64_t organization_id, LOCKMODE lock);
// The same, to read rows. It also opens a shard of a distributed table if Citus has sent the call
// to the server that has it: the transaction has then written nothing before.
Relation open_readable_rows(Relation table, std::int64_t organization_id);
// Keeps the lock until the transaction ends.
void close_rows(Relation rows, Relation table);

}  // namespace product_upsert
