// Finds the route of a request, and reads its headers, path and parameters.
#include <algorithm>
#include <cctype>
#include <limits>

#include "core/http/http.hpp"
#include "core/http/list_request.hpp"
#include "core/http/request_path.hpp"
#include "core/value/events.hpp"
#include "core/value/text.hpp"

namespace product_upsert {

namespace {

bool same_word(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char x, unsigned char y) {
    return std::tolower(x) == std::tolower(y);
  });
}

class Router {
 public:
  Router(const Profile& profile, const HttpRequest& request, Arena& arena)
      : profile_(profile),
        http_(*profile.http),
        request_(request),
        arena_(arena),
        parameters_(request.parameters) {}

  RoutedRequest route() {
    std::string_view path = request_.path;
    routed_.path = path.substr(0, path.find('?'));
    const std::string_view query =
        path.size() > routed_.path.size() ? path.substr(routed_.path.size() + 1) : "";
    segments_ = segments_of(path.substr(0, routed_.path.size()));
    find_route();
    if (routed_.route == nullptr) return std::move(routed_);
    check_credentials();
    parameters_ = spelt_out(parameters_);
    if (!query.empty()) parameters_ = with_query(parameters_, query, arena_);
    read_headers();
    read_parameters();
    check_known();
    if (!faults_.empty()) throw Rejection(std::move(faults_));
    read_identifier();
    if (routed_.route->action == RouteAction::list)
      read_list(profile_, parameters_, arena_, routed_, faults_);
    if (!faults_.empty()) throw Rejection(std::move(faults_));
    return std::move(routed_);
  }

 private:
  void fail(In in, Code code, std::string field, std::string message) {
    faults_.push_back({cause_of(code), in, {code, std::move(field), std::move(message), {}}});
  }

  void find_route() {
    std::string& allowed = routed_.allowed;
    const std::string wanted = wants_no_body(request_) ? "GET" : request_.method;
    // A literal segment of a path is not taken for the name of a product.
    std::ptrdiff_t most = 0;
    for (const Route& route : http_.routes) {
      if (fits(route, segments_for(route))) most = std::max(most, literals_of(route));
    }
    for (const Route& route : http_.routes) {
      const std::span<const std::string_view> given = segments_for(route);
      if (!fits(route, given) || literals_of(route) < most) continue;
      add_to_list(allowed, route.method);
      if (same_word(route.method, "GET")) allowed += ", HEAD";
      if (!same_word(route.method, wanted)) continue;
      for (std::size_t i = 0; i + given.size() < segments_.size(); ++i)
        routed_.prefix += "/" + std::string(segments_[i]);
      segments_.erase(segments_.begin(),
                      segments_.end() - static_cast<std::ptrdiff_t>(given.size()));
      routed_.route = &route;
      for (std::size_t i = 0; i < segments_.size(); ++i) {
        const PathSegment& segment = route.segments[i];
        if (!segment.parameter.empty())
          routed_.path_parts.emplace_back(segment.parameter,
                                          segments_[i].substr(segment.literal.size()));
      }
      return;
    }
    if (!allowed.empty()) allowed += ", OPTIONS";
    if (!allowed.empty() && same_word(request_.method, "OPTIONS")) return;
    if (!allowed.empty())
      throw Rejection({{"method",
                        In::call,
                        {Code::enumeration, "",
                         "method " + request_.method + " is not allowed for " + request_.path,
                         Details().text("allow", allowed)}}});
    throw Rejection(
        {{"path", In::call, {Code::not_found, "", "there is nothing at " + request_.path, {}}}});
  }

  std::span<const std::string_view> segments_for(const Route& route) const {
    const std::span<const std::string_view> given = segments_;
    return http_.any_prefix && given.size() > route.segments.size()
               ? given.last(route.segments.size())
               : given;
  }

  static std::ptrdiff_t literals_of(const Route& route) {
    return std::count_if(route.segments.begin(), route.segments.end(),
                         [](const PathSegment& s) { return s.parameter.empty(); });
  }

  void check_credentials() {
    if (http_.credentials.empty()) return;
    std::string wanted;
    for (const std::string& name : http_.credentials) {
      if (header_of(request_, name).has_value()) return;
      wanted += (wanted.empty() ? "" : " or ") + name;
    }
    throw Rejection({{"credentials",
                      In::header,
                      {Code::required, "", "header " + wanted + " is required", {}}}});
  }

  void read_headers() {
    if (!http_.organization_header.empty()) {
      const Value v = header_of(request_, http_.organization_header);
      if (v.has_value()) routed_.organization = v.printed();
      else if (http_.organization_required)
        fail(In::header, Code::required, http_.organization_header, "is required");
    }
    if (const std::string said = header_list(request_, "if-match"); !said.empty())
      read_if_match(said);
    routed_.if_none_match = header_list(request_, "if-none-match");
    read_idempotency_key();
    for (const HttpInput& input : http_.headers)
      check(input, header_of(request_, input.name), In::header);
  }

