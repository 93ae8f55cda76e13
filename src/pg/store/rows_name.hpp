#pragma once

#include <cstdint>
#include <string>

#include "pg/boundary/compat.hpp"

namespace product_upsert {

// The name by which statements read the organization's rows. It is the table's, or the partition's
// if the session stays with organizations of one partition: that saves the executor the choice. A
// partition is used only if the caller sees the same rows: he may read both, and row security is
// off.
std::string rows_name(const std::string& name, Oid table, std::int64_t organization_id);
// The name by which an INSERT writes rows of the organization that have their ids. The same
// applies, and the triggers, rules and defaults of both must be equal.
std::string inserts_name(const std::string& name, Oid table, std::int64_t organization_id);

}  // namespace product_upsert
