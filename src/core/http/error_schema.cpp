#include "core/http/error_schema.hpp"

#include <algorithm>
#include <initializer_list>
#include <span>

#include "core/http/http_template.hpp"
#include "core/http/schema_text.hpp"

namespace product_upsert {

using namespace schema;

namespace {

std::vector<std::string> codes_of(const ErrorRule& rule) {
  std::vector<std::string> codes;
  for (const std::string& cause : rule.causes)
    codes.push_back(cause == "unknown_reference" ? name(Code::unknown_reference) : cause);
  std::sort(codes.begin(), codes.end());
  codes.erase(std::unique(codes.begin(), codes.end()), codes.end());
  return codes;
}

// The schema of a variable. If its values are not known, it is a detail that the failure may have.
// recipe: error
VariableSchema plain(const ErrorRule& rule, std::string_view variable) {
  if (variable == "code")
    return {rule.causes.empty() ? of_type("string") : one_of_texts(codes_of(rule))};
  if (variable == "field") return {of_type("string"), false};
  if (variable == "status") return {constant(std::to_string(rule.status))};
  if (variable == "error") {
    JsonObject members;
    members.add("field", R"({"type":["string","null"]})")
        .add("code", of_type("string"))
        .add("message", of_type("string"));
    return {object_with(members, {"field", "code", "message"}, Others::allowed)};
  }
  for (const std::string_view text : {"message", "sentence", "method", "path"}) {
    if (variable == text) return {of_type("string")};
  }
  return {any(), false};
}

VariableSchema describe(const ErrorRule& rule, std::string_view variable) {
  const Value set = rule.set[variable];
  if (set.is_absent()) return plain(rule, variable);
  const DescribeVariable of_fault = [&](std::string_view name) { return plain(rule, name); };
  return {template_schema(set, of_fault, of_fault)};
}

// "$each" lists the failures of all rules with that status, each with the values that its rule
// sets.
std::string body_schema(const ErrorRule& rule, std::span<const ErrorRule* const> same_status) {
  const auto each = [&](std::string_view variable) {
    std::vector<std::string> schemas;
    bool always = true;
    for (const ErrorRule* const other : same_status) {
      const VariableSchema v = describe(*other, variable);
      schemas.push_back(v.schema);
      always &= v.always;
    }
    return VariableSchema{any_of(std::move(schemas)), always};
  };
  return template_schema(
      rule.body, [&](std::string_view variable) { return describe(rule, variable); }, each);
}

template <typename T>
bool all_of_these(const std::vector<T>& said, std::initializer_list<T> these) {
  return !said.empty() && std::all_of(said.begin(), said.end(), [&](const T& one) {
    return std::find(these.begin(), these.end(), one) != these.end();
  });
}

}  // namespace

std::map<int, std::string> error_schemas(const HttpDefinition& http) {
  std::map<int, std::vector<const ErrorRule*>> rules;
  for (const ErrorRule& rule : http.errors) rules[rule.status].push_back(&rule);
  std::map<int, std::string> schemas;
  for (const auto& [status, same] : rules) {
    std::vector<std::string> bodies;
    for (const ErrorRule* const rule : same) bodies.push_back(body_schema(*rule, same));
    schemas[status] = any_of(std::move(bodies));
  }
  return schemas;
}

bool may_answer(const ErrorRule& rule, const HttpDefinition& http, const Route& route) {
  const auto& methods = rule.methods;
  if (!methods.empty() && std::find(methods.begin(), methods.end(), route.method) == methods.end())
    return false;
  if (all_of_these<std::string>(rule.causes, {"path", "method"})) return false;
  if (http.credentials.empty() && all_of_these<std::string>(rule.causes, {"credentials"}))
    return false;
  if (writes(route.action)) return true;
  return !all_of_these<std::string>(
             rule.causes, {"taken", "ambiguous", "constraint", "suppressed", "unreadable"}) &&
         !all_of_these<std::string>(rule.fields, {"idempotency-key"}) &&
         !all_of_these<In>(rule.places, {In::body});
}

}  // namespace product_upsert
