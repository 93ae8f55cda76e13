#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "core/catalogue/identity.hpp"

namespace product_upsert {

// The order in which products are written, so that writers meet in one order and never deadlock: by
// the keys of one rule, value by value as compare_keys has them. Returns numbers of the keys, the
// first key's first; equal keys stay as they stood. Keys of a feed repeat manufacturers and brands
// all over, so each distinct value is compared once and the rest is done with whole numbers: many
// times faster than to compare the keys.
std::vector<std::uint32_t> sorted_by_key(std::span<const Key* const> keys);
// The same for texts, by their bytes.
std::vector<std::uint32_t> sorted_texts(std::span<const std::string_view> texts);

}  // namespace product_upsert
