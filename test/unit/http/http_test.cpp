#include "core/http/http.hpp"

#include <gtest/gtest.h>

#include "core/http/http_template.hpp"
#include "core/value/events.hpp"
#include "unit/cancelled.hpp"
#include "unit/source_files.hpp"

namespace product_upsert {
namespace {

// A profile with this "http" and a few fields.
std::shared_ptr<const Profile> profile_with(const std::string& http) {
  return compile("api", R"({"identity": ["reference"], "fields": {
      "id": {"type": "integer", "read_only": "ignore"},
      "reference": {"type": "text"},
      "uuid": {"type": "uuid"},
      "note": {"type": "text", "column": "meta", "member": "note"},
      "org": {"role": "organization"},
      "seen": {"type": "timestamp", "column": "updated_at", "precision": "milliseconds", "read_only": "ignore"},
      "made": {"type": "timestamp", "column": "created_at", "read_only": "ignore"},
      "archived": {"type": "boolean", "column": "is_archived"}}, "http": )" +
                            http + "}");
}

constexpr const char* kErrors = R"("error": "{code}", "errors": [{"status": 400}])";

std::string http_with(const std::string& members) { return "{" + members + ", " + kErrors + "}"; }

class HttpTest : public testing::Test {
 protected:
  void define(const std::string& members) { profile_ = profile_with(http_with(members)); }

  RoutedRequest route(std::string method, std::string path, std::string_view parameters = "{}",
                      std::string_view headers = "{}") {
    request_ = {std::move(method), std::move(path), parse_json(parameters, arena_),
                parse_json(headers, arena_)};
    return route_request(*profile_, request_, arena_);
  }

  // "cause field": of each fault, in order; empty where there is none.
  std::string refused(std::string method, std::string path, std::string_view parameters = "{}",
                      std::string_view headers = "{}") {
    try {
      route(std::move(method), std::move(path), parameters, headers);
      return {};
    } catch (const Rejection& rejection) {
      std::string all;
      for (const Fault& f : rejection.faults)
        all += (all.empty() ? "" : ", ") + f.cause + " " + f.failure.field;
      return all;
    }
  }

  std::shared_ptr<const Profile> profile_;
  HttpRequest request_;
  Arena arena_;
};

TEST_F(HttpTest, paths_match_segment_by_segment) {
  define(R"("routes": [
      {"method": "GET", "path": "/v{version}/items", "action": "list"},
      {"method": "GET", "path": "/v{version}/items/{key}", "action": "get", "identifier": ["id", "reference"]},
      {"method": "PUT", "path": "/v{version}/items", "action": "upsert"}],
      "parameters": {"version": {"values": "1"}})");
  EXPECT_EQ(route("get", "/v1/items").route, &profile_->http->routes[0]);
  EXPECT_EQ(route("GET", "/v1/items/x").route, &profile_->http->routes[1]);
  EXPECT_EQ(route("PUT", "/v1/items").route, &profile_->http->routes[2]);
  EXPECT_EQ(refused("DELETE", "/v1/items"), "method ");
  EXPECT_EQ(refused("GET", "/v/items"), "path ");
  EXPECT_EQ(refused("GET", "/v1/items/"), "path ");
  EXPECT_EQ(refused("GET", "/api/v1/items"), "path ");
  EXPECT_EQ(refused("GET", ""), "path ");
  EXPECT_EQ(refused("GET", "/v2/items"), "enum version");
  EXPECT_EQ(refused("GET", "/v1/items", R"({"version": 2})"), "enum version");
  EXPECT_EQ(refused("GET", "/v1/items?version=2"), "enum version");
  EXPECT_EQ(refused("GET", "/v1/items?version=2", R"({"version": 1})"), "");
}

