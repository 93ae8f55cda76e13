#pragma once

#include <string>
#include <vector>

#include "core/http/http.hpp"

namespace product_upsert {

// Null and "" say nothing.
Value said_in(const Value& parameters, const std::string& name);
// What a parameter says that is repeated is a list.
std::vector<Value> values_of(const Value& said);
// What the parameters of a list ask for; what they get wrong is told in `faults`.
void read_list(const Profile& profile, const Value& parameters, Arena& arena, RoutedRequest& routed,
               std::vector<Fault>& faults);

}  // namespace product_upsert
