#include <algorithm>
#include <cctype>

#include "core/http/http.hpp"
#include "core/http/http_template.hpp"
#include "core/profile/definition.hpp"
#include "core/value/text.hpp"

namespace product_upsert {

using namespace definition;

namespace {

class HttpCompiler {
 public:
  HttpCompiler(const Profile& profile, HttpDefinition& http) : profile_(profile), http_(http) {}

  // recipe: endpoint
  void compile(const Value& v) {
    expect(v, Kind::object, "http", "an object");
    only(v, "http",
         {"description", "credentials", "organization", "prefix", "headers", "parameters", "routes",
          "pages", "idempotency", "error", "errors"});
    for (const std::string& header : texts(v["credentials"], "http.credentials"))
      http_.credentials.push_back(lowered(header));
    read_organization(v["organization"]);
    http_.any_prefix = flag(v["prefix"], "http.prefix", false);
    http_.headers = read_inputs(v["headers"], "http.headers");
    for (HttpInput& header : http_.headers) header.name = lowered(header.name);
    http_.parameters = read_inputs(v["parameters"], "http.parameters");
    read_pages(v["pages"]);
    if (const Value i = v["idempotency"]; !i.is_absent()) {
      expect(i, Kind::object, "http.idempotency", "an object");
      only(i, "http.idempotency", {"hours"});
      constexpr std::size_t kMostHours = 100'000;
      const auto hours = length(i["hours"], "http.idempotency.hours").value_or(24);
      if (hours < 1 || hours > kMostHours)
        fault("http.idempotency.hours", "must be from 1 to 100000");
      http_.idempotency_hours = static_cast<std::int32_t>(hours);
    }
    const Value routes = v["routes"];
    expect(routes, Kind::list, "http.routes", "a list of routes");
    if (routes.items().empty()) fault("http.routes", "must not be empty");
    for (std::size_t i = 0; i < routes.items().size(); ++i)
      http_.routes.push_back(read_route(routes.items()[i], "http.routes." + std::to_string(i)));
    http_.errors = compile_error_rules(v["errors"], v["error"]);
  }

 private:
  void read_organization(const Value& v) {
    if (v.is_absent()) return;
    const std::string path = "http.organization";
    expect(v, Kind::object, path, "an object");
    only(v, path, {"header", "required", "known"});
    http_.organization_header = lowered(text(v["header"], path + ".header"));
    http_.organization_required = flag(v["required"], path + ".required", false);
    http_.organization_known = flag(v["known"], path + ".known", false);
  }

  void read_pages(const Value& v) {
    Paging& p = http_.paging;
    p.size_parameter = "limit";
    p.number_parameter = "page";
    if (v.is_absent()) return;
    expect(v, Kind::object, "http.pages", "an object");
    only(v, "http.pages", {"size", "number", "offset", "after", "usual", "most"});
    if (!v["size"].is_absent()) p.size_parameter = text(v["size"], "http.pages.size");
    if (!v["offset"].is_absent()) {
      p.offset_parameter = text(v["offset"], "http.pages.offset");
      p.number_parameter.clear();
    }
    if (!v["after"].is_absent()) {
      p.after_parameter = text(v["after"], "http.pages.after");
      p.number_parameter.clear();
      if (!p.offset_parameter.empty() || !v["number"].is_absent())
        fault("http.pages.after", "replaces number and offset");
    }
    if (!v["number"].is_absent()) p.number_parameter = text(v["number"], "http.pages.number");
    p.usual = length(v["usual"], "http.pages.usual").value_or(p.usual);
    p.most = length(v["most"], "http.pages.most").value_or(p.most);
    if (p.usual < 1 || p.usual > p.most) fault("http.pages.usual", "must be from 1 to most");
  }

  static std::vector<HttpInput> read_inputs(const Value& v, const std::string& path) {
    std::vector<HttpInput> inputs;
    if (v.is_absent()) return inputs;
    expect(v, Kind::object, path, "an object");
    for (const Member& m : v.members()) {
      const std::string at = path + "." + std::string(m.key);
      expect(m.value, Kind::object, at, "an object");
      only(m.value, at, {"option", "required", "values", "default", "description"});
      HttpInput input;
      input.name = m.key;
      input.use =
          word<ParameterUse>(m.value["option"], at + ".option",
                             {{"identifier_field", ParameterUse::identifier_field},
                              {"custom_field_reference", ParameterUse::custom_field_reference},
                              {"field_actions", ParameterUse::field_actions},
                              {"expand", ParameterUse::expand}},
                             ParameterUse::none);
      input.required = flag(m.value["required"], at + ".required", false);
      input.values = texts(m.value["values"], at + ".values");
      if (!m.value["default"].is_absent())
        input.otherwise = text(m.value["default"], at + ".default");
      inputs.push_back(std::move(input));
    }
    return inputs;
  }

  // The parameter names references whose rows an embed shows.
  void check_expand(const HttpInput& input, const std::string& path) const {
    if (input.use != ParameterUse::expand) return;
    if (input.values.empty()) fault(path + ".values", "must name the references that can be shown");
    for (const std::string& name : input.values) {
      if (std::none_of(profile_.fields.begin(), profile_.fields.end(),
                       [&](const Field& f) { return f.role == Role::embed && f.of == name; }))
        fault(path + ".values", "no field of role embed is of \"" + name + "\"");
    }
  }

