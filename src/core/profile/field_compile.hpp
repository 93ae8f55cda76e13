#pragma once

#include <string>

#include "core/profile/profile.hpp"

namespace product_upsert {

// Compiles one field of a definition; `path` is where it stands. Throws Refusal (invalid).
Field compile_field(std::string_view name, const Value& definition, const std::string& path);

}  // namespace product_upsert
