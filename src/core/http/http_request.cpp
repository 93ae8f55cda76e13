// Which route a request takes, and what its headers, path and parameters say.
#include <algorithm>
#include <cctype>
#include <limits>

#include "core/http/http.hpp"
#include "core/value/events.hpp"
#include "core/value/text.hpp"

namespace product_upsert {

namespace {

bool same_word(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char x, unsigned char y) {
    return std::tolower(x) == std::tolower(y);
  });
}

int hex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

// Undoes percent-encoding; text that it would make no text of is taken as it stands.
std::string decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape =
        text[i] == '%' && i + 2 < text.size() && hex(text[i + 1]) >= 0 && hex(text[i + 2]) >= 0;
    if (!escape) {
      out += text[i];
      continue;
    }
    out += static_cast<char>(hex(text[i + 1]) * 16 + hex(text[i + 2]));
    i += 2;
  }
  return is_utf8(out) ? out : std::string(text);
}

std::vector<std::string_view> segments_of(std::string_view path) {
  std::vector<std::string_view> segments;
  if (path.starts_with('/')) path.remove_prefix(1);
  while (true) {
    const std::size_t slash = path.find('/');
    segments.push_back(path.substr(0, slash));
    if (slash == std::string_view::npos) return segments;
    path.remove_prefix(slash + 1);
  }
}

