#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/profile/profile.hpp"
#include "core/value/failure.hpp"
#include "core/value/value.hpp"

namespace product_upsert {

// What becomes of a valid value: it is stored, or merged into what is stored.
enum class Use : std::uint8_t { stored, merged };

// Checks a value against its field: type, limits, enum, coercions. Returns the value to be stored
// (absent if it counts as not given); adds errors to `failures` under `path` (C3). `identifying`:
// the column is part of an identity rule, so its text is trimmed (C8). Lists and objects of the
// result are in the arena; its texts are not copied. Objects get the defaults of members that they
// lack, unless the value is merged into another one, which may have these.
Value validate(const Field& field, bool identifying, const Value& given, std::string_view path,
               Arena& arena, std::vector<Failure>& failures, Use use = Use::stored);

// Whether the field accepts any text as it is, if its column is in no rule: a shortcut for nearly
// all texts of a feed. Every limit of texts must therefore be checked here too.
// recipe: limit
inline bool accepts_any_text(const Field& field) {
  return field.type == FieldType::text && !field.min_length && !field.max_length &&
         !field.no_white_space && field.allowed.empty() &&
         (field.empty == Empty::unsaid || field.empty == Empty::keep);
}

// The message of a null where there may be none.
inline constexpr const char* kNotNull = "must not be null";

}  // namespace product_upsert
