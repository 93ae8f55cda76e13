#pragma once

#include <string>
#include <vector>

#include "pg/boundary/compat.hpp"

namespace product_upsert {

// True where product_tables_check and product_identity_check of the schema would find nothing
// amiss: then the oids of the tables are in `tables`, sorted. Looks at what PostgreSQL's caches
// hold already, for a tenth of what those functions cost a session. False where something is
// amiss, and where only they can tell.
bool tables_are_sound(Oid space, std::vector<Oid>& tables);

}  // namespace product_upsert
