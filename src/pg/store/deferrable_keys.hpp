#pragma once

#include "pg/boundary/compat.hpp"

namespace product_upsert {

// Whether the owner has given the table a unique or exclusion constraint that is deferrable. Then
// PostgreSQL refuses ON CONFLICT DO NOTHING without a target.
bool has_deferrable_keys(Oid table);

}  // namespace product_upsert
