#pragma once

#include <string>
#include <string_view>

#include "core/profile/profile.hpp"

namespace product_upsert {

// The profile's documents, answers, errors and endpoints as an OpenAPI 3.1 description in JSON
// text, made from the compiled profile that the engine uses. `version` is that of the description.
std::string openapi_of(const Profile& profile, std::string_view version);

}  // namespace product_upsert
