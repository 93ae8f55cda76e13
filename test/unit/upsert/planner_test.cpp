// What would change, and the keys that products would newly have, by themselves.
#include "core/upsert/planner.hpp"

#include <gtest/gtest.h>

#include "core/upsert/matcher.hpp"
#include "core/upsert/own_types.hpp"
#include "core/upsert/rights.hpp"
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

}  // namespace
}  // namespace product_upsert
