#pragma once

#include <string>
#include <string_view>

#include "core/profile/profile.hpp"

namespace product_upsert {

// The profile's documents, answers and errors, and where it answers requests its endpoints, as an
// OpenAPI 3.1 description: JSON text. Made from what the engine itself goes by. `version` is what
// the description says of itself.
std::string openapi_of(const Profile& profile, std::string_view version);

}  // namespace product_upsert