TEST_F(HttpTest, retail_59_a_prefix_is_accepted_where_the_profile_says_so) {
  define(R"("prefix": true, "routes": [
      {"method": "GET", "path": "/v3/items/{key}", "action": "get", "identifier": "reference"}])");
  EXPECT_EQ(route("GET", "/api/v3/items/x").identifier, "x");
  EXPECT_EQ(route("GET", "/a/b/v3/items/x").identifier, "x");
  EXPECT_EQ(refused("GET", "/v3/items"), "path ");
}

TEST_F(HttpTest, the_identifier_is_what_its_text_can_be) {
  define(R"("routes": [{"method": "GET", "path": "/{key}", "action": "get",
                        "identifier": ["id", "uuid", "reference"]}])");
  const auto names = [&](const std::string& path) {
    std::string all;
    for (const auto& [column, value] : route("GET", path).identifiers)
      all += std::string(info(column).name) + "=" + value.json() + " ";
    return all;
  };
  EXPECT_EQ(names("/12"), R"(id=12 reference="12" )");
  EXPECT_EQ(names("/012"), R"(reference="012" )");
  EXPECT_EQ(names("/9223372036854775807"),
            R"(id=9223372036854775807 reference="9223372036854775807" )");
  EXPECT_EQ(names("/9223372036854775808"), R"(reference="9223372036854775808" )");
  EXPECT_EQ(names("/AD8F1C2C-3b1c-4b0a-8b0a-0b0b0b0b0b0b"),
            R"(uuid="ad8f1c2c-3b1c-4b0a-8b0a-0b0b0b0b0b0b" )"
            R"(reference="AD8F1C2C-3b1c-4b0a-8b0a-0b0b0b0b0b0b" )");
  EXPECT_EQ(names("/a%2Fb%20"), R"(reference="a/b" )");
  EXPECT_EQ(names("/%e4%zz"), R"(reference="%e4%zz" )");
  EXPECT_EQ(names("/%20"), "");
}

TEST_F(HttpTest, headers_are_matched_without_regard_to_case) {
  define(R"("credentials": ["X-Key", "authorization"],
      "organization": {"header": "Tenant", "required": true},
      "headers": {"API-Version": {"required": true, "values": ["1"]}},
      "routes": [{"method": "GET", "path": "/x", "action": "list"}])");
  EXPECT_EQ(refused("GET", "/x"), "credentials ");
  for (const char* none : {"[]", R"([1, {"authorization": "t"}])", R"("authorization")", "1"})
    EXPECT_EQ(refused("GET", "/x", "{}", none), "credentials ") << none;
  EXPECT_EQ(refused("GET", "/x", "{}", R"({"x-key": "", "authorization": null})"), "credentials ");
  EXPECT_EQ(refused("GET", "/x", "{}", R"({"AUTHORIZATION": "t"})"),
            "required tenant, required api-version");
  EXPECT_EQ(refused("GET", "/x", "{}", R"({"X-KEY": "t", "tenant": ["7"], "api-version": 2})"),
            "enum api-version");
  EXPECT_EQ(
      route("GET", "/x", "{}", R"({"X-KEY": "t", "tenant": ["7"], "api-version": 1})").organization,
      "7");
}

TEST_F(HttpTest, parameters_fill_options) {
  define(R"("routes": [{"method": "PUT", "path": "/x", "action": "upsert", "parameters": {
      "by": {"option": "identifier_field", "values": ["id", "reference"], "default": "reference"},
      "field": {"option": "custom_field_reference"},
      "actions": {"option": "field_actions"}}}])");
  RoutedRequest r = route("PUT", "/x");
  EXPECT_EQ(r.identifier_field, "reference");
  EXPECT_FALSE(r.custom_field_reference);
  EXPECT_TRUE(r.field_actions.is_absent());
  r = route("PUT", "/x", R"({"by": "id", "field": "a", "actions": {"b": "CLEAR"}})");
  EXPECT_EQ(r.identifier_field, "id");
  EXPECT_EQ(r.custom_field_reference, "a");
  EXPECT_EQ(r.field_actions.json(), R"({"b":"CLEAR"})");
  EXPECT_EQ(route("PUT", "/x?actions=%7B%22b%22:%22CLEAR%22%7D&by=id").field_actions.json(),
            R"({"b":"CLEAR"})");
  EXPECT_EQ(refused("PUT", "/x", R"({"by": "name", "actions": "{"})"), "enum by, type actions");
  EXPECT_EQ(refused("PUT", "/x", R"({"others": 1, "by[id]": 1})"),
            "unknown_field by[id], unknown_field others");
  r = route("PUT", "/x", R"({"field": "a"})");
  EXPECT_FALSE(r.identifier_field) << "no default stands against a custom field that is named";
  r = route("PUT", "/x?actions[b]=CLEAR", R"({"actions[c]": "IGNORE"})");
  EXPECT_EQ(r.field_actions.json(), R"({"b":"CLEAR","c":"IGNORE"})");
}

