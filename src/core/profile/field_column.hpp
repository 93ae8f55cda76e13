#pragma once

#include <string>

#include "core/profile/field_options.hpp"
#include "core/profile/profile.hpp"

namespace product_upsert {

// Which column a field of a definition is, and what the column asks of its values. `path` is where
// the field stands in the definition. Each throws Refusal (invalid).

// A field of the product: a column, or a member of one.
void read_column(Field& f, const Value& v, const std::string& path, const OwnColumns& own);
// A variant's field: a column of product_variant.
void read_variant_column(Field& f, const Value& v, const std::string& path, OwnColumns& own);
// A field that names a row of another table: the column that holds its id.
void read_reference_column(Field& f, const Value& v, const std::string& path,
                           const OwnColumns& own);
// What the column itself asks of every value.
void take_limits(Field& f, Nesting nesting, const OwnColumns& own);

}  // namespace product_upsert
