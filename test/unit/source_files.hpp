#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/profile/profile.hpp"

namespace product_upsert {

// A file of the repository; throws std::runtime_error where it cannot be read.
std::string read_source_file(const std::string& path);
// The names in sql/profiles, sorted.
std::vector<std::string> shipped_profiles();
// One of them, compiled once.
std::shared_ptr<const Profile> shipped_profile(const std::string& name);
std::shared_ptr<const Profile> compile(std::string_view name, std::string_view definition);

}  // namespace product_upsert