TEST_F(HttpTest, what_percent_encoding_makes_no_text_of_is_taken_as_it_stands) {
  define(
      R"("routes": [{"method": "GET", "path": "/x/{key}", "action": "get", "identifier": ["reference"],
      "parameters": {"field": {"option": "custom_field_reference"}}}])");
  const auto key = [&](const std::string& said) { return route("GET", "/x/" + said).identifier; };
  EXPECT_EQ(key("a%20b%C3%A4"), "a bä");
  EXPECT_EQ(key("a%00b"), "a%00b");
  EXPECT_EQ(key("a%FF"), "a%FF");
  EXPECT_EQ(route("GET", "/x/a?field=%00").custom_field_reference, "%00");
}

TEST_F(HttpTest, a_query_of_many_parameters_is_refused_whole) {
  define(
      R"("routes": [{"method": "GET", "path": "/x", "action": "list", "parameters": {"a": {}}}])");
  std::string query = "/x?a=1&a=2";
  constexpr int kMany = 100000;
  for (int i = 0; i < kMany; ++i) query += "&p" + std::to_string(i) + "=1";
  EXPECT_THROW(route("GET", query), Rejection);
}

TEST_F(HttpTest, subscription_48_conditions_are_lifted_and_pages_cut) {
  define(R"("pages": {"usual": 10, "most": 20}, "routes": [{"method": "GET", "path": "/x",
      "action": "list", "where": {"archived": {"is": false, "unless": "all"}, "reference": {"is_not": "p"}}}])");
  RoutedRequest r = route("GET", "/x");
  EXPECT_EQ(r.where.size(), 2U);
  EXPECT_EQ(r.limit, 10);
  EXPECT_EQ(r.offset, 0);
  r = route("GET", "/x", R"({"all": "true", "limit": 20, "page": "3"})");
  EXPECT_EQ(r.where.size(), 1U);
  EXPECT_EQ(r.offset, 40);
  EXPECT_EQ(refused("GET", "/x", R"({"all": "perhaps", "limit": 21, "page": 0})"),
            "type all, range limit, range page");
  EXPECT_EQ(refused("GET", "/x", R"({"limit": 1.5})"), "range limit");
}

