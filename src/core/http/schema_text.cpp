#include "core/http/schema_text.hpp"

#include <algorithm>

#include "core/value/value.hpp"

namespace product_upsert {

std::string json_text(std::string_view text) {
  std::string json;
  write_json_string(text, json);
  return json;
}

std::string json_list(const std::vector<std::string>& items) {
  std::string json = "[";
  for (const std::string& item : items) json += (json.size() > 1 ? "," : "") + item;
  return json + "]";
}

std::string json_texts(const std::vector<std::string>& texts) {
  std::vector<std::string> items(texts.size());
  std::transform(texts.begin(), texts.end(), items.begin(),
                 [](const std::string& t) { return json_text(t); });
  return json_list(items);
}

JsonObject& JsonObject::add(std::string_view name, const std::string& json) {
  if (!members_.empty()) members_ += ',';
  members_ += json_text(name) + ":" + json;
  return *this;
}

JsonObject& JsonObject::add_text(std::string_view name, std::string_view text) {
  return add(name, json_text(text));
}

namespace schema {

std::string any() { return "{}"; }

std::string of_type(std::string_view type) { return JsonObject().add_text("type", type).json(); }

std::string of_type(std::string_view type, std::string_view format) {
  return JsonObject().add_text("type", type).add_text("format", format).json();
}

std::string constant(const std::string& json) { return JsonObject().add("const", json).json(); }

std::string one_of_texts(const std::vector<std::string>& texts) {
  return JsonObject().add("enum", json_texts(texts)).json();
}

std::string list_of(const std::string& items) {
  return JsonObject().add_text("type", "array").add("items", items).json();
}

std::string object_with(const JsonObject& properties, const std::vector<std::string>& required,
                        Others others) {
  JsonObject object;
  object.add_text("type", "object");
  if (!properties.empty()) object.add("properties", properties.json());
  if (!required.empty()) object.add("required", json_texts(required));
  if (others == Others::refused) object.add("additionalProperties", "false");
  return object.json();
}

std::string reference(std::string_view component) {
  return JsonObject().add_text("$ref", "#/components/schemas/" + std::string(component)).json();
}

std::string any_of(std::vector<std::string> schemas) {
  std::vector<std::string> distinct;
  for (std::string& one : schemas) {
    if (one == any()) return one;
    if (std::find(distinct.begin(), distinct.end(), one) == distinct.end())
      distinct.push_back(std::move(one));
  }
  if (distinct.size() == 1) return distinct.front();
  return JsonObject().add("anyOf", json_list(distinct)).json();
}

std::string or_null(const std::string& schema) { return any_of({schema, of_type("null")}); }

}  // namespace schema

}  // namespace product_upsert
