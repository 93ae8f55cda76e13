#pragma once

#include <string>

#include "core/value/value.hpp"

namespace product_upsert {

// "text", "a number", … for messages.
const char* describe(Kind kind);
// The value itself, as JSON and cut at 64 characters; a list or an object as its kind.
std::string describe(const Value& value);

}  // namespace product_upsert
