#pragma once

#include <cstdint>

#include "pg/boundary/compat.hpp"

namespace product_upsert {

// What Citus' metadata says of the tables that it distributes. It is the same on each node. Each
// function may raise PostgreSQL's errors.

// Whether Citus has distributed the table. Its own heap is then an empty shell.
bool is_distributed(Oid table);
// The table on this node that has all rows of a reference table; InvalidOid if there is none.
Oid whole_copy(Oid table);
// The shard with the organization's rows of a distributed table; InvalidOid if it is on another
// server.
Oid local_shard(Oid table, std::int64_t organization_id);

}  // namespace product_upsert
