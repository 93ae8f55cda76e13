// Rule 13: no product is its own ancestor, whichever documents of the call stand.
#include <gtest/gtest.h>

#include "unit/call.hpp"

namespace product_upsert {

namespace {

class ParentTest : public testing::Test {
 protected:
  // A product of that external_id, below another.
  std::int64_t put(const std::string& name, std::int64_t parent = 0) {
    return products.put(
        1, R"({"external_id": ")" + name + R"(", "name": ")" + name + "\"" +
               (parent == 0 ? "" : R"(, "parent_product_id": )" + std::to_string(parent)) + "}");
  }
  std::string parent_of(std::int64_t id) const {
    return products.at(1, id, Column::parent_product_id);
  }

  MemoryCatalogue products;
  Call call{products, "catalog"};
};

TEST_F(ParentTest, rule_13_a_rejected_document_leaves_its_product_where_it_is) {
  const auto x = put("x");
  const auto a = put("a", x);
  call.skip().many(R"([{"external_id": "a", "parent_product_id": null, "price": "wrong"},
                       {"external_id": "x", "parent_product_id": "a"}])");
  EXPECT_EQ(call.statuses(), "rejected rejected");
  EXPECT_EQ(call.codes(1), "range parent_product_id");
  EXPECT_EQ(parent_of(a), std::to_string(x));
  EXPECT_EQ(parent_of(x), "null");
}

TEST_F(ParentTest, rule_13_who_leaves_lets_the_other_go_below) {
  const auto x = put("x");
  const auto a = put("a", x);
  call.skip().many(R"([{"external_id": "a", "parent_product_id": null},
                       {"external_id": "x", "parent_product_id": "a"}])");
  EXPECT_EQ(call.statuses(), "updated updated");
  EXPECT_EQ(parent_of(a), "null");
  EXPECT_EQ(parent_of(x), std::to_string(a));
}

TEST_F(ParentTest, rule_13_rejected_for_a_cycle_it_closes_another_that_is_rejected_too) {
  // c would go below a, a below b and b below a; a stays below c.
  const auto c = put("c");
  const auto a = put("a", c);
  const auto b = put("b");
  call.skip().many(R"([{"external_id": "a", "parent_product_id": "b"},
                       {"external_id": "b", "parent_product_id": "a"},
                       {"external_id": "c", "parent_product_id": "a"}])");
  EXPECT_EQ(call.statuses(), "rejected rejected rejected");
  EXPECT_EQ(parent_of(a), std::to_string(c));
  EXPECT_EQ(parent_of(b), "null");
  EXPECT_EQ(parent_of(c), "null");
}

// Another document gives the parent the name by which this one says it.
TEST_F(ParentTest, rule_13_a_parent_by_a_name_that_it_gets_is_no_change_where_it_is_the_parent) {
  MemoryCatalogue fresh;
  Call again(fresh, "catalog");
  const auto p = fresh.put(1, R"({"external_id": "p", "name": "p"})");
  fresh.put(1,
            R"({"external_id": "c", "name": "c", "parent_product_id": )" + std::to_string(p) + "}");
  again.many(R"([{"external_id": "c", "parent_product_id": {"reference": "r"}},
                 {"external_id": "p", "reference": "r"}])");
  EXPECT_EQ(again.statuses(), "unchanged updated");
}

TEST_F(ParentTest, c4_a_parent_that_is_its_own_ancestor_takes_its_children_with_it) {
  call.skip().many(
      R"([{"external_id": "p", "name": "p", "parent_product_id": "p"},
          {"external_id": "child", "name": "child", "parent_product_id": "p"},
          {"external_id": "grandchild", "name": "grandchild", "parent_product_id": "child"},
          {"external_id": "other", "name": "other"}])");
  EXPECT_EQ(call.statuses(), "rejected rejected rejected created");
  EXPECT_EQ(call.codes(2), "not_found parent_product_id");
  EXPECT_EQ(products.size(), 1U);
}

TEST_F(ParentTest, c4_a_parent_that_may_not_be_created_takes_its_children_with_it) {
  put("child");
  products.refused.insert({Right::create, 1});
  call.skip().many(R"([{"external_id": "p", "name": "p"},
                       {"external_id": "child", "parent_product_id": "p"}])");
  EXPECT_EQ(call.statuses(), "rejected rejected");
  EXPECT_EQ(call.codes(0), "permission");
  EXPECT_EQ(call.codes(1), "not_found parent_product_id");
}

TEST_F(ParentTest, rule_16_clear_is_not_overruled_by_a_parent_of_the_same_call) {
  const auto old = put("old");
  const auto a = put("a", old);
  call.skip()
      .actions(R"({"parent_product_id": "CLEAR"})")
      .many(R"([{"external_id": "a", "parent_product_id": "p"},
                {"external_id": "p", "name": "p"}])");
  EXPECT_EQ(call.statuses(), "updated created");
  EXPECT_EQ(parent_of(a), "null");
}

TEST_F(ParentTest, rule_13_who_stays_may_close_the_next_cycle) {
  // a below b below c below d, and x below a: each is to go below the one that was below it.
  const auto d = put("d");
  const auto c = put("c", d);
  const auto b = put("b", c);
  const auto a = put("a", b);
  put("x", a);
  put("far");
  call.skip().many(R"([{"external_id": "a", "parent_product_id": "x"},
                       {"external_id": "b", "parent_product_id": "a"},
                       {"external_id": "c", "parent_product_id": "b"},
                       {"external_id": "d", "parent_product_id": "far"}])");
  EXPECT_EQ(call.statuses(), "rejected rejected rejected updated");
  EXPECT_EQ(call.codes(2), "range parent_product_id");
  EXPECT_EQ(parent_of(c), std::to_string(d));
}

}  // namespace

}  // namespace product_upsert
