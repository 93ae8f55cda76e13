#pragma once

#include "core/catalogue/own_column.hpp"
#include "pg/boundary/compat.hpp"

namespace product_upsert {

// Columns that users added to product and product_variant of the schema, as far as documents can be
// mapped to them: of the types of ColumnType, of domains over these, and of enums and domains over
// them. Generated columns are nobody's to write and left out. Unknown where there are no tables.
OwnColumns read_own_columns(Oid space);

}  // namespace product_upsert