  Route read_route(const Value& v, const std::string& path) {
    expect(v, Kind::object, path, "an object");
    only(v, path,
         {"method", "path", "action", "documents", "status", "parameters", "identifier", "ignored",
          "where", "order", "filters", "sort", "answer", "only", "set", "required", "description"});
    Route route;
    route.method = text(v["method"], path + ".method");
    route.action = word<RouteAction>(v["action"], path + ".action",
                                     {{"upsert", RouteAction::upsert},
                                      {"create", RouteAction::create},
                                      {"update", RouteAction::update},
                                      {"get", RouteAction::get},
                                      {"list", RouteAction::list},
                                      {"delete", RouteAction::remove}},
                                     std::nullopt);
    route.many =
        word<bool>(v["documents"], path + ".documents", {{"one", false}, {"many", true}}, false);
    route.status = status(v["status"], path + ".status", 200);
    route.parameters = read_inputs(v["parameters"], path + ".parameters");
    for (const HttpInput& input : route.parameters)
      check_expand(input, path + ".parameters." + input.name);
    read_path(route, text(v["path"], path + ".path"), path + ".path");
    read_identifier(route, v["identifier"], path + ".identifier");
    for (const std::string& name : texts(v["ignored"], path + ".ignored"))
      route.ignored.push_back(field(name, path + ".ignored"));
    for (const std::string& name : texts(v["required"], path + ".required"))
      route.required.push_back(field(name, path + ".required"));
    read_list(route, v, path);
    read_set(route, v["set"], path + ".set");
    read_only(route, v["only"], path + ".only");
    return route;
  }

  // Members that only lists have.
  void read_list(Route& route, const Value& v, const std::string& path) {
    if (route.action == RouteAction::list) {
      read_where(route, v["where"], path + ".where");
      for (const std::string& field : texts(v["order"], path + ".order"))
        route.order.push_back(column(field, path + ".order").column);
      read_filters(route, v["filters"], path + ".filters");
      if (!v["sort"].is_absent()) route.sort_parameter = text(v["sort"], path + ".sort");
      route.answer = v["answer"];
      const bool by_id = !http_.paging.after_parameter.empty();
      if (by_id && (!route.order.empty() || !route.sort_parameter.empty()))
        fault(path + (route.order.empty() ? ".sort" : ".order"),
              "a list with pages.after must be sorted by id");
      check_template(route.answer, path + ".answer", [by_id](std::string_view name) {
        static constexpr std::string_view kNumbered[] = {"page", "pages",    "offset", "from",
                                                         "to",   "previous", "last"};
        static constexpr std::string_view kKnown[] = {"products", "limit",   "total", "first",
                                                      "next",     "current", "path"};
        const auto among = [name](std::span<const std::string_view> names) {
          return std::find(names.begin(), names.end(), name) != names.end();
        };
        return among(kKnown) || (by_id ? name == "after" : among(kNumbered));
      });
    } else {
      for (const char* member : {"where", "order", "filters", "sort", "answer"}) {
        if (!v[member].is_absent()) fault(path + "." + member, "is for the action list");
      }
    }
  }

  void read_set(Route& route, const Value& document, const std::string& path) const {
    if (document.is_absent()) return;
    if (route.action != RouteAction::update) fault(path, "is for the action update");
    expect(document, Kind::object, path, "an object of fields and values");
    for (const Member& m : document.members()) field(std::string(m.key), path);
    route.set = document.json();
  }

  void read_only(Route& route, const Value& v, const std::string& path) const {
    if (v.is_absent()) return;
    if (route.action != RouteAction::remove) fault(path, "is for the action delete");
    expect(v, Kind::object, path, "an object");
    only(v, path, {"field", "values"});
    const Field& f = column(text(v["field"], path + ".field"), path + ".field");
    if (f.type != FieldType::text) fault(path + ".field", "must name a field of type text");
    route.only_column = f.column;
    route.only_values = texts(v["values"], path + ".values");
    if (route.only_values.empty()) fault(path + ".values", "must name a value");
  }

  void read_path(Route& route, const std::string& text, const std::string& path) {
    route.path = text;
    if (text.front() != '/' || text.size() < 2) fault(path, "must begin with / and name something");
    std::string_view rest = std::string_view(text).substr(1);
    while (true) {
      const std::string_view part = rest.substr(0, rest.find('/'));
      PathSegment segment;
      const std::size_t brace = part.find('{');
      segment.literal = part.substr(0, brace);
      if (brace != std::string_view::npos) {
        if (part.back() != '}' || part.size() < brace + 3)
          fault(path, "has a segment that is not text{parameter}");
        segment.parameter = part.substr(brace + 1, part.size() - brace - 2);
      }
      if (part.empty()) fault(path, "has an empty segment");
      route.segments.push_back(std::move(segment));
      if (part.size() == rest.size()) return;
      rest.remove_prefix(part.size() + 1);
    }
  }

