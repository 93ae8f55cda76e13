#pragma once

#include "core/value/arena.hpp"
#include "core/value/value.hpp"

namespace product_upsert {

// base × (1 + percent / 100), exact; both must be numbers. The scale is what the result needs, but
// never less than the base's own: 100.5 and 20 give 120.6, 10.00 and 0 give 10.00 (rule 54).
Value marked_up(const Value& base, const Value& percent, Arena& arena);

}  // namespace product_upsert
