// What would change, and the keys that products would newly have, by themselves.
#include "core/upsert/planner.hpp"

#include <gtest/gtest.h>

#include "core/catalogue/own_column.hpp"
#include "core/upsert/matcher.hpp"
#include "core/upsert/own_types.hpp"
#include "core/upsert/rights.hpp"
#include "core/value/events.hpp"
#include "unit/source_files.hpp"
#include "unit/steps.hpp"

namespace product_upsert {
namespace {

class PlannerTest : public testing::Test {
 protected:
  MemoryCatalogue products;
  Steps steps{products, "catalog"};

  // Matches and plans all documents.
  BatchState& plan(Steps& with, std::string_view json) {
    BatchState& state = with.read(json);
    Matcher matcher(state, nullptr);
    matcher.look_up(with.group());
    for (const std::uint32_t i : with.group().items) EXPECT_TRUE(matcher.choose(i));
    Planner(state).plan(with.group().items);
    return state;
  }
  std::string final_keys(const BatchState& state, std::size_t item = 0) {
    std::string names;
    for (const ItemKey& k : state.decisions[item].final_keys)
      names += (names.empty() ? "" : " ") + state.rules.rules[k.rule].name;
    return names;
  }
};

TEST_F(PlannerTest, c1_only_what_differs_changes) {
  products.put(1, R"({"external_id": "a", "name": "n", "description": "d"})");
  plan(steps, R"([{"external_id": "a", "name": "n", "description": "e"}])");
  EXPECT_EQ(steps.call.changed(), "description");
}

TEST_F(PlannerTest, c2_what_is_required_is_required_of_a_new_product) {
  products.put(1, R"({"external_id": "a", "name": "n"})");
  plan(steps, R"([{"external_id": "a"}, {"external_id": "b"}])");
  EXPECT_EQ(steps.call.codes(0), "");
  EXPECT_EQ(steps.call.codes(1), "required name");
}

TEST_F(PlannerTest, final_keys_are_all_of_a_new_product_and_the_changed_ones_of_another) {
  products.put(1, R"({"external_id": "a", "reference": "r", "name": "n"})");
  const BatchState& state = plan(
      steps,
      R"([{"external_id": "a", "reference": "s"}, {"external_id": "b", "reference": "t", "name": "n"}])");
  EXPECT_EQ(final_keys(state, 0), "reference");
  EXPECT_EQ(final_keys(state, 1), "external_id reference");
}

TEST_F(PlannerTest, agency_54_a_price_is_computed_in_the_documents_place) {
  Steps agency(products, "agency");
  agency.call.options.mode = Mode::create;
  BatchState& state = plan(agency, R"([{"name": "n", "external_cost": 100.5, "markup": 20}])");
  const auto price = static_cast<std::size_t>(state.batch.profile.find("price"));
  EXPECT_EQ(state.batch.value(state.batch.items[0], price).printed(), "120.6");
  // What the document said by itself comes back when it is matched anew.
  EXPECT_TRUE(state.said(0, price).is_absent());
  state.forget(0);
  EXPECT_TRUE(state.batch.value(state.batch.items[0], price).is_absent());
}

TEST_F(PlannerTest, billing_1_rights_are_asked_of_the_branch_that_is_taken) {
  products.put(1, R"({"external_id": "a", "name": "n"})");
  products.refused = {{Right::create, 1}};
  BatchState& state =
      plan(steps, R"([{"external_id": "a", "name": "m"}, {"external_id": "b", "name": "n"}])");
  check_rights(state, steps.group());
  EXPECT_EQ(steps.call.codes(0), "");
  EXPECT_EQ(steps.call.codes(1), "permission");
  EXPECT_FALSE(is_stranger(products, 1));
  products.refused.emplace(Right::update, 1);
  EXPECT_TRUE(is_stranger(products, 1));
}

TEST_F(PlannerTest, c2_what_is_taken_away_is_no_value_of_a_new_product) {
  Steps retail(products, "retail");
  retail.call.actions(R"({"variants": "REMOVE"})");
  retail.plan(R"([{"title": "T", "handle": "h", "external_id": "e", "brand": "B",
                   "variants": [{"sku": "s", "price": 1, "position": 1}]}])");
  EXPECT_EQ(retail.call.codes(), "required variants");
}

TEST_F(PlannerTest, agency_54_a_document_that_changes_nothing_computes_nothing) {
  ColumnInfo narrow{"price_of_planner", ColumnType::numeric};
  narrow.precision = 4;
  narrow.scale = 2;
  OwnColumns own;
  own.product = {own_column(narrow)};
  products.own_columns[own.product.front()];
  Arena arena;
  const auto profile = compile_profile("narrow",
                                       parse_json(R"({"identity": ["external_id"], "fields": {
      "external_id": {"type": "text"}, "cost": {"type": "decimal"}, "markup": {"type": "decimal"},
      "shelf": {"type": "decimal", "column": "price_of_planner", "marked_up": {"base": "cost", "percent": "markup"}}}})",
                                                  arena),
                                       own);
  Call call(products, profile);
  call.skip().many(R"([{"external_id": "a", "cost": 1000, "markup": 10, "shelf": 1}])");
  EXPECT_EQ(call.statuses(), "created");
  call.many(R"([{"external_id": "a", "cost": 1000, "markup": 10}])");
  EXPECT_EQ(call.statuses(), "unchanged");
  EXPECT_EQ(call.codes(), "");
  call.many(R"([{"external_id": "a", "cost": 1001}])");
  EXPECT_EQ(call.codes(), "range shelf");
}

