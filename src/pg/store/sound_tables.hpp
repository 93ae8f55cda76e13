#pragma once

#include <string>
#include <vector>

#include "pg/boundary/compat.hpp"

namespace product_upsert {

// Returns true if product_tables_check and product_identity_check of the schema would find nothing
// wrong; `tables` are then the oids of the tables, sorted. This uses PostgreSQL's caches, for a
// tenth of the cost of those functions. Returns false if something is wrong, or if only these
// functions can tell.
bool tables_are_sound(Oid space, std::vector<Oid>& tables);

}  // namespace product_upsert
