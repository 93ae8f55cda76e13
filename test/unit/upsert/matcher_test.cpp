// The look-up and the choice by themselves, and what the options say of a match.
#include "core/upsert/matcher.hpp"

#include <gtest/gtest.h>

#include "core/upsert/match_check.hpp"
#include "unit/source_files.hpp"
#include "unit/steps.hpp"

namespace product_upsert {
namespace {

class MatcherTest : public testing::Test {
 protected:
  MemoryCatalogue products;
  Steps steps{products, "catalog"};

  // The choice for the first document.
  bool choose(std::string_view json) {
    BatchState& state = steps.read(json);
    matcher = std::make_unique<Matcher>(state, nullptr);
    matcher->look_up(steps.group());
    return matcher->choose(0);
  }
  bool stands(std::string_view json) {
    BatchState& state = steps.read(json);
    matcher = std::make_unique<Matcher>(state, nullptr);
    matcher->look_up(steps.group());
    return matcher->choose(0) && MatchCheck(state).stands(0);
  }
  std::unique_ptr<Matcher> matcher;
};

TEST_F(MatcherTest, one_look_up_serves_all_documents_and_rules) {
  const auto a = products.put(1, R"({"external_id": "a", "name": "n"})");
  const auto b = products.put(1, R"({"reference": "b", "name": "n"})");
  products.calls = {};
  EXPECT_TRUE(choose(R"([{"external_id": "a"}, {"reference": "b"}, {"reference": "c"}])"));
  EXPECT_TRUE(matcher->choose(1));
  EXPECT_TRUE(matcher->choose(2));
  EXPECT_EQ(products.calls.find, 1);
  EXPECT_EQ(steps.call.id(0), a);
  EXPECT_EQ(steps.call.decided_by(0), "external_id");
  EXPECT_EQ(steps.call.id(1), b);
  EXPECT_EQ(steps.call.id(2), 0);
  EXPECT_EQ(steps.call.decided_by(2), "");
}

TEST_F(MatcherTest, c1_what_is_stored_is_kept_where_it_may_be_merged) {
  products.put(1, R"({"external_id": "a", "name": "n", "description": "d"})");
  BatchState& state = steps.read(R"([{"external_id": "a", "description": "e"}])");
  Matcher by(state, nullptr);
  by.look_up(steps.group());
  EXPECT_TRUE(by.choose(0));
  EXPECT_FALSE(state.decisions[0].same);
  EXPECT_EQ(state.batch.stored(state.batch.items[0], Column::description).as_text(), "d");
}

TEST_F(MatcherTest, two_rules_that_name_two_products_are_a_collision) {
  products.put(1, R"({"external_id": "a", "name": "n"})");
  products.put(1, R"({"reference": "b", "name": "n"})");
  EXPECT_FALSE(choose(R"([{"external_id": "a", "reference": "b"}])"));
  EXPECT_TRUE(steps.call.codes().starts_with("collision")) << steps.call.codes();
}

TEST_F(MatcherTest, who_is_found_besides_is_kept_for_the_uniqueness_check) {
  steps.call.options.identifier = "external_id";
  const auto a = products.put(1, R"({"external_id": "a", "name": "n"})");
  const auto b = products.put(1, R"({"reference": "b", "name": "n"})");
  BatchState& state = steps.read(R"([{"external_id": "a", "reference": "b"}])");
  Matcher by(state, nullptr);
  by.look_up(steps.group());
  EXPECT_TRUE(by.choose(0));
  EXPECT_EQ(steps.call.id(0), a);
  std::vector<std::int64_t> others;
  state.each_other(0, [&](const OtherProduct& o) { others.push_back(o.row.id); });
  EXPECT_EQ(others, std::vector<std::int64_t>{b});
}

TEST_F(MatcherTest, the_mode_says_whether_a_match_may_be) {
  products.put(1, R"({"external_id": "a", "name": "n"})");
  steps.call.options.mode = Mode::create;
  EXPECT_FALSE(stands(R"([{"external_id": "a"}])"));
  EXPECT_EQ(steps.call.codes(), "taken external_id");
  EXPECT_TRUE(stands(R"([{"external_id": "b"}])"));
  steps.call.options.mode = Mode::update;
  EXPECT_TRUE(stands(R"([{"external_id": "a"}])"));
  EXPECT_FALSE(stands(R"([{"external_id": "b"}])"));
  EXPECT_EQ(steps.call.codes(), "not_found external_id");
}

TEST_F(MatcherTest, fine_point_h_a_version_is_of_a_product_that_is_there) {
  products.put(1, R"({"external_id": "a", "name": "n"})");
  steps.call.options.if_version = 2;
  EXPECT_FALSE(stands(R"([{"external_id": "a"}])"));
  EXPECT_EQ(steps.call.codes(), "precondition");
  EXPECT_FALSE(stands(R"([{"external_id": "b"}])"));
  EXPECT_EQ(steps.call.codes(), "precondition");
  steps.call.options.if_version = 1;
  EXPECT_TRUE(stands(R"([{"external_id": "a"}])"));
}

// Of a document that says what its product holds the row is not needed; but it is of one that
// deletes it.
TEST_F(MatcherTest, who_changes_nothing_keeps_no_row_but_a_tombstone_does) {
  Steps grave(products, compile("grave", R"({"identity": ["external_id"],
      "tombstone": {"field": "gone", "action": "delete"}, "fields": {
      "external_id": {"type": "text"}, "handle": {"type": "text"}}})"));
  products.put(1, R"({"external_id": "a", "handle": "h"})");
  products.put(1, R"({"external_id": "b", "handle": "i"})");
  BatchState& state =
      grave.match(R"([{"external_id": "a", "gone": true}, {"external_id": "b", "handle": "i"}])");
  EXPECT_TRUE(state.decisions[1].same);
  EXPECT_EQ(state.batch.stored(state.batch.items[0], Column::handle).as_text(), "h");
  EXPECT_TRUE(state.batch.items[1].stored.empty());
}

// The look-up finds first whom the document does not mean.
TEST_F(MatcherTest, c1_the_row_of_the_product_that_is_meant_is_kept) {
  products.put(1, R"({"external_id": "a", "reference": "ra", "name": "A", "cost": 1})");
  const auto b = products.put(1, R"({"reference": "rb", "name": "B", "cost": 2})");
  Call call(products, "catalog");
  call.options.identifier = "reference";
  call.many(R"([{"reference": "rb", "external_id": "a", "price": 3},
                {"reference": "ra", "external_id": "c"}])");
  EXPECT_EQ(call.statuses(), "updated updated");
  EXPECT_EQ(call.item(0).version, 2);
  EXPECT_EQ(products.at(1, b, Column::name), R"("B")");
  EXPECT_EQ(products.at(1, b, Column::cost), "2");
  call.many(R"([{"reference": "rb", "external_id": "a", "price": 3}])");
  EXPECT_EQ(call.statuses(), "unchanged");
}

}  // namespace
}  // namespace product_upsert
