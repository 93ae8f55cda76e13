#include "core/http/openapi_parameters.hpp"

#include <set>

#include "core/http/document_schema.hpp"
#include "core/http/schema_text.hpp"
#include "core/profile/field_action.hpp"

namespace product_upsert {

using namespace schema;

namespace {

class ParameterList {
 public:
  explicit ParameterList(const Profile& profile) : profile_(profile) {}

  std::vector<std::string> of(const Route& route) const {
    std::vector<std::string> all;
    const HttpDefinition& http = *profile_.http;
    for (const PathSegment& segment : route.segments) {
      if (segment.parameter.empty()) continue;
      const HttpInput* const input = input_of(route, segment.parameter);
      all.push_back(parameter(segment.parameter, "path", true,
                              input == nullptr ? of_type("string") : input_schema(*input)));
    }
    for (const auto* inputs : {&http.parameters, &route.parameters}) {
      for (const HttpInput& input : *inputs) all.push_back(query(input));
    }
    if (route.action == RouteAction::list) add_list_parameters(route, all);
    for (const HttpInput& header : http.headers)
      all.push_back(parameter(header.name, "header", header.required, input_schema(header)));
    if (!http.organization_header.empty())
      all.push_back(parameter(http.organization_header, "header", http.organization_required,
                              of_type("string"), "The organization, by id or by reference"));
    add_usual_headers(route, all);
    return all;
  }

 private:
  static std::string parameter(std::string_view name, const char* in, bool required,
                               const std::string& schema, std::string_view description = {}) {
    JsonObject parameter;
    parameter.add_text("name", name).add_text("in", in);
    if (required) parameter.add("required", "true");
    if (!description.empty()) parameter.add_text("description", description);
    return parameter.add("schema", schema).json();
  }

  static void add_usual_headers(const Route& route, std::vector<std::string>& all) {
    const auto header = [&](const char* name, const std::string& schema, const char* description) {
      all.push_back(parameter(name, "header", false, schema, description));
    };
    const std::string text = of_type("string");
    header("X-Request-Id", text, "Returned with the answer");
    if (route.action == RouteAction::get)
      header("If-None-Match", text, "A version that the caller already has");
    if (!writes(route.action)) return;
    header("Idempotency-Key", R"({"type":"string","maxLength":255})",
           "Makes it safe to send the call again");
    if (route.many) return;
    header("If-Match", text, "The version that the product must have");
    header("If-None-Match", text, "The version that the product must not have");
  }

  const HttpInput* input_of(const Route& route, std::string_view name) const {
    for (const auto* inputs : {&profile_.http->parameters, &route.parameters}) {
      for (const HttpInput& input : *inputs) {
        if (input.name == name) return &input;
      }
    }
    return nullptr;
  }

  static std::string input_schema(const HttpInput& input) {
    JsonObject schema;
    schema.add_text("type", "string");
    if (!input.values.empty()) schema.add("enum", json_texts(input.values));
    if (!input.otherwise.empty()) schema.add_text("default", input.otherwise);
    return schema.json();
  }

  std::string query(const HttpInput& input) const {
    if (input.use == ParameterUse::field_actions) {
      JsonObject actions;
      for (const Field& f : profile_.fields) {
        if (takes_action(f)) actions.add(f.name, one_of_texts(action_words(f)));
      }
      return JsonObject()
          .add_text("name", input.name)
          .add_text("in", "query")
          .add_text("style", "deepObject")
          .add("explode", "true")
          .add("schema", object_with(actions, {}, Others::refused))
          .json();
    }
    const bool several = input.name.ends_with("[]");
    return parameter(input.name, "query", input.required,
                     several ? list_of(input_schema(input)) : input_schema(input));
  }

  static std::vector<std::string> action_words(const Field& f) {
    std::vector<std::string> words;
    for (const Action action : actions_of(f)) words.emplace_back(name(action));
    return words;
  }

  void add_list_parameters(const Route& route, std::vector<std::string>& all) const {
    const Paging& pages = profile_.http->paging;
    const auto number = [](std::int64_t least, std::int64_t most, std::int64_t usual) {
      return JsonObject()
          .add_text("type", "integer")
          .add("minimum", std::to_string(least))
          .add("maximum", std::to_string(most))
          .add("default", std::to_string(usual))
          .json();
    };
    constexpr std::int64_t kFarthest = 1'000'000'000;
    all.push_back(
        parameter(pages.size_parameter, "query", false, number(1, pages.most, pages.usual)));
    if (!pages.after_parameter.empty())
      all.push_back(parameter(pages.after_parameter, "query", false,
                              R"({"type":"integer","minimum":1})",
                              "The last id of the previous page"));
    else if (!pages.offset_parameter.empty())
      all.push_back(parameter(pages.offset_parameter, "query", false, number(0, kFarthest, 0)));
    else all.push_back(parameter(pages.number_parameter, "query", false, number(1, kFarthest, 1)));
    if (!route.sort_parameter.empty())
      all.push_back(parameter(route.sort_parameter, "query", false, of_type("string"),
                              "Fields separated by commas; -field sorts in descending order"));
    for (const ListFilter& filter : route.filters) all.push_back(filter_parameter(filter));
    std::set<std::string_view> lifting;
    for (const ListCondition& condition : route.where) {
      if (!condition.unless.empty() && lifting.insert(condition.unless).second)
        all.push_back(parameter(condition.unless, "query", false, of_type("boolean")));
    }
  }

  // If the parameter is repeated, any of its values may match.
  std::string filter_parameter(const ListFilter& filter) const {
    if (!filter.column)
      return parameter(filter.name, "query", false,
                       list_of(R"({"type":"string","pattern":"^[^:]+:"})"),
                       "reference:value of a custom field");
    if (filter.compares)
      return parameter(filter.name, "query", false, list_of(of_type("string")),
                       "A value, or gt: or lt: followed by a value");
    return parameter(filter.name, "query", false,
                     list_of(filter.values.empty() ? parameter_schema(info(*filter.column).type)
                                                   : one_of_texts(filter.values)));
  }

  const Profile& profile_;
};

}  // namespace

std::vector<std::string> parameters_of(const Profile& profile, const Route& route) {
  return ParameterList(profile).of(route);
}

}  // namespace product_upsert
