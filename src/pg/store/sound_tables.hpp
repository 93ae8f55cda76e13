#pragma once

#include <string>
#include <vector>

#include "pg/boundary/compat.hpp"

namespace product_upsert {

// True if product_tables_check and product_identity_check of the schema would find nothing wrong;
// `tables` then has the oids of the tables, sorted. Uses PostgreSQL's caches, for a tenth of the
// cost of those functions. False if something is wrong, and if only these functions can tell.
bool tables_are_sound(Oid space, std::vector<Oid>& tables);

}  // namespace product_upsert
