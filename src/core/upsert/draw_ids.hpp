#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/catalogue/catalogue.hpp"

namespace product_upsert {

// Draws ids for products that are given none, in ascending order. One sequence serves all
// organizations, and ids that documents give do not advance it (rule 33): ids in `given` are
// skipped, and with `probing` also those of the organization's products.
std::vector<std::int64_t> draw_ids(Catalogue& catalogue, std::int64_t organization_id,
                                   std::size_t count, std::span<const std::int64_t> given,
                                   bool probing);

}  // namespace product_upsert
