#pragma once

#include "core/document/batch.hpp"

namespace product_upsert {

// An object of what has changed, for the change feed: by the names of columns, each with what was
// stored. Variants are named `variants` and what else stands beside the product by its field, both
// with null. In the arena, but for what stored values point at.
Value old_values(const Batch& batch, const Item& item, Arena& arena);

}  // namespace product_upsert
