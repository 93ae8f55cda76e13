#pragma once

#include "core/profile/profile.hpp"

namespace product_upsert {

// With `coerce`: text that is a number or boolean as such, a number as the text it was sent as;
// any other value as it is. A decimal comma is never guessed at.
Value coerced(FieldType type, const Value& v, Arena& arena);

}  // namespace product_upsert