bool fits(const Route& route, std::span<const std::string_view> segments) {
  if (segments.size() != route.segments.size()) return false;
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const PathSegment& wanted = route.segments[i];
    if (wanted.parameter.empty() ? segments[i] != wanted.literal
                                 : !segments[i].starts_with(wanted.literal) ||
                                       segments[i].size() == wanted.literal.size())
      return false;
  }
  return true;
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
    if (const std::size_t query = path.find('?'); query != std::string_view::npos) {
      add_query(path.substr(query + 1));
      path = path.substr(0, query);
    }
    segments_ = segments_of(path);
    find_route();
    check_credentials();
    parameters_ = spelt_out(parameters_);
    read_headers();
    read_parameters();
    check_known();
    if (!faults_.empty()) throw Rejection(std::move(faults_));
    read_identifier();
    if (routed_.route->action == RouteAction::list) read_list();
    if (!faults_.empty()) throw Rejection(std::move(faults_));
    return std::move(routed_);
  }

 private:
  void fail(In in, Code code, std::string field, std::string message) {
    faults_.push_back({cause_of(code), in, {code, std::move(field), std::move(message), {}}});
  }

  // The query string of a path is read too; the parameters that were given win over it.
  void add_query(std::string_view query) {
    std::vector<Member> members;
    while (!query.empty()) {
      const std::string_view pair = query.substr(0, query.find('&'));
      const std::size_t equals = std::min(pair.find('='), pair.size());
      std::string said(pair.substr(std::min(equals + 1, pair.size())));
      std::replace(said.begin(), said.end(), '+', ' ');
      if (equals > 0)
        add_said(members, arena_.copy(decoded(pair.substr(0, equals))),
                 Value::text(arena_.copy(decoded(said))));
      query.remove_prefix(std::min(pair.size() + 1, query.size()));
    }
    if (parameters_.has_value() && parameters_.kind() != Kind::object) return;
    for (const Member& m : parameters_.members()) members.push_back(m);
    members.resize(sort_members(members));
    parameters_ = Value::object(arena_.copy(std::span<const Member>(members)));
  }

  // What a query says several times is a list.
  void add_said(std::vector<Member>& members, std::string_view name, const Value& said) {
    const auto it = std::find_if(members.begin(), members.end(),
                                 [&](const Member& m) { return m.key == name; });
    if (it == members.end()) {
      members.push_back({name, said});
      return;
    }
    std::vector<Value> all = values_of(it->value);
    all.push_back(said);
    it->value = Value::list(arena_.copy(std::span<const Value>(all)));
  }

  static std::vector<Value> values_of(const Value& v) {
    if (v.kind() != Kind::list) return {v};
    return {v.items().begin(), v.items().end()};
  }

  void find_route() {
    bool path_known = false;
    std::string allowed;
    // A path that is spelt out is not that of a product of this name.
    std::ptrdiff_t most = 0;
    for (const Route& route : http_.routes) {
      if (fits(route, segments_for(route))) most = std::max(most, literals_of(route));
    }
    for (const Route& route : http_.routes) {
      const std::span<const std::string_view> given = segments_for(route);
      if (!fits(route, given) || literals_of(route) < most) continue;
      path_known = true;
      allowed += (allowed.empty() ? "" : ", ") + route.method;
      if (!same_word(route.method, request_.method)) continue;
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
    std::string json;
    write_json_string(allowed, json);
    if (path_known)
      throw Rejection({{"method",
                        In::call,
                        {Code::enumeration,
                         "",
                         "method " + request_.method + " is not allowed for " + request_.path,
                         {{"allow", json}}}}});
    throw Rejection(
        {{"path", In::call, {Code::not_found, "", "nothing is at " + request_.path, {}}}});
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
    if (const Value v = header_of(request_, "if-match"); v.has_value()) read_if_match(v.printed());
    if (const Value v = header_of(request_, "if-none-match"); v.has_value())
      routed_.if_none_match = v.printed();
    for (const HttpInput& input : http_.headers)
      check(input, header_of(request_, input.name), In::header);
  }

  // "3", which is a version; what is none fits no product.
  void read_if_match(const std::string& said) {
    if (said == "*") return;
    std::string_view digits = said;
    if (digits.size() > 1 && digits.front() == '"' && digits.back() == '"')
      digits = digits.substr(1, digits.size() - 2);
    const auto version = read_id(digits);
    if (version && *version <= std::numeric_limits<std::int32_t>::max())
      routed_.if_version = static_cast<std::int32_t>(*version);
    else fail(In::header, Code::precondition, "if-match", "is no version: " + said);
  }

  // Null and "" say nothing.
  Value parameter(const std::string& name) const {
    const Value given = parameters_[name];
    return given.has_value() && !given.printed().empty() ? given : Value();
  }

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
    // A custom field is named to find products by it: no default of another parameter stands
    // against that.
    if (routed_.custom_field_reference && identifier_is_default_) routed_.identifier_field.reset();
    if (!actions_.empty()) routed_.field_actions = make_object(actions_, arena_);
  }

  // {"page": {"size": 10}} is what a query string spells page[size]=10; a parameter that the route
  // knows by its own name stays whole.
  Value spelt_out(const Value& given) {
    if (given.kind() != Kind::object) return given;
    std::vector<Member> members;
    for (const Member& m : given.members()) {
      if (m.value.kind() != Kind::object || m.value.members().empty() || knows(m.key)) {
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

  // The field that a parameter such as field_actions[name] is about; empty where it is none.
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
           (!route.sort_parameter.empty() && name == route.sort_parameter) ||
           std::any_of(route.filters.begin(), route.filters.end(),
                       [&](const ListFilter& f) { return f.name == name; }) ||
           std::any_of(route.where.begin(), route.where.end(),
                       [&](const ListCondition& c) { return c.unless == name; });
  }

  // What is not known is told, lest a misspelt filter give the whole list.
  void check_known() {
    if (parameters_.kind() != Kind::object) return;
    for (const Member& m : parameters_.members()) {
      if (!knows(m.key))
        fail(In::parameter, Code::unknown_field, std::string(m.key),
             "is no parameter of this call");
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
      for (const std::string& v : input.values) valid += (valid.empty() ? "" : ", ") + v;
      return fail(in, Code::enumeration, input.name, "must be one of " + valid);
    }
    switch (input.use) {
      case ParameterUse::none: break;
      case ParameterUse::identifier_field: routed_.identifier_field = said; break;
      case ParameterUse::custom_field_reference: routed_.custom_field_reference = said; break;
      case ParameterUse::field_actions:
        routed_.field_actions = actions(input, given, in);
        for (const Member& m : routed_.field_actions.kind() == Kind::object
                                   ? routed_.field_actions.members()
                                   : std::span<const Member>())
          actions_.push_back(m);
        break;
    }
  }

  // An object; or JSON text of one, as a query string would carry it.
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

  // The text of the path as a value of the column; absent where it cannot be one.
  Value as_key(Column column) {
    const std::string& said = routed_.identifier;
    switch (info(column).type) {
      case ColumnType::bigint:
      case ColumnType::integer: {
        const auto id = read_id(trim(said));
        return id ? *Value::parse_number(std::to_string(*id), arena_) : Value();
      }
      case ColumnType::uuid: {
        std::string lower(said);
        std::transform(lower.begin(), lower.end(), lower.begin(),
                       [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        return is_uuid(said) ? Value::text(arena_.copy(lower)) : Value();
      }
      default: {
        const auto text = trim(said);
        return text.empty() ? Value() : Value::text(arena_.copy(text));
      }
    }
  }

  void read_list() {
    for (const ListCondition& condition : routed_.route->where) {
      if (condition.unless.empty() || !is_true(condition.unless))
        routed_.where.push_back(&condition);
    }
    const Paging& pages = http_.paging;
    constexpr std::int64_t kFarthest = 1'000'000'000;
    routed_.limit = whole(pages.size_parameter, pages.usual, 1, pages.most);
    if (pages.offset_parameter.empty()) {
      const std::int64_t number = whole(pages.number_parameter, 1, 1, kFarthest);
      routed_.offset = (number - 1) * routed_.limit;
    } else {
      routed_.offset = whole(pages.offset_parameter, 0, 0, kFarthest);
    }
    for (const Column c : routed_.route->order) routed_.order.emplace_back(c, false);
    read_sort();
    for (const ListFilter& filter : routed_.route->filters) read_filter(filter);
    routed_.parameters = parameters_;
  }

  // Fields apart by commas; -field descends.
  void read_sort() {
    const std::string& name = routed_.route->sort_parameter;
    const Value given = name.empty() ? Value() : parameter(name);
    if (given.is_absent()) return;
    routed_.order.clear();
    const std::string said = given.printed();
    for (std::string_view rest = said; !rest.empty();) {
      std::string_view one = rest.substr(0, rest.find(','));
      rest.remove_prefix(std::min(one.size() + 1, rest.size()));
      const bool descends = one.starts_with('-');
      if (descends) one.remove_prefix(1);
      const int at = profile_.find(one);
      const Field* const f = at < 0 ? nullptr : &profile_.fields[static_cast<std::size_t>(at)];
      if (f == nullptr || f->role != Role::column || !f->member.empty() ||
          info(f->column).type == ColumnType::jsonb)
        return fail(In::parameter, Code::enumeration, name,
                    "names no field that a list can be sorted by: " + std::string(one));
      routed_.order.emplace_back(f->column, descends);
    }
  }

  void read_filter(const ListFilter& filter) {
    const Value given = parameter(filter.name);
    if (given.is_absent()) return;
    RoutedRequest::Filter equal{&filter, '=', {}};
    for (const Value& v : values_of(given)) {
      std::string said = v.printed();
      if (!filter.column) {
        const std::size_t colon = said.find(':');
        if (colon == 0 || colon == std::string::npos)
          return fail(In::parameter, Code::format, filter.name, "must be reference:value");
        routed_.filters.push_back({&filter, '=', {said.substr(0, colon), said.substr(colon + 1)}});
        continue;
      }
      char comparison = '=';
      if (filter.compares && (said.starts_with("gt:") || said.starts_with("lt:"))) {
        comparison = said.front() == 'g' ? '>' : '<';
        said.erase(0, 3);
      }
      if (!can_be(info(*filter.column).type, said))
        return fail(In::parameter, Code::format, filter.name,
                    "has a value that the field cannot have: " + said);
      if (comparison == '=') equal.values.push_back(said);
      else routed_.filters.push_back({&filter, comparison, {said}});
    }
    if (!equal.values.empty()) routed_.filters.push_back(equal);
  }

  bool can_be(ColumnType type, const std::string& said) {
    switch (type) {
      case ColumnType::bigint:
      case ColumnType::integer: {
        const auto number = Value::parse_number(said, arena_);
        const auto whole = number ? number->as_integer() : std::nullopt;
        return whole &&
               (type == ColumnType::bigint || (*whole >= std::numeric_limits<std::int32_t>::min() &&
                                               *whole <= std::numeric_limits<std::int32_t>::max()));
      }
      case ColumnType::numeric: return Value::parse_number(said, arena_).has_value();
      case ColumnType::boolean: return said == "true" || said == "false";
      case ColumnType::date: return is_date(said);
      case ColumnType::timestamptz: return is_timestamp(said) || is_date(said);
      case ColumnType::uuid: return is_uuid(said);
      default: return type == ColumnType::text;
    }
  }

  bool is_true(const std::string& name) {
    const Value v = parameter(name);
    if (v.is_absent()) return false;
    const std::string said = v.printed();
    if (said == "true" || said == "1") return true;
    if (said != "false" && said != "0")
      fail(In::parameter, Code::type, name, "must be true or false");
    return false;
  }

  std::int64_t whole(const std::string& name, std::int64_t otherwise, std::int64_t least,
                     std::int64_t most) {
    const Value v = parameter(name);
    if (v.is_absent()) return otherwise;
    const auto number =
        v.is_number() ? std::optional<Value>(v) : Value::parse_number(v.printed(), arena_);
    const auto n = number ? number->as_integer() : std::nullopt;
    if (n && *n >= least && *n <= most) return *n;
    fail(In::parameter, Code::range, name,
         "must be a whole number from " + std::to_string(least) + " to " + std::to_string(most));
    return otherwise;
  }

  const Profile& profile_;
  const HttpDefinition& http_;
  const HttpRequest& request_;
  Arena& arena_;
  Value parameters_;
  RoutedRequest routed_;
  std::vector<std::string_view> segments_;  // as many as the route has, once it is found
  std::vector<Member> actions_;             // of fields, from all the parameters that say some
  bool identifier_is_default_ = false;
  std::vector<Fault> faults_;
};

}  // namespace

Value header_of(const HttpRequest& request, std::string_view name) {
  for (const Member& m : request.headers.members()) {
    if (!same_word(m.key, name)) continue;
    const Value v = m.value.kind() == Kind::list && !m.value.items().empty()
                        ? m.value.items().front()
                        : m.value;
    if (!v.has_value() || v.printed().empty()) continue;
    return v;
  }
  return {};
}

RoutedRequest route_request(const Profile& profile, const HttpRequest& request, Arena& arena) {
  return Router(profile, request, arena).route();
}

}  // namespace product_upsert
