#pragma once

#include <cstdint>
#include <string>

#include "pg/sql/parameters.hpp"

namespace product_upsert {

// For a table product_change that Citus has distributed, which does not accept an INSERT that reads
// other tables as that of the change feed does. Runs `changes` (organization, product, action,
// changed, version), a statement with these parameters, and sends its result as values. Returns
// false, with nothing done, if the table is not distributed.
bool note_by_values(const std::string& schema, std::int64_t organization_id,
                    const Parameters& parameters, const std::string& changes);

}  // namespace product_upsert
