#include "core/http/request_path.hpp"

#include <algorithm>

#include "core/http/list_request.hpp"
#include "core/value/text.hpp"

namespace product_upsert {

namespace {

int hex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

}  // namespace

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
  return is_utf8(out) && out.find('\0') == std::string::npos ? out : std::string(text);
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

Value with_query(const Value& parameters, std::string_view query, Arena& arena) {
  if (parameters.has_value() && parameters.kind() != Kind::object) return parameters;
  std::vector<Member> said;
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    const std::size_t equals = std::min(pair.find('='), pair.size());
    std::string value(pair.substr(std::min(equals + 1, pair.size())));
    std::replace(value.begin(), value.end(), '+', ' ');
    if (equals > 0)
      said.push_back(
          {arena.copy(decoded(pair.substr(0, equals))), Value::text(arena.copy(decoded(value)))});
    query.remove_prefix(std::min(pair.size() + 1, query.size()));
  }
  std::stable_sort(said.begin(), said.end(),
                   [](const Member& a, const Member& b) { return a.key < b.key; });
  std::vector<Member> members;
  for (auto first = said.begin(); first != said.end();) {
    const auto last =
        std::find_if(first, said.end(), [&](const Member& m) { return m.key != first->key; });
    std::vector<Value> all;
    for (auto it = first; it != last; ++it) all.push_back(it->value);
    members.push_back({first->key, all.size() == 1
                                       ? all.front()
                                       : Value::list(arena.copy(std::span<const Value>(all)))});
    first = last;
  }
  for (const Member& m : parameters.members()) members.push_back(m);
  members.resize(sort_members(members));
  return Value::object(arena.copy(std::span<const Member>(members)));
}

}  // namespace product_upsert
