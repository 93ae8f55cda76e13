// What answers of lists contain beside the products, and the path of a product.
#include <algorithm>

#include "core/http/http.hpp"
#include "core/http/http_template.hpp"
#include "core/value/assert.hpp"

namespace product_upsert {

namespace {

std::string encoded(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  constexpr std::string_view kPlain = "-._~[],:";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                       kPlain.find(c) != std::string_view::npos;
    if (plain) out += c;
    else (out += '%') += {kDigits[byte >> 4U], kDigits[byte & 15U]};
  }
  return out;
}

class ListAnswer {
 public:
  ListAnswer(const HttpDefinition& http, const RoutedRequest& request,
             std::span<const Value> products, std::int64_t total, Arena& arena)
      : http_(http), request_(request), products_(products), total_(total), arena_(arena) {
    PRODUCT_UPSERT_ASSERT(request.limit > 0 && request.offset >= 0 && total >= 0);
    page_ = request.offset / request.limit + 1;
    pages_ = std::max<std::int64_t>(1, (total + request.limit - 1) / request.limit);
  }

  Value operator()(std::string_view name) const {
    const std::int64_t limit = request_.limit;
    const auto count = static_cast<std::int64_t>(products_.size());
    if (name == "products") return Value::list(products_);
    if (name == "limit") return Value::integer(limit);
    if (name == "offset") return Value::integer(request_.offset);
    if (name == "page") return Value::integer(page_);
    if (name == "pages") return Value::integer(pages_);
    if (name == "total") return Value::integer(total_);
    if (name == "from") return count == 0 ? Value::null() : Value::integer(request_.offset + 1);
    if (name == "to") return count == 0 ? Value::null() : Value::integer(request_.offset + count);
    if (name == "path") return Value::text(request_.path);
    if (!http_.paging.after_parameter.empty()) return by_id(name);
    if (name == "first") return link(1);
    if (name == "last") return link(pages_);
    if (name == "current") return link(page_);
    if (name == "previous") return page_ > 1 ? link(std::min(page_ - 1, pages_)) : Value::null();
    if (name == "next") return page_ < pages_ ? link(page_ + 1) : Value::null();
    return {};
  }

 private:
  // For pages that continue after the last id of the previous page.
  Value by_id(std::string_view name) const {
    const std::string& turned = http_.paging.after_parameter;
    const std::int64_t next = request_.next_after;
    if (name == "first") return link(turned, "");
    if (name == "current")
      return link(turned, request_.after == 0 ? "" : std::to_string(request_.after));
    if (name == "next") return next == 0 ? Value::null() : link(turned, std::to_string(next));
    if (name != "after") return {};
    return next == 0 ? Value::null() : Value::whole(next, arena_);
  }

  Value link(std::int64_t page) const {
    const Paging& paging = http_.paging;
    if (paging.offset_parameter.empty()) return link(paging.number_parameter, std::to_string(page));
    return link(paging.offset_parameter, std::to_string((page - 1) * request_.limit));
  }

  // A link to another page of the same list.
  Value link(const std::string& turned, const std::string& to) const {
    const Paging& paging = http_.paging;
    std::string query;
    const auto add = [&](std::string_view name, const std::string& said) {
      query += (query.empty() ? "?" : "&") + encoded(name) + "=" + encoded(said);
    };
    for (const Member& m : request_.parameters.kind() == Kind::object
                               ? request_.parameters.members()
                               : std::span<const Member>()) {
      if (m.key == turned || m.key == paging.size_parameter || !m.value.has_value()) continue;
      if (m.value.kind() != Kind::list) add(m.key, m.value.printed());
      else
        for (const Value& v : m.value.items()) add(m.key, v.printed());
    }
    add(paging.size_parameter, std::to_string(request_.limit));
    if (!to.empty()) add(turned, to);
    return Value::text(arena_.copy(std::string_view(request_.path + query)));
  }

  const HttpDefinition& http_;
  const RoutedRequest& request_;
  std::span<const Value> products_;
  std::int64_t total_, page_ = 1, pages_ = 1;
  Arena& arena_;
};

bool says(const Value& body, std::initializer_list<std::string_view> names) {
  if (body.kind() == Kind::text) {
    return std::any_of(names.begin(), names.end(), [&](std::string_view name) {
      return body.as_text().find("{" + std::string(name)) != std::string_view::npos;
    });
  }
  if (body.kind() == Kind::list)
    return std::any_of(body.items().begin(), body.items().end(),
                       [&](const Value& v) { return says(v, names); });
  return body.kind() == Kind::object &&
         std::any_of(body.members().begin(), body.members().end(),
                     [&](const Member& m) { return says(m.value, names); });
}

}  // namespace

std::string headers_json(std::span<const std::pair<std::string, std::string>> headers) {
  std::string json = "{";
  for (const auto& [name, value] : headers) {
    if (json.size() > 1) json += ',';
    write_json_string(name, json);
    json += ':';
    write_json_string(value, json);
  }
  return json + "}";
}

bool tells_total(const HttpDefinition& http, const Route& route) {
  if (!http.paging.after_parameter.empty()) return says(route.answer, {"total"});
  return says(route.answer, {"total", "pages", "last", "next", "previous"});
}

Value list_answer(const HttpDefinition& http, const RoutedRequest& request,
                  std::span<const Value> products, std::int64_t total, Arena& arena) {
  PRODUCT_UPSERT_ASSERT(request.route != nullptr);
  if (request.route->answer.is_absent()) return Value::list(products);
  const ListAnswer answer(http, request, products, total, arena);
  return fill_template(request.route->answer, answer, {}, arena);
}

std::string location_of(const HttpDefinition& http, const RoutedRequest& request,
                        const std::function<Value(Column)>& value) {
  const auto route = std::find_if(http.routes.begin(), http.routes.end(),
                                  [](const Route& r) { return r.action == RouteAction::get; });
  if (route == http.routes.end()) return {};
  Value id;
  for (const Column c : route->identifiers)
    if (!id.has_value()) id = value(c);
  if (!id.has_value()) return {};
  std::string path = request.prefix;
  for (const PathSegment& segment : route->segments) {
    path += "/" + segment.literal;
    if (segment.parameter.empty()) continue;
    if (segment.parameter == route->identifier_parameter) {
      path += encoded(id.printed());
      continue;
    }
    const auto said =
        std::find_if(request.path_parts.begin(), request.path_parts.end(),
                     [&](const auto& part) { return part.first == segment.parameter; });
    if (said == request.path_parts.end()) return {};
    path += said->second;
  }
  return path;
}

}  // namespace product_upsert