TEST_F(HttpTest, lists_are_filtered_sorted_and_linked) {
  define(
      R"("pages": {"usual": 2, "most": 20}, "routes": [{"method": "GET", "path": "/x", "action": "list",
      "sort": "by", "filters": {"ids[]": {"field": "id", "compare": true}, "key": {"field": "reference"}},
      "answer": {"data": "{products}", "next": "{next}", "previous": "{previous}", "of": "{total}"}}])");
  const RoutedRequest r =
      route("GET", "/x?ids[]=1&ids[]=2&ids[]=gt:7&by=-reference,id&page=2", R"({"key": "a b"})");
  ASSERT_EQ(r.filters.size(), 3U);
  EXPECT_EQ(r.filters[0].values, std::vector<std::string>{"a b"});
  EXPECT_EQ(r.filters[1].comparison, '>');
  EXPECT_EQ(r.filters[1].values, std::vector<std::string>{"7"});
  EXPECT_EQ(r.filters[2].values, (std::vector<std::string>{"1", "2"}));
  EXPECT_EQ(r.order,
            (std::vector<std::pair<Column, bool>>{{Column::reference, true}, {Column::id, false}}));
  EXPECT_TRUE(tells_total(*profile_->http, *r.route));
  const Value products[] = {Value::integer(1)};
  EXPECT_EQ(
      list_answer(*profile_->http, r, products, 7, arena_).json(),
      R"({"of":7,"data":[1],"next":"/x?by=-reference,id&key=a%20b&ids[]=1&ids[]=2&ids[]=gt:7&limit=2&page=3",)"
      R"("previous":"/x?by=-reference,id&key=a%20b&ids[]=1&ids[]=2&ids[]=gt:7&limit=2&page=1"})");
  EXPECT_EQ(refused("GET", "/x?key[]=1"), "unknown_field key[]");
  EXPECT_EQ(refused("GET", "/x?by=none&ids[]=x"), "enum by, format ids[]");
  EXPECT_EQ(list_answer(*profile_->http, route("GET", "/x"), {}, 0, arena_).json(),
            R"({"of":0,"data":[],"next":null,"previous":null})");
}

TEST_F(HttpTest, lists_continue_where_an_offset_or_an_id_says) {
  const std::string list = R"("routes": [{"method": "GET", "path": "/x", "action": "list",
      "answer": {"data": "{products}", "from": "{from}", "to": "{to}", "next": "{next}"}}])";
  define(R"("pages": {"offset": "skip", "usual": 2}, )" + list);
  EXPECT_EQ(route("GET", "/x?skip=3").offset, 3);
  EXPECT_EQ(refused("GET", "/x?nope=3"), "unknown_field nope");
  EXPECT_EQ(refused("GET", "/x?page=3"), "unknown_field page");
  const Value products[] = {Value::integer(1), Value::integer(2)};
  EXPECT_EQ(list_answer(*profile_->http, route("GET", "/x?skip=2"), products, 7, arena_).json(),
            R"({"to":4,"data":[1,2],"from":3,"next":"/x?limit=2&skip=4"})");
  EXPECT_EQ(list_answer(*profile_->http, route("GET", "/x?skip=2"), {}, 0, arena_).json(),
            R"({"to":null,"data":[],"from":null,"next":null})");

  define(R"("pages": {"after": "after", "usual": 2}, "routes": [{"method": "GET", "path": "/x",
      "action": "list", "answer": {"data": "{products}", "first": "{first}", "next": "{next}",
                                   "current": "{current}", "after": "{after}"}}])");
  RoutedRequest r = route("GET", "/x?after=5");
  EXPECT_EQ(r.after, 5);
  r.next_after = 9;
  EXPECT_EQ(list_answer(*profile_->http, r, products, 0, arena_).json(),
            R"({"data":[1,2],"next":"/x?limit=2&after=9","after":9,"first":"/x?limit=2",)"
            R"("current":"/x?limit=2&after=5"})");
  EXPECT_EQ(refused("GET", "/x?skip=3"), "unknown_field skip");
}

TEST_F(HttpTest, a_filter_compares_where_the_profile_says_so_alone) {
  define(R"("routes": [{"method": "GET", "path": "/x", "action": "list", "sort": "by",
      "where": {"archived": {"is": false}},
      "filters": {"key": {"field": "reference"}, "custom": {"custom_field": true}}}])");
  const RoutedRequest r = route("GET", "/x?key=gt:7&custom=color:red:1");
  ASSERT_EQ(r.filters.size(), 2U);
  EXPECT_EQ(r.filters[0].comparison, '=');
  EXPECT_EQ(r.filters[0].values, std::vector<std::string>{"gt:7"});
  EXPECT_EQ(r.filters[1].values, (std::vector<std::string>{"color", "red:1"}));
  ASSERT_EQ(r.where.size(), 1U);
  EXPECT_EQ(r.where[0]->column, Column::is_archived);
  EXPECT_EQ(refused("GET", "/x?custom=:red"), "format custom");
  EXPECT_EQ(refused("GET", "/x?custom=red"), "format custom");
  EXPECT_EQ(refused("GET", "/x?by=note"), "enum by");
}

