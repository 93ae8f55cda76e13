#pragma once

#include <map>
#include <string>

#include "core/http/http.hpp"

// What a profile's errors look like, as JSON Schema.
namespace product_upsert {

// By status: what the bodies of errors are.
std::map<int, std::string> error_schemas(const HttpDefinition& http);
// Whether the rule may answer a call of the route.
bool may_answer(const ErrorRule& rule, const HttpDefinition& http, const Route& route);

}  // namespace product_upsert