TEST_F(PlannerTest, retail_21_what_is_discarded_of_a_match_need_not_be_valid) {
  const auto id = products.put(1, R"({"external_id": "e", "name": "n", "handle": "h"})");
  Call retail(products, "retail");
  for (const char* handle : {"5", R"("")", "null", R"("other")"}) {
    retail.one(R"({"external_id": "e", "handle": )" + std::string(handle) + "}");
    EXPECT_EQ(retail.status(), "unchanged") << handle;
  }
  EXPECT_EQ(products.at(1, id, Column::handle), R"("h")");
  EXPECT_NE(retail.refused_one(R"({"external_id": "f", "handle": 5})").find("type handle"),
            std::string::npos);
}

TEST_F(PlannerTest, billing_16_append_and_remove_are_of_lists_on_both_sides) {
  products.put(1, R"({"external_id": "list", "custom_data": [1]})");
  products.put(1, R"({"external_id": "object", "custom_data": {"a": 1}})");
  products.put(1, R"({"external_id": "none"})");
  Call call(products, "catalog");
  const auto codes = [&](const char* action, const char* external_id, const char* said) {
    call.actions(R"({"custom_data": ")" + std::string(action) + "\"}");
    call.skip().one(R"({"external_id": ")" + std::string(external_id) + R"(", "custom_data": )" +
                    said + "}");
    return call.codes();
  };
  for (const char* action : {"APPEND", "REMOVE"}) {
    EXPECT_EQ(codes(action, "list", R"({"b": 1})"), "type custom_data") << action;
    EXPECT_EQ(codes(action, "none", R"("b")"), "type custom_data") << action;
    EXPECT_EQ(codes(action, "object", "[2]"), "type custom_data") << action;
    EXPECT_EQ(codes(action, "none", "[2]"), "") << action;
    EXPECT_EQ(codes(action, "object", "null"), "") << action;
  }
  EXPECT_EQ(codes("MERGE", "object", R"({"b": 1})"), "");
}

TEST_F(PlannerTest, the_limits_of_a_list_are_those_of_what_an_action_leaves) {
  Call call(products, compile("test", R"({"identity": ["external_id"], "fields": {
      "external_id": {"type": "text"},
      "tags": {"type": "texts", "min_length": 1, "max_length": 2},
      "pictures": {"type": "objects", "column": "images", "key": "url", "max_length": 1,
                   "fields": {"url": {"type": "text"}}}}})"));
  call.skip().many(R"([{"external_id": "a", "tags": ["x"], "pictures": [{"url": "u"}]}])");
  const auto codes = [&](const char* action, const char* document) {
    call.actions(action).many("[" + std::string(document) + "]");
    return call.codes();
  };
  EXPECT_EQ(codes(R"({"tags": "APPEND"})", R"({"external_id": "a", "tags": ["y"]})"), "");
  EXPECT_EQ(codes(R"({"tags": "APPEND"})", R"({"external_id": "a", "tags": ["z"]})"),
            "too_long tags");
  EXPECT_EQ(codes(R"({"tags": "APPEND"})", R"({"external_id": "a", "tags": ["y"]})"), "");
  EXPECT_EQ(codes(R"({"tags": "REMOVE"})", R"({"external_id": "a", "tags": ["y"]})"), "");
  EXPECT_EQ(codes(R"({"tags": "REMOVE"})", R"({"external_id": "a", "tags": ["x"]})"), "range tags");
  EXPECT_EQ(
      codes(R"({"pictures": "MERGE"})", R"({"external_id": "a", "pictures": [{"url": "v"}]})"),
      "too_long pictures");
  EXPECT_EQ(
      codes(R"({"pictures": "MERGE"})", R"({"external_id": "a", "pictures": [{"url": "u"}]})"), "");
}

TEST_F(PlannerTest, a_list_that_is_beyond_its_limits_may_come_nearer_to_them) {
  const auto id =
      products.put(1, R"({"external_id": "a", "tags": ["1", "2", "3", "4"], "systems": ["x"],
             "images": [{"url": "u", "alt": "old"}, {"url": "v"}]})");
  Call call(products, compile("test", R"({"identity": ["external_id"], "fields": {
      "external_id": {"type": "text"}, "tags": {"type": "texts", "max_length": 2},
      "systems": {"type": "texts", "min_length": 3},
      "images": {"type": "objects", "key": "url", "max_length": 1,
                 "fields": {"url": {"type": "text"}, "alt": {"type": "text"}}}}})"));
  const auto codes = [&](const char* action, const char* document) {
    call.skip().actions(action).many("[" + std::string(document) + "]");
    return call.codes();
  };
  EXPECT_EQ(codes(R"({"tags": "REMOVE"})", R"({"external_id": "a", "tags": ["4"]})"), "");
  EXPECT_EQ(products.at(1, id, Column::tags), R"(["1","2","3"])");
  EXPECT_EQ(codes(R"({"tags": "APPEND"})", R"({"external_id": "a", "tags": ["4"]})"),
            "too_long tags");
  EXPECT_EQ(codes(R"({"images": "MERGE"})",
                  R"({"external_id": "a", "images": [{"url": "u", "alt": "new"}]})"),
            "");
  EXPECT_EQ(
      codes(R"({"systems": "REMOVE"})", R"({"external_id": "a", "systems": ["x", "y", "z"]})"),
      "range systems");
}

