#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/http/http.hpp"

namespace product_upsert {

// Undoes percent-encoding; what it would make no text of (not UTF-8, or with a zero byte) is taken
// as it stands.
std::string decoded(std::string_view text);
// What stands between the slashes, still encoded; views of `path`.
std::vector<std::string_view> segments_of(std::string_view path);
// Whether the segments are those of the route, its parameters none of them empty.
bool fits(const Route& route, std::span<const std::string_view> segments);
// The parameters, and those of the query string that they do not say themselves: what it says
// several times is a list. What is no object is given back as it is.
Value with_query(const Value& parameters, std::string_view query, Arena& arena);

}  // namespace product_upsert
