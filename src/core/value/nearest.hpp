#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace product_upsert {

// The valid name that a misspelt one is nearest to: few letters apart, whatever the case. Empty
// where none is near.
std::string nearest(std::string_view said, const std::vector<std::string_view>& valid);

}  // namespace product_upsert
