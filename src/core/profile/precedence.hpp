#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/profile/profile.hpp"

namespace product_upsert {

// Reads the member `precedence` of a definition, after its fields and judged_by. Throws Refusal
// (invalid) with the path of each error.
void compile_precedence(Profile& profile, const Value& definition);

// The name of the field in product.field_sources, which is the same for all profiles: its column, a
// member as "meta.color", or the table that has its rows.
std::string mark_name(const Field& field);

// The rank of the source for a field: 0 is the highest, and all sources that are not listed have
// the last one.
std::size_t rank_of(const std::vector<std::string>& sources, std::string_view source);

}  // namespace product_upsert
