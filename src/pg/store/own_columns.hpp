#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/catalogue/own_column.hpp"
#include "pg/boundary/compat.hpp"
#include "pg/sql/statement.hpp"

namespace product_upsert {

// Columns that users added to product and product_variant of the schema, as far as documents can be
// mapped to them: of the types of ColumnType, of domains over these, and of enums and domains over
// them. Generated columns cannot be written and are left out. Unknown where there are no tables.
OwnColumns read_own_columns(Oid space);

// The identity rules that there are indexes of, by the names of these. Nothing where that says too
// little: a restore, of several jobs perhaps, has not yet filled product_identity or made the index
// of each of its rules, or a rule may be held by an index that a user has named.
std::optional<std::vector<std::string>> read_own_rules(Oid space);

// Refuses the call where the column is not of the type that it is read as: somebody has altered a
// column of ours. To be asked of a statement's first row.
void check_type(const Row& row, int at, std::string_view column, ColumnType type);

}  // namespace product_upsert
