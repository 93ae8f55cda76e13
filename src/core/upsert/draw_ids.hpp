#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/catalogue/catalogue.hpp"

namespace product_upsert {

// Ids for products that are given none, in ascending order. One sequence serves all organizations,
// and ids that documents give do not move it (rule 33): of what it gives, the ids in `given` are
// left out, and where `probing` those that products of the organization have.
std::vector<std::int64_t> draw_ids(Catalogue& catalogue, std::int64_t organization_id,
                                   std::size_t count, std::span<const std::int64_t> given,
                                   bool probing);

}  // namespace product_upsert
