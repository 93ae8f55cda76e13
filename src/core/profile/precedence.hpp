#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/profile/profile.hpp"

namespace product_upsert {

// The member `precedence` of a definition, once its fields are known, judged_by too. Throws Refusal
// (invalid) with the path of each fault.
void compile_precedence(Profile& profile, const Value& definition);

// What product.field_sources calls the field, whatever profiles call it: its column, a member of
// one as "meta.color", or the table that has its rows.
std::string mark_name(const Field& field);

// Where the source stands among those that write a field: those before it have the smaller ranks,
// and all that are not named the last one.
std::size_t rank_of(const std::vector<std::string>& sources, std::string_view source);

}  // namespace product_upsert
