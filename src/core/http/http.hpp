#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/http/http_error.hpp"
#include "core/profile/profile.hpp"
#include "core/value/value.hpp"

// HTTP requests and their answers (rules 58 and 59). The member "http" of a profile's definition
// contains everything that differs between APIs; doc/requests.md describes its language.
namespace product_upsert {

enum class RouteAction : std::uint8_t { upsert, create, update, get, list, remove };
inline bool writes(RouteAction action) {
  return action != RouteAction::get && action != RouteAction::list;
}

// The option of an upsert that a parameter fills.
enum class ParameterUse : std::uint8_t {
  none,  // only held against its values, or asked for by the route
  identifier_field,
  custom_field_reference,
  field_actions,
  expand,  // lists: references whose rows are shown
};

// A header or a parameter that a route uses.
struct HttpInput {
  std::string name;  // headers: in lower case
  ParameterUse use = ParameterUse::none;
  bool required = false;
  std::vector<std::string> values;  // none: any
  std::string otherwise;            // counts as given where it is not; empty: nothing does
};

// One segment of a path: literal text, then perhaps a parameter: "v{version}".
struct PathSegment {
  std::string literal;
  std::string parameter;
};

// A condition of a list: products whose field has the value, or does not have it.
struct ListCondition {
  Column column = Column::id;
  Value value;
  bool equals = true;
  std::string unless;  // the parameter that, when true, lifts the condition
};

// A parameter that narrows a list.
struct ListFilter {
  std::string name;
  std::optional<Column> column;           // none: of a custom field, as reference:value
  bool compares = false;                  // gt:… and lt:… are understood
  std::vector<std::string> values{};      // of the field's enum; none: any
  std::optional<std::size_t> decimals{};  // of a timestamp in answers; none: all that it has
};

struct Route {
  std::string method;
  std::string path;
  std::vector<PathSegment> segments;
  RouteAction action = RouteAction::get;
  bool many = false;  // the body holds a list of documents
  int status = 200;
  std::vector<HttpInput> parameters;
  std::string identifier_parameter;   // of the path
  std::vector<Column> identifiers;    // what it may be, the likeliest first
  std::vector<std::size_t> ignored;   // fields that the body may have, but that say nothing
  std::vector<std::size_t> required;  // fields that the body must have
  std::string set;                    // update: the document, in place of a body, as JSON
  std::vector<ListCondition> where;   // list
  std::vector<Column> order;          // list: lowest first, nulls last, then by id
  std::vector<ListFilter> filters;    // list
  std::string sort_parameter;         // list: names fields, -field descends; empty: none
  Value answer;                       // list: a template; absent: the products as an array
  std::optional<Column> only_column;  // delete: only products with one of these values
  std::vector<std::string> only_values;
};

// How a list is cut into pages.
struct Paging {
  std::string size_parameter, number_parameter;  // number: from 1, or empty
  std::string offset_parameter;                  // in place of a number
  std::string after_parameter;  // in place of both: the id that the page before ended with
  std::int64_t usual = 1000, most = 1000;
};

struct HttpDefinition {
  std::vector<std::string> credentials;  // headers in lower case; one must be there
  std::string organization_header;       // in lower case; empty: none
  bool organization_required = false;
  bool organization_known = false;      // it must be stored
  bool any_prefix = false;              // of paths
  std::int32_t idempotency_hours = 24;  // how long an Idempotency-Key stands for its call
  std::vector<HttpInput> headers;
  std::vector<HttpInput> parameters;  // of every route
  std::vector<Route> routes;
  Paging paging;
  std::vector<ErrorRule> errors;
};

// Compiles a whole definition, its member "http" too; throws Refusal as compile_profile() does.
std::shared_ptr<const Profile> compile_contract(std::string_view name, const Value& definition,
                                                const OwnColumns& own = {},
                                                const std::vector<std::string>* rules = nullptr);

// A request that has been read. Points into the request, the definition and the arena.
struct RoutedRequest {
  const Route* route = nullptr;             // null: OPTIONS, which `allowed` answers
  std::string allowed;                      // the methods of the path
  std::optional<std::string> organization;  // as the header says it
  std::optional<std::string> identifier_field, custom_field_reference;
  Value field_actions;
  std::vector<std::string> expanded;                  // references
  std::string identifier;                             // text of the path
  std::vector<std::pair<Column, Value>> identifiers;  // what it may name, as values of columns
  std::vector<const ListCondition*> where;
  struct Filter {
    const ListFilter* filter;
    char comparison;  // = < >, or - for ranges
    // One of them, and of the column's type; of ranges, by turns the first and the last value; or
    // by turns a custom field and its value.
    std::vector<std::string> values;
  };
  std::vector<Filter> filters;
  std::vector<std::pair<Column, bool>> order;  // true: descending
  std::int64_t limit = 0, offset = 0;
  std::int64_t after = 0;       // the page begins behind the product of this id
  std::int64_t next_after = 0;  // what the next page is asked for by; 0: there is none
  Value parameters;             // as they are spelt out
  std::string path;             // without its query
  std::string prefix;           // of the path: what no route knows
  std::vector<std::pair<std::string, std::string>> path_parts;  // its parameters, as they stand
  std::optional<std::int32_t> if_version;
  std::vector<std::int32_t> or_versions;  // If-Match: one of several
  bool if_any_version = false;            // If-Match: *
  std::string if_none_match;
  std::string idempotency_key;  // empty: none
  std::int32_t idempotency_hours = 24;
  std::string asked;  // with a key: what tells the call from others, but for its body
};

// An answer without its body: HEAD.
bool wants_no_body(const HttpRequest& request);
// Headers as JSON: an object of texts.
std::string headers_json(std::span<const std::pair<std::string, std::string>> headers);
// Header names are matched without regard to case. The first of several values counts.
Value header_of(const HttpRequest& request, std::string_view name);
// All the values, separated by commas. Empty: none.
std::string header_list(const HttpRequest& request, std::string_view name);
// The path of the product that has these values; empty where no route gets one.
std::string location_of(const HttpDefinition& http, const RoutedRequest& request,
                        const std::function<Value(Column)>& value);
// Whether the answer of a list contains the number of products.
bool tells_total(const HttpDefinition& http, const Route& route);
// The answer of a list, from its products.
Value list_answer(const HttpDefinition& http, const RoutedRequest& request,
                  std::span<const Value> products, std::int64_t total, Arena& arena);

// Finds the route of a request and reads what it says; the profile must answer requests. Throws
// Rejection.
RoutedRequest route_request(const Profile& profile, const HttpRequest& request, Arena& arena);

}  // namespace product_upsert
