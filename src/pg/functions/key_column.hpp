#pragma once

#include <string>

#include "core/catalogue/identity.hpp"
#include "core/profile/profile.hpp"
#include "pg/boundary/compat.hpp"

namespace product_upsert {

// The number of the column whose text identifies the rows of a source: `key_column`. Its type does
// not matter. Throws Refusal, 42703. `relation` must be locked.
int find_key_column(Relation relation, const std::string& name);

// Where rows are the documents: whether products are found by that column, so that it is part of
// the document. A sku is; the number of a line is not.
bool finds_products(Relation relation, int key_column, const Profile& profile,
                    const IdentityRules& rules);

}  // namespace product_upsert