  // For calls that write.
  void read_idempotency_key() {
    if (!writes(routed_.route->action)) return;
    const Value v = header_of(request_, "idempotency-key");
    if (!v.has_value()) return;
    constexpr std::size_t kLongest = 255;
    routed_.idempotency_key = v.printed();
    routed_.idempotency_hours = http_.idempotency_hours;
    if (routed_.idempotency_key.size() > kLongest)
      fail(In::header, Code::too_long, "idempotency-key", "is too long: at most 255 bytes");
    for (const std::string_view part :
         {std::string_view(profile_.name), std::string_view(routed_.route->method),
          std::string_view(routed_.path)})
      (routed_.asked += part) += '\n';
    routed_.asked += parameters_.json() + '\n';
  }

  // "3" is a version; there may be several. Anything else matches no product.
  void read_if_match(const std::string& said) {
    if (said == "*") {
      routed_.if_any_version = true;
      return;
    }
    for (std::size_t begin = 0; begin <= said.size();) {
      const std::size_t end = std::min(said.find(',', begin), said.size());
      read_version(trim(std::string_view(said).substr(begin, end - begin)));
      begin = end + 1;
    }
    if (!routed_.if_version)
      fail(In::header, Code::precondition, "if-match", "is not a version: " + said);
  }

  void read_version(std::string_view digits) {
    if (digits.size() > 1 && digits.front() == '"' && digits.back() == '"')
      digits = digits.substr(1, digits.size() - 2);
    const auto version = read_id(digits);
    if (!version || *version > std::numeric_limits<std::int32_t>::max()) return;
    if (routed_.if_version) routed_.or_versions.push_back(static_cast<std::int32_t>(*version));
    else routed_.if_version = static_cast<std::int32_t>(*version);
  }

  Value parameter(const std::string& name) const { return said_in(parameters_, name); }

  void read_parameters() {
    if (parameters_.has_value() && parameters_.kind() != Kind::object)
      fail(In::parameter, Code::type, "parameters", "must be an object");
    for (const auto* inputs : {&http_.parameters, &routed_.route->parameters}) {
      for (const HttpInput& input : *inputs) {
        if (const auto said = in_path(input.name)) check(input, Value::text(*said), In::path);
        check(input, parameter(input.name), In::parameter);
      }
    }
    for (const Member& m :
         parameters_.kind() == Kind::object ? parameters_.members() : std::span<const Member>()) {
      if (const std::string_view field = acted_on(m.key); !field.empty())
        actions_.push_back({field, m.value});
    }
    // A named custom field means that products are found by it, whatever the default of the other
    // parameter.
    if (routed_.custom_field_reference && identifier_is_default_) routed_.identifier_field.reset();
    if (!actions_.empty()) routed_.field_actions = make_object(actions_, arena_);
  }

  // {"page": {"size": 10}} becomes page[size]=10, as in a query string. A parameter that the route
  // knows by its own name is not changed, but for field actions, which it knows by either.
  Value spelt_out(const Value& given) {
    if (given.kind() != Kind::object) return given;
    std::vector<Member> members;
    for (const Member& m : given.members()) {
      const HttpInput* const input = input_of(m.key);
      const bool acts = input != nullptr && input->use == ParameterUse::field_actions;
      if (m.value.kind() != Kind::object || m.value.members().empty() || (knows(m.key) && !acts)) {
        members.push_back(m);
        continue;
      }
      for (const Member& inner : m.value.members()) {
        const std::string name = std::string(m.key) + "[" + std::string(inner.key) + "]";
        members.push_back({arena_.copy(std::string_view(name)), inner.value});
      }
    }
    members.resize(sort_members(members));
    return Value::object(arena_.copy(std::span<const Member>(members)));
  }

  const HttpInput* input_of(std::string_view name) const {
    for (const auto* inputs : {&http_.parameters, &routed_.route->parameters}) {
      for (const HttpInput& input : *inputs) {
        if (input.name == name) return &input;
      }
    }
    return nullptr;
  }

  // The field of a parameter like field_actions[name]; empty for any other parameter.
  std::string_view acted_on(std::string_view name) const {
    const std::size_t bracket = name.find('[');
    if (bracket == std::string_view::npos || !name.ends_with(']')) return {};
    const HttpInput* const input = input_of(name.substr(0, bracket));
    if (input == nullptr || input->use != ParameterUse::field_actions) return {};
    return name.substr(bracket + 1, name.size() - bracket - 2);
  }

  bool knows(std::string_view name) const {
    const Route& route = *routed_.route;
    if (input_of(name) != nullptr || !acted_on(name).empty()) return true;
    if (route.action != RouteAction::list) return false;
    const Paging& pages = http_.paging;
    return name == pages.size_parameter ||
           (!pages.number_parameter.empty() && name == pages.number_parameter) ||
           (!pages.offset_parameter.empty() && name == pages.offset_parameter) ||
           (!pages.after_parameter.empty() && name == pages.after_parameter) ||
           (!route.sort_parameter.empty() && name == route.sort_parameter) ||
           std::any_of(route.filters.begin(), route.filters.end(),
                       [&](const ListFilter& f) { return f.name == name; }) ||
           std::any_of(route.where.begin(), route.where.end(),
                       [&](const ListCondition& c) { return c.unless == name; });
  }

