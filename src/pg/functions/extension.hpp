#pragma once

#include <string>

#include "pg/boundary/compat.hpp"

namespace product_upsert {

// The schema of the function that is being called, and so of the whole extension, as an SQL
// identifier. Every call asks for it, because the extension may be dropped, or its schema renamed,
// meanwhile.
std::string schema_of(FunctionCallInfo fcinfo);
Oid schema_oid(FunctionCallInfo fcinfo);

}  // namespace product_upsert