  bool is_parameter(const Route& route, const std::string& parameter) const {
    const auto named = [&](const HttpInput& input) { return input.name == parameter; };
    return std::any_of(route.parameters.begin(), route.parameters.end(), named) ||
           std::any_of(http_.parameters.begin(), http_.parameters.end(), named);
  }

  // The path parameter without a list of values names the product.
  void read_identifier(Route& route, const Value& v, const std::string& path) {
    for (const PathSegment& segment : route.segments) {
      if (segment.parameter.empty() || is_parameter(route, segment.parameter)) continue;
      if (!route.identifier_parameter.empty())
        fault(path, "the path has two: {" + route.identifier_parameter + "} and {" +
                        segment.parameter + "}; list the other one in parameters");
      route.identifier_parameter = segment.parameter;
    }
    const bool one = route.action == RouteAction::get || route.action == RouteAction::update ||
                     route.action == RouteAction::remove;
    if (one == route.identifier_parameter.empty())
      fault(path, one ? "the path must have a parameter that names the product"
                      : "this action does not use {" + route.identifier_parameter + "}");
    if (!one) return;
    if (v.is_absent()) fault(path, "must name the fields that the parameter may be");
    for (const std::string& name : texts(v, path)) {
      const Field& f = column(name, path);
      if (f.type != FieldType::integer && f.type != FieldType::text && f.type != FieldType::uuid)
        fault(path,
              "\"" + name + "\" cannot identify a product: its type must be integer, text or uuid");
      route.identifiers.push_back(f.column);
    }
  }

  // recipe: type
  void read_where(Route& route, const Value& v, const std::string& path) {
    if (v.is_absent()) return;
    expect(v, Kind::object, path, "an object of fields and conditions");
    for (const Member& m : v.members()) {
      const std::string at = path + "." + std::string(m.key);
      expect(m.value, Kind::object, at, "an object");
      only(m.value, at, {"is", "is_not", "unless"});
      const Field& f = column(std::string(m.key), at);
      ListCondition condition;
      condition.column = f.column;
      condition.equals = !m.value["is"].is_absent();
      if (condition.equals == !m.value["is_not"].is_absent())
        fault(at, "must have either is or is_not");
      condition.value = m.value[condition.equals ? "is" : "is_not"];
      const bool fits = f.type == FieldType::boolean ? condition.value.kind() == Kind::boolean
                        : f.type == FieldType::text  ? condition.value.kind() == Kind::text
                                                     : false;
      if (!fits) fault(at, "must be a value of the field, whose type is text or boolean");
      if (!m.value["unless"].is_absent())
        condition.unless = text(m.value["unless"], at + ".unless");
      route.where.push_back(std::move(condition));
    }
  }

  // {parameter: {"field": name, "compare": true} or {"custom_field": true}}
  void read_filters(Route& route, const Value& v, const std::string& path) {
    if (v.is_absent()) return;
    expect(v, Kind::object, path, "an object of parameters and filters");
    for (const Member& m : v.members()) {
      const std::string at = path + "." + std::string(m.key);
      expect(m.value, Kind::object, at, "an object");
      only(m.value, at, {"field", "compare", "custom_field"});
      ListFilter filter{std::string(m.key), {}, flag(m.value["compare"], at + ".compare", false)};
      if (!flag(m.value["custom_field"], at + ".custom_field", false)) {
        const Field& f =
            profile_.fields[field(text(m.value["field"], at + ".field"), at + ".field")];
        if ((f.role != Role::column && f.role != Role::reference) || !f.member.empty() ||
            info(f.column).type == ColumnType::jsonb)
          fault(at + ".field", "must name a field that is a column of its own");
        filter.column = f.column;
        filter.values = f.allowed;
        if (f.form != TimeForm::stored && f.form != TimeForm::microseconds)
          filter.decimals = decimals_of(f.form);
      }
      route.filters.push_back(std::move(filter));
    }
  }

  std::size_t field(const std::string& name, const std::string& path) const {
    const int at = profile_.find(name);
    if (at < 0) fault(path, "must name a field of the profile, not \"" + name + "\"");
    return static_cast<std::size_t>(at);
  }

  const Field& column(const std::string& name, const std::string& path) const {
    const Field& f = profile_.fields[field(name, path)];
    if (f.role != Role::column || !f.member.empty())
      fault(path, "\"" + name + "\" is not a column");
    return f;
  }

  const Profile& profile_;
  HttpDefinition& http_;
};

}  // namespace

std::shared_ptr<const Profile> compile_contract(std::string_view name, const Value& definition,
                                                const OwnColumns& own,
                                                const std::vector<std::string>* rules) {
  std::shared_ptr<Profile> profile = compile_profile(name, definition, own, rules);
  if (const Value given = definition["http"]; !given.is_absent()) {
    auto http = std::make_shared<HttpDefinition>();
    // All that the result points to must live as long as the profile.
    HttpCompiler(*profile, *http).compile(given.copy_to(profile->arena));
    profile->http = std::move(http);
  }
  return profile;
}

}  // namespace product_upsert
