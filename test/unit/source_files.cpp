#include "unit/source_files.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>

#include "core/http/http.hpp"
#include "core/value/events.hpp"

namespace product_upsert {

std::string read_source_file(const std::string& path) {
  std::ifstream in(std::filesystem::path(PRODUCT_UPSERT_SOURCE_DIR) / path, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + path);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::vector<std::string> shipped_profiles() {
  std::vector<std::string> names;
  const auto folder = std::filesystem::path(PRODUCT_UPSERT_SOURCE_DIR) / "sql" / "profiles";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".json") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::shared_ptr<const Profile> shipped_profile(const std::string& name) {
  static std::map<std::string, std::shared_ptr<const Profile>> compiled;
  auto& profile = compiled[name];
  if (!profile) profile = compile(name, read_source_file("sql/profiles/" + name + ".json"));
  return profile;
}

std::shared_ptr<const Profile> compile(std::string_view name, std::string_view definition) {
  Arena arena;
  return compile_contract(name, parse_json(definition, arena));
}

}  // namespace product_upsert
