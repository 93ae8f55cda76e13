// Documents of one call that are the same product (DESIGN.md, on_duplicate).
#include "core/upsert/duplicates.hpp"

#include <gtest/gtest.h>

#include "core/upsert/matcher.hpp"
#include "core/upsert/planner.hpp"
#include "unit/call.hpp"
#include "unit/steps.hpp"

namespace product_upsert {

namespace {

class DuplicatesTest : public testing::Test {
 protected:
  std::string name(std::int64_t id) const { return products.at(1, id, Column::name); }

  MemoryCatalogue products;
  Call call{products, "catalog"};
};

TEST_F(DuplicatesTest, same_identical_documents_count_once) {
  call.options.on_duplicate = OnDuplicate::same;
  for (const char* first : {"created", "unchanged"}) {
    call.many(R"([{"external_id": "a", "name": "a"}, {"external_id": "b", "name": "b"},
                  {"name": "a", "external_id": "a"}])");
    EXPECT_EQ(call.statuses(), std::string(first) + " " + first + " unchanged");
    EXPECT_EQ(call.id(2), call.id(0));
    EXPECT_FALSE(call.item(2).superseded);
  }
  EXPECT_EQ(products.size(), 2U);
}

TEST_F(DuplicatesTest, same_documents_that_differ_collide) {
  call.options.on_duplicate = OnDuplicate::same;
  EXPECT_EQ(call.refused_many(R"([{"external_id": "a", "name": "a"},
                                  {"external_id": "a", "name": "b"}])"),
            "collision external_id, collision external_id");
}

TEST_F(DuplicatesTest, last_the_last_document_stands) {
  call.options.on_duplicate = OnDuplicate::last;
  call.many(R"([{"external_id": "a", "name": "1"}, {"external_id": "b", "name": "b"},
                {"external_id": "a", "name": "2"}, {"external_id": "a", "name": "3"}])");
  EXPECT_EQ(call.statuses(), "unchanged created unchanged created");
  EXPECT_TRUE(call.item(0).superseded);
  EXPECT_EQ(call.id(0), call.id(3));
  EXPECT_EQ(name(call.id(0)), R"("3")");
  call.many(R"([{"external_id": "a", "name": "4"}, {"external_id": "a", "name": "5"}])");
  EXPECT_EQ(call.statuses(), "unchanged updated");
  EXPECT_EQ(call.item(0).version, 2);
}

TEST_F(DuplicatesTest, last_one_that_fails_does_not_stand) {
  call.options.on_duplicate = OnDuplicate::last;
  call.skip().many(R"([{"external_id": "a", "name": "1"}, {"external_id": "a", "name": "2"},
                       {"external_id": "a", "name": 3}])");
  EXPECT_EQ(call.statuses(), "unchanged created rejected");
  products.constraint = [](const auto& p) {
    return p[Column::name].as_text() == "kept out" ? std::string("no") : std::string();
  };
  call.skip().many(R"([{"external_id": "a", "name": "5"}, {"external_id": "a", "name": "6"},
                       {"external_id": "a", "name": "kept out"}])");
  EXPECT_EQ(call.statuses(), "unchanged updated rejected");
  EXPECT_EQ(name(call.id(0)), R"("6")");
}

TEST(DuplicatesStepTest, followers_go_back_to_their_group_where_their_leader_is_not_written) {
  MemoryCatalogue products;
  Steps steps(products, "catalog");
  steps.call.options.on_duplicate = OnDuplicate::last;
  BatchState& state =
      steps.read(R"([{"external_id": "a", "name": "n"}, {"external_id": "a", "name": "m"}])");
  Matcher matcher(state, nullptr);
  matcher.look_up(steps.group());
  Planner(state).plan(steps.group().items);
  Duplicates duplicates(state);
  duplicates.settle(steps.group());
  EXPECT_EQ(steps.call.statuses(), "unchanged pending");
  EXPECT_TRUE(state.decisions[0].final_keys.empty());

  state.batch.items[1].status = Status::rejected;
  std::vector<Group> groups{{1, {1}, {}, {}}};
  duplicates.join(groups);
  EXPECT_EQ(groups[0].items, (Items{0, 1}));
  EXPECT_EQ(steps.call.status(0), "pending");
}

}  // namespace

}  // namespace product_upsert
