#pragma once

#include <cstdint>
#include <string>

#include "pg/sql/parameters.hpp"

namespace product_upsert {

// Where Citus has spread product_change: it takes no INSERT that reads other tables as the change
// feed's does. What `changes` reads (organization, product, action, changed, version), a statement
// with these parameters, comes back, and goes there as values. False, and nothing is done, where it
// has not.
bool note_by_values(const std::string& schema, std::int64_t organization_id,
                    const Parameters& parameters, const std::string& changes);

}  // namespace product_upsert
