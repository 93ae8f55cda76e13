#pragma once

#include <cstdint>
#include <string>

#include "pg/boundary/compat.hpp"

namespace product_upsert {

// The settings product_upsert.profile and product_upsert.organization_id.
const char* default_profile();
std::int64_t default_organization_id();
// The setting product_upsert.direct_writes.
bool direct_writes();
// Throws where the call is cancelled or timed out.
void answer_interrupts();

// The schema that holds the function being called, and with it the whole extension, as an SQL
// identifier. Asked for in each call: the extension may be dropped, its schema renamed, meanwhile.
std::string schema_of(FunctionCallInfo fcinfo);

}  // namespace product_upsert
