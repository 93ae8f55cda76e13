#pragma once

#include <string>

#include "core/catalogue/identity.hpp"
#include "core/document/batch.hpp"
#include "pg/store/store.hpp"

namespace product_upsert {

// For a product that would be created because only the combination of its natural key's levels is
// new (rule 31): the products that share most of it, as members of a JSON array, {"id", "rule",
// "level"}, at most ten for each level. Empty for all others (fine point o).
std::string relatives_json(Store& store, const Batch& batch, const Item& item,
                           const IdentityRules& rules);

}  // namespace product_upsert