TEST_F(PlannerTest, what_is_computed_may_be_computed_from_what_is_computed) {
  // Short names come first: one of these comes before the price, the other one behind it.
  for (const char* last : {"rrp", "retail"}) {
    products.clear();
    Call call(products, compile("test", R"({"identity": ["external_id"], "fields": {
        "external_id": {"type": "text"}, "net": {"type": "decimal", "column": "cost"},
        "markup": {"type": "decimal"},
        ")" + std::string(last) + R"(": {"type": "decimal", "column": "size",
            "marked_up": {"base": "price", "percent": "markup"}},
        "price": {"type": "decimal", "marked_up": {"base": "cost", "percent": "markup"}}}})"));
    call.one(R"({"external_id": "e", "net": 100, "markup": 50})");
    EXPECT_EQ(products.at(1, call.id(), Column::size), "225") << last;
    call.one(R"({"external_id": "e", "net": 200})");
    EXPECT_EQ(products.at(1, call.id(), Column::size), "450") << last;
  }
}

TEST_F(PlannerTest, agency_52_a_range_holds_for_what_is_stored_and_what_is_said) {
  const auto profile = compile("test", R"({"identity": ["external_id"], "ranges": [["from", "to"]],
      "fields": {"external_id": {"type": "text"},
      "from": {"type": "date", "column": "available_from"},
      "to": {"type": "date", "column": "available_to"}}})");
  products.put(1, R"({"external_id": "from", "available_from": "2026-03-02"})");
  products.put(1, R"({"external_id": "to", "available_to": "2026-03-02"})");
  Call call(products, profile);
  const auto codes = [&](const char* external_id, const char* said) {
    call.skip().one(R"({"external_id": ")" + std::string(external_id) + R"(", )" + said + "}");
    return call.codes();
  };
  EXPECT_EQ(codes("from", R"("to": "2026-03-01")"), "range to");
  EXPECT_EQ(codes("from", R"("to": "2026-03-02")"), "");
  EXPECT_EQ(codes("to", R"("from": "2026-03-03")"), "range to");
  EXPECT_EQ(codes("to", R"("from": "2026-03-02")"), "");
  EXPECT_EQ(codes("new", R"("from": "2026-03-03", "to": "2026-03-02")"), "range to");
}

TEST_F(PlannerTest, agency_52_a_range_holds_for_members_too) {
  Call call(products, compile("test", R"({"identity": ["external_id"], "ranges": [["from", "to"]],
      "fields": {"external_id": {"type": "text"},
      "from": {"type": "date", "column": "meta", "member": "from"},
      "to": {"type": "date", "column": "meta", "member": "to"}}})"));
  EXPECT_EQ(call.refused_one(R"({"external_id": "e", "from": "2026-03-02", "to": "2026-03-01"})"),
            "range to");
  call.one(R"({"external_id": "e", "from": "2026-03-02"})");
  EXPECT_EQ(call.refused_one(R"({"external_id": "e", "to": "2026-03-01"})"), "range to");
}

// Which is no change of what was said once.
TEST_F(PlannerTest, subscription_39_a_uuid_is_given_to_a_product_without_one) {
  products.put(1, R"({"external_id": "a"})");
  Steps given(products, compile("test", R"({"identity": ["external_id"], "fields": {
      "external_id": {"type": "text"},
      "uuid": {"type": "uuid", "generated": true, "create_only": "reject"}}})"));
  plan(given, R"([{"external_id": "a"}])");
  EXPECT_EQ(given.call.codes(), "");
  EXPECT_EQ(given.call.changed(), "uuid");
}

TEST_F(PlannerTest, a_member_is_generated_whatever_the_column_holds_beside_it) {
  Call call(products, compile("test", R"({"identity": ["external_id"], "fields": {
      "external_id": {"type": "text"}, "note": {"type": "text", "column": "meta", "member": "note"},
      "token": {"type": "uuid", "column": "meta", "member": "token", "generated": true}}})"));
  const auto id = products.put(1, R"({"external_id": "e", "meta": {"note": "n"}})");
  call.one(R"({"external_id": "e"})");
  EXPECT_EQ(call.changed(), "token");
  EXPECT_NE(products.at(1, id, Column::meta).find("token"), std::string::npos);
  call.one(R"({"external_id": "e"})");
  EXPECT_EQ(call.status(), "unchanged");
}

}  // namespace
}  // namespace product_upsert
