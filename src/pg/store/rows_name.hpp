#pragma once

#include <cstdint>
#include <string>

#include "pg/boundary/compat.hpp"

namespace product_upsert {

// By which name statements read the organization's rows: the table's, or for a session that stays
// with organizations of one partition that partition's, which spares the executor the choice. Only
// where that shows the caller the same: he may read both, and no row security is on.
std::string rows_name(const std::string& name, Oid table, std::int64_t organization_id);
// By which name an INSERT writes rows of the organization that bring their ids: likewise, and only
// where no trigger, rule or default of either is another's.
std::string inserts_name(const std::string& name, Oid table, std::int64_t organization_id);

}  // namespace product_upsert
