#pragma once

#include "pg/boundary/compat.hpp"

namespace product_upsert {

// The sequence that feeds the column id of a table of ours. Looked up again once any relation has
// changed: PostgreSQL finds it among all that depends on the table, its partitions too. May raise
// PostgreSQL's errors.
Oid id_sequence(Oid table);

}  // namespace product_upsert
