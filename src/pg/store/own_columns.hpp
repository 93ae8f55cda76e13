#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/catalogue/own_column.hpp"
#include "pg/boundary/compat.hpp"

namespace product_upsert {

// Columns that users added to product and product_variant of the schema, as far as documents can be
// mapped to them: of the types of ColumnType, of domains over these, and of enums and domains over
// them. Generated columns cannot be written and are left out. Unknown where there are no tables.
OwnColumns read_own_columns(Oid space);

// The identity rules that there are indexes of, by the names of these. Nothing where that says too
// little: a restore has filled the tables and made no index yet, or a rule may be held by an index
// that a user has named.
std::optional<std::vector<std::string>> read_own_rules(Oid space);

}  // namespace product_upsert
