#pragma once

#include <optional>

#include "core/value/value.hpp"

namespace product_upsert {

// The number as numeric(precision, scale) holds it: with so many digits behind the point, rounded
// away from zero where it is halfway; nothing where it has too many before it. 0 <= scale <=
// precision must hold.
std::optional<Value> rounded(const Value& number, int precision, int scale, Arena& arena);

}  // namespace product_upsert
