#pragma once

#include <span>
#include <string_view>

#include "core/value/value.hpp"

namespace product_upsert {

// Packs values into as few bytes as possible, for rows that are only kept for later: a null takes
// only its kind, numbers and lengths are as long as needed. In the arena.
std::string_view pack(std::span<const Value> values, Arena& arena);

// As many values as were packed, without their tags. Texts point into `packed`; lists and objects
// are made in the arena.
void unpack(std::string_view packed, std::span<Value> values, Arena& arena);

}  // namespace product_upsert
