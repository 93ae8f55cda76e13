#pragma once

#include "pg/boundary/compat.hpp"

namespace product_upsert {

// The sequence behind the id column of one of our tables. It is looked up again after any relation
// has changed, because PostgreSQL searches everything that depends on the table, its partitions
// included. May raise PostgreSQL's errors.
Oid id_sequence(Oid table);

}  // namespace product_upsert