TEST_F(HttpTest, a_filter_has_no_more_conditions_than_a_statement_may) {
  define(R"("routes": [{"method": "GET", "path": "/x", "action": "list", "filters": {
      "id": {"field": "id", "compare": true}, "custom": {"custom_field": true}}}])");
  const auto times = [](int count, const std::string& parameter) {
    std::string path = "/x?";
    for (int i = 0; i < count; ++i) path += parameter + "&";
    return path;
  };
  EXPECT_EQ(route("GET", times(100, "id=gt:7")).filters.size(), 100U);
  EXPECT_THROW(route("GET", times(101, "id=gt:7")), Rejection);
  EXPECT_EQ(route("GET", times(101, "id=7")).filters.size(), 1U);
  EXPECT_THROW(route("GET", times(101, "custom=a:b")), Rejection);
}

TEST_F(HttpTest, agency_57_a_filter_by_a_timestamp_means_what_answers_show) {
  define(R"("routes": [{"method": "GET", "path": "/x", "action": "list", "filters": {
      "seen": {"field": "seen", "compare": true}, "made": {"field": "made", "compare": true}}}])");
  const auto values = [&](const std::string& query, char comparison) {
    const RoutedRequest r = route("GET", "/x?" + query);
    EXPECT_EQ(r.filters.size(), 1U);
    EXPECT_EQ(r.filters.front().comparison, comparison);
    return r.filters.front().values;
  };
  using Values = std::vector<std::string>;
  const std::string shown = "seen=2026-03-01T10:00:00.123Z";
  EXPECT_EQ(values(shown, '-'),
            (Values{"2026-03-01T10:00:00.123000Z", "2026-03-01T10:00:00.123999Z"}));
  EXPECT_EQ(values(shown + "&seen=2026-03-01T10:00%2B02:00", '-'),
            (Values{"2026-03-01T10:00:00.123000Z", "2026-03-01T10:00:00.123999Z",
                    "2026-03-01T10:00:00.000000+02:00", "2026-03-01T10:00:00.000999+02:00"}));
  EXPECT_EQ(values("seen=gt:2026-03-01T10:00:00.123Z", '>'), Values{"2026-03-01T10:00:00.123999Z"});
  EXPECT_EQ(values("seen=lt:2026-03-01T10:00:00.1239Z", '<'),
            Values{"2026-03-01T10:00:00.123000Z"});
  EXPECT_EQ(values("seen=lt:2026-03-01", '<'), Values{"2026-03-01T00:00:00.000000Z"});
  EXPECT_EQ(values("made=gt:2026-03-01", '>'), Values{"2026-03-01T00:00:00Z"});
  EXPECT_EQ(values("made=2026-03-01T10:00:00.1234Z", '='), Values{"2026-03-01T10:00:00.1234Z"});
  EXPECT_EQ(refused("GET", "/x?seen=2026-03-01T10:00:00"), "format seen");
}

TEST_F(HttpTest, rule_58_parameters_take_precedence_over_the_query_however_they_are_written) {
  define(
      R"("pages": {"size": "page[size]", "number": "page[number]", "usual": 2, "most": 20}, "routes": [
      {"method": "GET", "path": "/x", "action": "list"},
      {"method": "PUT", "path": "/x", "action": "upsert", "parameters": {"act": {"option": "field_actions"}}}])");
  EXPECT_EQ(route("GET", "/x?page[size]=3", R"({"page": {"size": 4}})").limit, 4);
  EXPECT_EQ(route("GET", "/x?page[size]=3", R"({"page[size]": 5})").limit, 5);
  EXPECT_EQ(route("GET", "/x?page[size]=3").limit, 3);
  EXPECT_EQ(
      route("PUT", "/x?act[note]=IGNORE", R"({"act": {"note": "CLEAR"}})").field_actions.json(),
      R"({"note":"CLEAR"})");
  EXPECT_EQ(
      route("PUT", "/x?act[note]=IGNORE", R"({"act": {"uuid": "CLEAR"}})").field_actions.json(),
      R"({"note":"IGNORE","uuid":"CLEAR"})");
}

