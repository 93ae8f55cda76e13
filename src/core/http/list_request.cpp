#include "core/http/list_request.hpp"

#include <algorithm>
#include <limits>

#include "core/value/text.hpp"

namespace product_upsert {

namespace {

class ListRequest {
 public:
  ListRequest(const Profile& profile, const Value& parameters, Arena& arena, RoutedRequest& routed,
              std::vector<Fault>& faults)
      : profile_(profile),
        http_(*profile.http),
        parameters_(parameters),
        arena_(arena),
        routed_(routed),
        faults_(faults) {}

  void read() {
    for (const ListCondition& condition : routed_.route->where) {
      if (condition.unless.empty() || !is_true(condition.unless))
        routed_.where.push_back(&condition);
    }
    const Paging& pages = http_.paging;
    constexpr std::int64_t kFarthest = 1'000'000'000;
    routed_.limit = whole(pages.size_parameter, pages.usual, 1, pages.most);
    if (!pages.after_parameter.empty()) {
      routed_.after = whole(pages.after_parameter, 0, 1, std::numeric_limits<std::int64_t>::max());
    } else if (pages.offset_parameter.empty()) {
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

 private:
  void fail(In in, Code code, std::string field, std::string message) {
    faults_.push_back({cause_of(code), in, {code, std::move(field), std::move(message), {}}});
  }

  Value parameter(const std::string& name) const { return said_in(parameters_, name); }

  // Fields separated by commas; -field sorts in descending order.
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
    // PostgreSQL compiles a statement of thousands of conditions for minutes, and cannot be
    // cancelled meanwhile (JIT).
    constexpr std::size_t kMostConditions = 100;
    std::size_t conditions = 0;
    RoutedRequest::Filter equal{&filter, filter.decimals ? '-' : '=', {}};
    for (const Value& v : values_of(given)) {
      std::string said = v.printed();
      const bool compares = filter.compares && (said.starts_with("gt:") || said.starts_with("lt:"));
      if ((compares || filter.decimals || !filter.column) && ++conditions > kMostConditions)
        return fail(In::parameter, Code::too_long, filter.name, "must have at most 100 values");
      if (!filter.column) {
        const std::size_t colon = said.find(':');
        if (colon == 0 || colon == std::string::npos)
          return fail(In::parameter, Code::format, filter.name, "must be reference:value");
        equal.values.push_back(said.substr(0, colon));
        equal.values.push_back(said.substr(colon + 1));
        continue;
      }
      char comparison = '=';
      if (compares) {
        comparison = said.front() == 'g' ? '>' : '<';
        said.erase(0, 3);
      }
      if (!can_be(info(*filter.column).type, said))
        return fail(In::parameter, Code::format, filter.name,
                    "has a value that the field cannot have: " + said);
      const auto& valid = filter.values;
      if (!valid.empty() && std::find(valid.begin(), valid.end(), said) == valid.end())
        return fail(In::parameter, Code::enumeration, filter.name,
                    "must be one of " + joined(valid) + ", not \"" + said + "\"");
      if (filter.decimals) {
        // As answers show it: what they show alike is equal.
        auto [first, last] = instants_of(said, *filter.decimals);
        if (comparison == '=') equal.values.push_back(first);
        said = comparison == '<' ? std::move(first) : std::move(last);
      }
      if (comparison == '=') equal.values.push_back(std::move(said));
      else routed_.filters.push_back({&filter, comparison, {std::move(said)}});
    }
    if (!equal.values.empty()) routed_.filters.push_back(equal);
  }

  // Checks a filter's text against the column's type. What the type would not take as it is meant
  // is rewritten: 1e1 becomes 10, and a date, of a timestamp, its midnight in UTC.
  bool can_be(ColumnType type, std::string& said) {
    switch (type) {
      case ColumnType::bigint:
      case ColumnType::integer: {
        const auto number = Value::parse_number(said, arena_);
        const auto whole = number ? number->as_integer() : std::nullopt;
        if (!whole ||
            (type == ColumnType::integer && (*whole < std::numeric_limits<std::int32_t>::min() ||
                                             *whole > std::numeric_limits<std::int32_t>::max())))
          return false;
        said = std::to_string(*whole);
        return true;
      }
      case ColumnType::numeric: return Value::parse_number(said, arena_).has_value();
      case ColumnType::boolean: return said == "true" || said == "false";
      case ColumnType::date: return is_date(said);
      case ColumnType::timestamptz:
        if (is_date(said)) said += "T00:00:00Z";
        return is_timestamp(said);
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
  const Value& parameters_;
  Arena& arena_;
  RoutedRequest& routed_;
  std::vector<Fault>& faults_;
};

}  // namespace

Value said_in(const Value& parameters, const std::string& name) {
  const Value given = parameters[name];
  return given.has_value() && !given.printed().empty() ? given : Value();
}

std::vector<Value> values_of(const Value& said) {
  if (said.kind() != Kind::list) return {said};
  return {said.items().begin(), said.items().end()};
}

void read_list(const Profile& profile, const Value& parameters, Arena& arena, RoutedRequest& routed,
               std::vector<Fault>& faults) {
  ListRequest(profile, parameters, arena, routed, faults).read();
}

}  // namespace product_upsert
