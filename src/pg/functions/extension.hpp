#pragma once

#include <string>

#include "pg/boundary/compat.hpp"

namespace product_upsert {

// The schema that holds the function being called, and with it the whole extension, as an SQL
// identifier. Asked for in each call: the extension may be dropped, its schema renamed, meanwhile.
std::string schema_of(FunctionCallInfo fcinfo);
Oid schema_oid(FunctionCallInfo fcinfo);

}  // namespace product_upsert