TEST_F(HttpTest, rule_58_a_parameter_is_known_to_the_call_that_takes_it_alone) {
  define(
      R"("pages": {"size": "size", "number": "page[number]", "usual": 2, "most": 20}, "routes": [
      {"method": "GET", "path": "/x", "action": "list", "sort": "by", "filters": {"filter[key]": {"field": "reference"}}},
      {"method": "PUT", "path": "/x", "action": "upsert"}])");
  EXPECT_EQ(route("GET", "/x?size=3").limit, 3);
  EXPECT_EQ(refused("GET", "/x?limit=3"), "unknown_field limit");
  EXPECT_EQ(refused("GET", "/x?after=3"), "unknown_field after");
  for (const char* of_list : {"size", "page[number]", "by", "filter[key]"}) {
    EXPECT_EQ(refused("PUT", "/x?" + std::string(of_list) + "=1"),
              "unknown_field " + std::string(of_list));
  }
  const RoutedRequest r =
      route("GET", "/x", R"({"page": {"number": 2}, "filter": {"key": "a"}, "size": 3})");
  EXPECT_EQ(r.offset, 3);
  ASSERT_EQ(r.filters.size(), 1U);
  EXPECT_EQ(r.filters[0].values, std::vector<std::string>{"a"});
  EXPECT_EQ(refused("GET", "/x", R"({"page": {"size": 2}})"), "unknown_field page[size]");
  EXPECT_EQ(refused("GET", "/x", R"({"page": {}})"), "unknown_field page");
}

TEST_F(HttpTest, if_match_is_a_version) {
  define(
      R"("routes": [{"method": "GET", "path": "/v{version}/x/{id}", "action": "get", "identifier": "id"},
      {"method": "PUT", "path": "/v{version}/x", "action": "upsert"}], "parameters": {"version": {"values": ["1"]}})");
  EXPECT_EQ(route("PUT", "/v1/x", "{}", R"({"If-Match": "\"3\""})").if_version, 3);
  EXPECT_EQ(route("PUT", "/v1/x", "{}", R"({"If-Match": "\"3\", \"5\""})").or_versions,
            std::vector<std::int32_t>{5});
  EXPECT_EQ(route("PUT", "/v1/x", "{}", R"({"If-Match": "*"})").if_version, std::nullopt);
  EXPECT_EQ(refused("PUT", "/v1/x", "{}", R"({"If-Match": "W/\"3\""})"), "precondition if-match");
  EXPECT_EQ(route("PUT", "/v1/x", "{}", R"({"If-Match": ["\"3\"", null], "if-match": "\"5\""})")
                .or_versions,
            std::vector<std::int32_t>{5});
  EXPECT_EQ(route("PUT", "/v1/x", "{}", R"({"If-None-Match": ["\"3\"", " * "]})").if_none_match,
            "\"3\",  *");
  EXPECT_EQ(location_of(*profile_->http, route("PUT", "/v1/x"),
                        [](Column) { return Value::text("a/b"); }),
            "/v1/x/a%2Fb");
}

