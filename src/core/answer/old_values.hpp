#pragma once

#include <string>

#include "core/document/batch.hpp"

namespace product_upsert {

// A JSON object of what has changed, for the change feed: by the names of columns, each with what
// was stored. Variants are named `variants` and what else stands beside the product by its field,
// both with null.
std::string old_values(const Batch& batch, const Item& item);

}  // namespace product_upsert
