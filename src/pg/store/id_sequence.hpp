#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "pg/boundary/compat.hpp"

namespace product_upsert {

// The sequence behind the id column of one of our tables. It is looked up again after any relation
// has changed, because PostgreSQL searches everything that depends on the table, its partitions
// included. InvalidOid if the owner has dropped it. May raise PostgreSQL's errors.
Oid id_sequence(Oid table);

// Ids drawn from it. No privilege on the sequence is required, as for any identity column. Throws
// Refusal (precondition) if the table has none.
std::vector<std::int64_t> draw_ids(Oid table, std::size_t count);

}  // namespace product_upsert