TEST_F(HttpTest, the_rule_that_stands_first_answers) {
  profile_ = profile_with(R"({"routes": [{"method": "GET", "path": "/x", "action": "list"}],
      "error": {"{code}": 1, "code": "{key|none}", "field": "{field}", "say": "{field|it} {message}"},
      "errors": [{"on": "required", "field": "a*", "status": 401, "set": {"key": "first {field}"}},
                 {"on": "required", "detail": "rule", "status": 402},
                 {"in": "header", "status": 403},
                 {"status": 400, "body": {"list": {"$each": ["{field|}", "{details.n}"]},
                                          "map": {"$by": "{field}", "$each": "{code}"}}}]})");
  const auto answer = [&](std::vector<Fault> faults) {
    const HttpAnswer a = answer_faults(profile_->http->errors, request_, faults);
    return std::to_string(a.status) + " " + a.body;
  };
  const auto fault = [](Code code, std::string field, In in = In::body,
                        std::vector<std::pair<std::string, std::string>> details = {}) {
    return Fault{cause_of(code), in, {code, std::move(field), "is wrong", std::move(details)}};
  };
  EXPECT_EQ(answer({fault(Code::type, "z"), fault(Code::required, "abc")}),
            R"(401 {"say":"abc is wrong","code":"first abc","field":"abc","{code}":1})");
  EXPECT_EQ(answer({fault(Code::required, "", In::body, {{"rule", "1"}})}),
            R"(402 {"say":"it is wrong","code":"none","{code}":1})");
  EXPECT_EQ(answer({fault(Code::required, "b", In::header)}).substr(0, 3), "403");
  EXPECT_EQ(answer({fault(Code::type, "x", In::body, {{"n", "[1]"}}), fault(Code::required, "y"),
                    fault(Code::enumeration, "x")}),
            R"(400 {"map":{"x":["type","enum"],"y":["required"]},)"
            R"("list":[["x",[1]],["y"],["x"]]})");
  const CancelledHere cancelled;  // a call may have many faults
  EXPECT_THROW(answer({fault(Code::type, "x")}), CancelledHere::Cancelled);
}

