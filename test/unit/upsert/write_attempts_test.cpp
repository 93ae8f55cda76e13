// Writing all or nothing, and finding who is kept out.
#include "core/upsert/write_attempts.hpp"

#include <gtest/gtest.h>

#include "core/upsert/careful_writing.hpp"
#include "core/upsert/matcher.hpp"
#include "core/upsert/planner.hpp"
#include "unit/steps.hpp"

namespace product_upsert {
namespace {

class WriteAttemptsTest : public testing::Test {
 protected:
  MemoryCatalogue products;
  Steps steps{products, "catalog"};
  std::unique_ptr<Writer> writer;
  std::unique_ptr<WriteAttempts> attempts;

  BatchState& plan(std::string_view json) {
    BatchState& state = steps.plan(json);
    writer = std::make_unique<Writer>(state);
    attempts = std::make_unique<WriteAttempts>(state, *writer);
    return state;
  }
  // An owner's constraint that lets nothing of that name in.
  void refuse(const std::string& name) {
    products.constraint = [name](const MemoryCatalogue::Product& p) {
      return p[Column::name].as_text() == name ? std::string("no_such_name") : std::string();
    };
  }
};

TEST_F(WriteAttemptsTest, what_stands_is_known_by_id_and_version) {
  plan(R"([{"external_id": "a", "name": "n"}, {"external_id": "b", "name": "n"}])");
  const auto verdict =
      attempts->attempt(steps.group(), steps.group().items, attempts->usual_manner());
  EXPECT_EQ(verdict.outcome, Attempt::done);
  EXPECT_EQ(steps.call.statuses(), "created created");
  EXPECT_EQ(products.size(), 2U);
  EXPECT_FALSE(attempts->careful());
}

TEST_F(WriteAttemptsTest, where_one_is_refused_none_stands_and_items_are_as_before) {
  plan(R"([{"external_id": "a", "name": "n"}, {"external_id": "b", "name": "x"}])");
  refuse("x");
  const auto verdict =
      attempts->attempt(steps.group(), steps.group().items, attempts->usual_manner());
  EXPECT_EQ(verdict.outcome, Attempt::failed);
  EXPECT_EQ(steps.call.statuses(), "pending pending");
  EXPECT_EQ(steps.call.id(0), 0);
  EXPECT_EQ(products.size(), 0U);
  attempts->note_outcome(verdict.outcome);
  EXPECT_TRUE(attempts->careful());
}

TEST_F(WriteAttemptsTest, rule_60_careful_writing_rejects_the_culprit_and_writes_the_rest) {
  BatchState& state = plan(R"([{"external_id": "a", "name": "n"},
                               {"external_id": "b", "name": "x"},
                               {"external_id": "c", "name": "n"}])");
  refuse("x");
  EXPECT_TRUE(CarefulWriting(state, *attempts).write({steps.group()}));
  EXPECT_EQ(steps.call.statuses(), "created rejected created");
  EXPECT_EQ(steps.call.codes(1), "constraint");
  EXPECT_EQ(products.size(), 2U);
}

}  // namespace
}  // namespace product_upsert