  // Unknown parameters are refused, because a misspelt filter would return the whole list.
  void check_known() {
    if (parameters_.kind() != Kind::object) return;
    for (const Member& m : parameters_.members()) {
      if (!knows(m.key))
        fail(In::parameter, Code::unknown_field, std::string(m.key),
             "is not a parameter of this call");
    }
  }

  std::optional<std::string> in_path(const std::string& name) const {
    for (std::size_t i = 0; i < segments_.size(); ++i) {
      const PathSegment& segment = routed_.route->segments[i];
      if (segment.parameter == name && !name.empty())
        return decoded(segments_[i].substr(segment.literal.size()));
    }
    return std::nullopt;
  }

  void check(const HttpInput& input, Value given, In in) {
    if (given.is_absent()) {
      if (input.required) return fail(in, Code::required, input.name, "is required");
      if (input.otherwise.empty()) return;
      given = Value::text(input.otherwise);
      identifier_is_default_ |= input.use == ParameterUse::identifier_field;
    }
    const std::string said = given.printed();
    const auto all = values_of(given);
    const bool listed =
        input.values.empty() || std::all_of(all.begin(), all.end(), [&](const Value& v) {
          return std::find(input.values.begin(), input.values.end(), v.printed()) !=
                 input.values.end();
        });
    if (!listed) {
      std::string valid;
      for (const std::string& v : input.values) add_to_list(valid, v);
      return fail(in, Code::enumeration, input.name, "must be one of " + valid);
    }
    switch (input.use) {
      case ParameterUse::none: break;
      case ParameterUse::identifier_field: routed_.identifier_field = said; break;
      case ParameterUse::custom_field_reference: routed_.custom_field_reference = said; break;
      case ParameterUse::expand:
        for (const Value& v : all) routed_.expanded.push_back(v.printed());
        break;
      case ParameterUse::field_actions:
        routed_.field_actions = actions(input, given, in);
        for (const Member& m : routed_.field_actions.kind() == Kind::object
                                   ? routed_.field_actions.members()
                                   : std::span<const Member>())
          actions_.push_back(m);
        break;
    }
  }

  // An object, or its JSON text, as a query string would contain it.
  Value actions(const HttpInput& input, const Value& given, In in) {
    if (given.kind() != Kind::text) return given;
    try {
      return parse_json(arena_.copy(given.as_text()), arena_);
    } catch (const Refusal&) {
      fail(in, Code::type, input.name, "must be an object of field and action");
      return {};
    }
  }

  void read_identifier() {
    const Route& route = *routed_.route;
    if (route.identifier_parameter.empty()) return;
    const auto said = in_path(route.identifier_parameter);
    if (!said) return;
    routed_.identifier = *said;
    for (const Column c : route.identifiers) {
      if (const Value v = as_key(c); v.has_value()) routed_.identifiers.emplace_back(c, v);
    }
  }

  // The text from the path as a value of the column; absent if it cannot be one.
  Value as_key(Column column) {
    const std::string& said = routed_.identifier;
    switch (info(column).type) {
      case ColumnType::bigint:
      case ColumnType::integer: {
        const auto id = read_id(trim(said));
        return id ? Value::whole(*id, arena_) : Value();
      }
      case ColumnType::uuid:
        return is_uuid(said) ? Value::text(arena_.copy(lowered(said))) : Value();
      default: {
        const auto text = trim(said);
        return text.empty() ? Value() : Value::text(arena_.copy(text));
      }
    }
  }

  const Profile& profile_;
  const HttpDefinition& http_;
  const HttpRequest& request_;
  Arena& arena_;
  Value parameters_;
  RoutedRequest routed_;
  std::vector<std::string_view> segments_;  // one for each segment of the route, once it is found
  std::vector<Member> actions_;             // of fields, from all the parameters that have some
  bool identifier_is_default_ = false;
  std::vector<Fault> faults_;
};

}  // namespace

bool wants_no_body(const HttpRequest& request) { return same_word(request.method, "HEAD"); }

namespace {

// A gateway may pass a header that is repeated as a list.
std::vector<Value> header_values(const HttpRequest& request, std::string_view name) {
  std::vector<Value> all;
  if (request.headers.kind() != Kind::object) return all;
  for (const Member& m : request.headers.members()) {
    if (!same_word(m.key, name)) continue;
    for (const Value& v : values_of(m.value))
      if (v.has_value() && !v.printed().empty()) all.push_back(v);
  }
  return all;
}

}  // namespace

Value header_of(const HttpRequest& request, std::string_view name) {
  const auto all = header_values(request, name);
  return all.empty() ? Value() : all.front();
}

std::string header_list(const HttpRequest& request, std::string_view name) {
  std::string all;
  for (const Value& v : header_values(request, name)) add_to_list(all, v.printed());
  return std::string(trim(all));
}

RoutedRequest route_request(const Profile& profile, const HttpRequest& request, Arena& arena) {
  return Router(profile, request, arena).route();
}

}  // namespace product_upsert