TEST_F(HttpTest, templates_are_refused_with_their_path) {
  const auto fault = [](std::string_view text) {
    Arena arena;
    try {
      check_template(parse_json(text, arena), "body",
                     [](std::string_view name) { return name == "a"; });
      return std::string();
    } catch (const Refusal& r) {
      return std::string(r.what());
    }
  };
  EXPECT_EQ(fault(R"({"x": ["{a}", "{a|b}", "{{a", "}"]})"), "");
  EXPECT_EQ(fault(R"({"x": ["{a}", "{b}"]})"), "body.x.1: has no value for {b}");
  EXPECT_EQ(fault(R"("{a")"), "body: has a { without its }");
  EXPECT_EQ(fault(R"({"$each": 1, "other": 1})"),
            "body.other: is not known here; valid are $each, $by");
}

TEST_F(HttpTest, a_doubled_brace_is_one_of_the_text) {
  profile_ = profile_with(R"({"routes": [{"method": "GET", "path": "/x", "action": "list"}],
      "error": {"say": "{{{code}"}, "errors": [{"method": ["put"], "status": 409},
                                               {"status": 400}]})");
  const auto answer = [&](const char* method) {
    const HttpAnswer a = answer_faults(profile_->http->errors, {method, "/x", {}, {}},
                                       {{"type", In::body, {Code::type, "f", "is wrong", {}}}});
    return std::to_string(a.status) + " " + a.body;
  };
  EXPECT_EQ(answer("GET"), R"(400 {"say":"{type"})");
  EXPECT_EQ(answer("PUT"), R"(409 {"say":"{type"})");
}

TEST_F(HttpTest, a_fault_of_a_definition_has_its_path) {
  const auto fault = [](const std::string& http) {
    try {
      profile_with(http);
      return std::string();
    } catch (const Refusal& r) {
      return std::string(r.what());
    }
  };
  const auto has = [&](const std::string& http, const std::string& path) {
    EXPECT_NE(fault(http).find(path + ": "), std::string::npos) << http << ": " << fault(http);
  };
  const std::string route = R"("method": "GET", "path": "/x", "action": "list")";
  const auto with = [](const std::string& members) {
    return http_with(R"("routes": [{)" + members + "}]");
  };
  const std::string at = "http.routes.0";
  EXPECT_EQ(fault(with(route)), "");
  has(http_with(R"("routes": [])"), "http.routes");
  for (const char* hours : {"0", "100001"}) {
    has(http_with(R"("routes": [{)" + route + R"(}], "idempotency": {"hours": )" + hours + "}"),
        "http.idempotency.hours");
  }
  EXPECT_EQ(fault(http_with(R"("routes": [{)" + route + R"(}], "idempotency": {"hours": 100000})")),
            "");
  has(http_with(R"("routes": [{)" + route + R"(}], "parameters": {"p": 5})"), "http.parameters.p");
  for (const char* path : {"x", "/", "/a{}", "/a{b}c"}) {
    has(with(R"("method": "GET", "action": "list", "path": ")" + std::string(path) + "\""),
        at + ".path");
  }
  EXPECT_NE(fault(with(R"("method": "GET", "action": "list", "path": "/")"))
                .find("must begin with / and name something"),
            std::string::npos);
  EXPECT_EQ(fault(with(R"("method": "GET", "action": "get", "path": "/x{k}", "identifier": "id")")),
            "");
  has(with(
          R"("method": "PUT", "action": "upsert", "path": "/x", "only": {"field": "reference", "values": ["a"]})"),
      at + ".only");
  has(with(route + R"(, "where": {"archived": 5})"), at + ".where.archived");
  has(with(route + R"(, "where": {"archived": {"is": "x"}})"), at + ".where.archived");
  has(with(route + R"(, "where": {"id": {"is": 1}})"), at + ".where.id");
  has(with(route + R"(, "filters": {"f": 5})"), at + ".filters.f");
  has(with(route + R"(, "filters": {"f": {"field": "note"}})"), at + ".filters.f.field");
  has(with(route + R"(, "order": ["org"])"), at + ".order");
  has(with(route + R"(, "order": ["note"])"), at + ".order");
  const std::string by_id = R"("pages": {"after": "after"}, "routes": [{)" + route;
  EXPECT_EQ(fault(http_with(by_id + "}]")), "");
  has(http_with(by_id + R"(, "order": ["id"]}])"), at + ".order");
  has(http_with(by_id + R"(, "sort": "by"}])"), at + ".sort");
  // No rule answers the other causes.
  has(R"({"routes": [{)" + route +
          R"(}], "error": "{code}", "errors": [{"on": "required", "status": 400}]})",
      "http.errors");
}

// Whatever the engine or a request can be refused for has an answer in every shipped API.
TEST_F(HttpTest, rule_58_shipped_profiles_answer_every_fault) {
  for (const std::string& name : shipped_profiles()) {
    const auto profile = shipped_profile(name);
    if (!profile->http) continue;
    for (const char* cause : {"credentials", "path", "method", "fault", "required", "taken"}) {
      const HttpAnswer a =
          answer_faults(profile->http->errors, {"GET", "/", {}, {}},
                        {{cause, In::call, {Code::required, "f", "is wrong", {}}}});
      EXPECT_GE(a.status, 400) << name << " " << cause;
      EXPECT_EQ(a.body.front(), '{') << name << " " << cause;
    }
  }
}

TEST(ShippedHttpTest, billing_19_a_lost_race_names_no_field) {
  const auto profile = shipped_profile("billing");
  const Failure lost{Code::taken, "", "a concurrent writer took a key", {}};
  const HttpAnswer a = answer_faults(profile->http->errors, {"PUT", "/v1/products", {}, {}},
                                     {{cause_of(lost.code), In::body, lost}});
  EXPECT_EQ(a.status, 400);
  EXPECT_NE(a.body.find("UNABLE_TO_PROCESS_INSTRUCTIONS"), std::string::npos) << a.body;
}

}  // namespace
}  // namespace product_upsert
