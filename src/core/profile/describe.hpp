#pragma once

#include <string>
#include <string_view>

#include "core/value/value.hpp"

namespace product_upsert {

// "text", "a number", … for messages.
const char* describe(Kind kind);
// The value itself, as JSON and cut at 64 characters; a list or an object as its kind.
std::string describe(const Value& value);
// The text, cut at 64 characters.
std::string shown(std::string_view text);

}  // namespace product_upsert
