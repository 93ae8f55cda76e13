#include "core/http/openapi.hpp"

#include <algorithm>
#include <cctype>
#include <map>
#include <set>

#include "core/http/document_schema.hpp"
#include "core/http/error_schema.hpp"
#include "core/http/http_template.hpp"
#include "core/http/openapi_parameters.hpp"
#include "core/http/schema_text.hpp"
#include "core/value/text.hpp"

namespace product_upsert {

using namespace schema;

namespace {

// put_v_version_products_id
std::string operation_name(const Route& route) {
  std::string name = lowered(route.method);
  for (const char c : route.path) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) name += c;
    else if (name.back() != '_') name += '_';
  }
  while (name.back() == '_') name.pop_back();
  return name;
}

const char* summary_of(const Route& route) {
  switch (route.action) {
    case RouteAction::upsert:
      return route.many ? "Creates or updates products" : "Creates or updates a product";
    case RouteAction::create: return route.many ? "Creates products" : "Creates a product";
    case RouteAction::update: return "Updates a product";
    case RouteAction::get: return "Shows a product";
    case RouteAction::list: return "Lists products";
    case RouteAction::remove: return "Deletes a product";
  }
  return "";
}

std::string with_description(const std::string& text) {
  return JsonObject().add_text("description", text).json();
}

class OpenApi {
 public:
  OpenApi(const Profile& profile, std::string_view version)
      : profile_(profile), version_(version) {}

  std::string describe() {
    schemas_.add("Document", document_schema(profile_, {}))
        .add("Product", product_schema(profile_));
    JsonObject description;
    description.add_text("openapi", "3.1.0");
    description.add(
        "info", JsonObject().add_text("title", profile_.name).add_text("version", version_).json());
    std::string paths = "{}";
    JsonObject components;
    if (profile_.http != nullptr) {
      paths = read_routes();
      for (const auto& [status, body] : error_schemas(*profile_.http))
        schemas_.add("Error" + std::to_string(status), body);
      add_credentials(description, components);
      if (profile_.http->any_prefix) {
        const std::string prefix = R"({"default":"","description":"Anything may stand here."})";
        description.add("servers",
                        json_list({JsonObject()
                                       .add_text("url", "{prefix}")
                                       .add("variables", JsonObject().add("prefix", prefix).json())
                                       .json()}));
      }
    }
    description.add("paths", paths);
    components.add("schemas", schemas_.json());
    return description.add("components", components.json()).json();
  }

 private:
  // At least one of the headers is required.
  void add_credentials(JsonObject& description, JsonObject& components) const {
    if (profile_.http->credentials.empty()) return;
    JsonObject schemes;
    std::vector<std::string> ways;
    for (const std::string& header : profile_.http->credentials) {
      schemes.add(header, JsonObject()
                              .add_text("type", "apiKey")
                              .add_text("in", "header")
                              .add_text("name", header)
                              .json());
      ways.push_back(JsonObject().add(header, "[]").json());
    }
    components.add("securitySchemes", schemes.json());
    description.add("security", json_list(ways));
  }

  std::string read_routes() {
    std::map<std::string, std::map<std::string, std::string>> paths;
    for (const Route& route : profile_.http->routes) {
      const std::string method = lowered(route.method);
      auto& operations = paths[route.path];
      if (!operations.contains(method)) operations[method] = operation(route);
    }
    JsonObject all;
    for (const auto& [path, operations] : paths) {
      JsonObject item;
      for (const auto& [method, operation] : operations) item.add(method, operation);
      all.add(path, item.json());
    }
    return all.json();
  }

  std::string operation(const Route& route) {
    JsonObject operation;
    operation.add_text("operationId", operation_name(route));
    operation.add_text("summary", summary_of(route));
    if (const auto all = parameters_of(profile_, route); !all.empty())
      operation.add("parameters", json_list(all));
    if (writes(route.action) && route.action != RouteAction::remove && route.set.empty())
      operation.add("requestBody", JsonObject()
                                       .add("required", "true")
                                       .add("content", json_content(body_schema(route)))
                                       .json());
    return operation.add("responses", responses(route)).json();
  }

  static std::string json_content(const std::string& schema) {
    return JsonObject().add("application/json", JsonObject().add("schema", schema).json()).json();
  }

  std::string body_schema(const Route& route) {
    std::string document = "Document";
    if (!route.ignored.empty()) {
      document += "_" + operation_name(route);
      schemas_.add(document, document_schema(profile_, route.ignored));
    }
    const std::string required =
        required_schema(profile_, route.required, route.action == RouteAction::create);
    const std::string one =
        required == any()
            ? reference(document)
            : JsonObject().add("allOf", json_list({reference(document), required})).json();
    if (!route.many) return one;
    std::vector<std::string> ways = {list_of(one)};
    if (!profile_.list_member.empty())
      ways.push_back(object_with(JsonObject().add(profile_.list_member, list_of(one)),
                                 {profile_.list_member}, Others::allowed));
    return any_of(std::move(ways));
  }

  std::string answer_schema(const Route& route) const {
    const std::string product = reference("Product");
    if (route.many)
      return list_of(profile_.bulk_answer == BulkAnswer::ids ? of_type("integer") : product);
    if (route.action != RouteAction::list) {
      if (profile_.answer_envelope.empty()) return product;
      return object_with(JsonObject().add(profile_.answer_envelope, product),
                         {profile_.answer_envelope}, Others::refused);
    }
    if (route.answer.is_absent()) return list_of(product);
    const DescribeVariable variables = [&](std::string_view name) -> VariableSchema {
      if (name == "products") return {list_of(product)};
      if (name == "from" || name == "to" || name == "after") return {or_null(of_type("integer"))};
      if (name == "path") return {of_type("string")};
      for (const std::string_view link : {"first", "last", "current"}) {
        if (name == link) return {of_type("string")};
      }
      if (name == "previous" || name == "next") return {or_null(of_type("string"))};
      return {of_type("integer")};
    };
    return template_schema(route.answer, variables, variables);
  }

  std::string responses(const Route& route) const {
    JsonObject all;
    const std::string request_id = R"({"schema":{"type":"string"}})";
    JsonObject headers;
    headers.add("X-Request-Id", request_id);
    const bool one = route.action != RouteAction::list && route.action != RouteAction::remove;
    if (one && !route.many) {
      headers.add("ETag", R"({"description":"The product's version","schema":{"type":"string"}})");
      if (route.action == RouteAction::upsert || route.action == RouteAction::create)
        headers.add("Location",
                    R"({"description":"Of what was created","schema":{"type":"string"}})");
    }
    all.add(std::to_string(route.status), JsonObject()
                                              .add_text("description", summary_of(route))
                                              .add("headers", headers.json())
                                              .add("content", json_content(answer_schema(route)))
                                              .json());
    if (route.action == RouteAction::get) all.add("304", with_description("Not modified"));
    std::set<int> statuses;
    for (const ErrorRule& rule : profile_.http->errors) {
      if (may_answer(rule, *profile_.http, route)) statuses.insert(rule.status);
    }
    for (const int status : statuses) {
      if (status == route.status) continue;
      all.add(std::to_string(status),
              JsonObject()
                  .add_text("description", "Refused")
                  .add("content", json_content(reference("Error" + std::to_string(status))))
                  .json());
    }
    return all.json();
  }

  const Profile& profile_;
  std::string_view version_;
  JsonObject schemas_;
};

}  // namespace

std::string openapi_of(const Profile& profile, std::string_view version) {
  return OpenApi(profile, version).describe();
}

}  // namespace product_upsert
