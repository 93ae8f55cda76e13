#pragma once

#include <string>
#include <vector>

#include "core/http/http.hpp"

namespace product_upsert {

// What may stand in the path, the query and the headers of a call of the route: OpenAPI's
// parameters, each as JSON text.
std::vector<std::string> parameters_of(const Profile& profile, const Route& route);

}  // namespace product_upsert
