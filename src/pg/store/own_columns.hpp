#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/catalogue/own_column.hpp"
#include "pg/boundary/compat.hpp"
#include "pg/sql/statement.hpp"

namespace product_upsert {

// The columns that users added to product and product_variant of the schema, if documents can be
// mapped to them: those of the types of ColumnType, of domains over these, and of enums and domains
// over enums. Generated columns cannot be written and are left out. Unknown if there are no tables.
OwnColumns read_own_columns(Oid space);

// The identity rules, by the names of their indexes. Empty if the names are not sufficient: a
// restore, perhaps by several jobs, has not yet filled product_identity or made all indexes, or a
// rule is held by an index that a user has named.
std::optional<std::vector<std::string>> read_own_rules(Oid space);

// Refuses the call if the column does not have the type that it is read as, because somebody has
// altered one of our columns. Call it for a statement's first row.
void check_type(const Row& row, int at, std::string_view column, ColumnType type);

}  // namespace product_upsert
