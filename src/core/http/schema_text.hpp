#pragma once

#include <string>
#include <string_view>
#include <vector>

// JSON Schemas and what stands around them, as JSON text.
namespace product_upsert {

// An object, member by member; what is added twice stands twice.
class JsonObject {
 public:
  JsonObject& add(std::string_view name, const std::string& json);
  JsonObject& add_text(std::string_view name, std::string_view text);
  bool empty() const { return members_.empty(); }
  std::string json() const { return "{" + members_ + "}"; }

 private:
  std::string members_;
};

std::string json_text(std::string_view text);
std::string json_list(const std::vector<std::string>& items);  // of JSON
std::string json_texts(const std::vector<std::string>& texts);

namespace schema {

std::string any();  // whatever it is
std::string of_type(std::string_view type);
std::string of_type(std::string_view type, std::string_view format);
std::string constant(const std::string& json);
std::string one_of_texts(const std::vector<std::string>& texts);
std::string list_of(const std::string& items);
// Whether there may be more than these properties.
enum class Others : bool { refused, allowed };
std::string object_with(const JsonObject& properties, const std::vector<std::string>& required,
                        Others others);
std::string reference(std::string_view component);
// What one of these takes; those that are the same are said once.
std::string any_of(std::vector<std::string> schemas);
std::string or_null(const std::string& schema);

}  // namespace schema

}  // namespace product_upsert
