#pragma once

#include <cstdint>

#include "pg/boundary/compat.hpp"

namespace product_upsert {

// What Citus notes of tables that it spreads over other servers, by its own catalogue on whichever
// node. Each may raise PostgreSQL's errors.

// Whether it has spread the table: its own heap is an empty shell.
bool is_distributed(Oid table);
// The table that holds all rows of a distributed one which every node has whole; InvalidOid where
// there is none here.
Oid whole_copy(Oid table);
// The table that holds the organization's rows of a distributed one; InvalidOid where they are on
// another server.
Oid local_shard(Oid table, std::int64_t organization_id);

}  // namespace product_upsert
