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

// The message of a null where there may be none.
inline constexpr const char* kNotNull = "must not be null";

}  // namespace product_upsert
