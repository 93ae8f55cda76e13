#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/profile/profile.hpp"
#include "core/value/failure.hpp"
#include "core/value/value.hpp"

namespace product_upsert {

// Holds a value against its field: type, limits, enum, coercions. Returns the value as it is to be
// stored (absent where it counts as not said); what is wrong is added to `failures` under `path`
// (C3). `identifying`: the field's column is part of an identity rule, so its text is trimmed (C8).
// Lists and objects in it stand in the arena, its texts where they stood.
Value validate(const Field& field, bool identifying, const Value& given, std::string_view path,
               Arena& arena, std::vector<Failure>& failures);

// Whether it takes any text as it is, where the column is part of no rule: a shorter way for nearly
// all texts of a feed. So each limit that a text can have stands here too.
// recipe: limit
inline bool accepts_any_text(const Field& field) {
  return field.type == FieldType::text && !field.min_length && !field.max_length &&
         !field.no_white_space && field.allowed.empty() &&
         (field.empty == Empty::unsaid || field.empty == Empty::keep);
}

// The message of a null where there may be none.
inline constexpr const char* kNotNull = "must not be null";

}  // namespace product_upsert
