#pragma once

#include <string>
#include <string_view>

namespace product_upsert {

// Reads a text with each of our readers of JSON: simdjson's, which the server runs, the search for
// faults, and nlohmann's. What one takes and another does not, or what they make of it, in words;
// empty where they agree.
std::string readers_disagree(std::string_view text);

}  // namespace product_upsert
