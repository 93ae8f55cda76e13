#pragma once

#include <optional>

#include "core/value/value.hpp"

namespace product_upsert {

// base × (1 + percent / 100), exact (rule 54): not below base's scale, otherwise without zeros at
// its end. Both must be numbers. Nothing where a numeric cannot hold it. Whatever the numbers are,
// that takes a fraction of a second at most, and no time unless they have many digits.
std::optional<Value> marked_up(const Value& base, const Value& percent, Arena& arena);

}  // namespace product_upsert
