// What a batch has to do with the other batches of its call.
#include "core/upsert/feed_batch.hpp"

#include <gtest/gtest.h>

#include "core/upsert/matcher.hpp"
#include "core/upsert/planner.hpp"
#include "core/upsert/uniqueness.hpp"
#include "unit/steps.hpp"

namespace product_upsert {
namespace {

class FeedBatchTest : public testing::Test {
 protected:
  MemoryCatalogue products;
  Steps steps{products, "catalog"};
  Ledger ledger;
  std::unique_ptr<Collisions> collisions;
  std::unique_ptr<FeedBatch> feed;

  // The documents of a batch that has `before` others in front of it, planned.
  BatchState& plan(std::string_view json, std::uint64_t before) {
    BatchState& state = steps.read(json);
    state.batch.before = before;
    collisions = std::make_unique<Collisions>(state);
    feed = std::make_unique<FeedBatch>(state, ledger, *collisions);
    Matcher matcher(state, &feed->collisions);
    matcher.look_up(steps.group());
    for (const std::uint32_t i : steps.group().items) matcher.choose(i);
    Planner(state).plan(steps.group().items);
    state.dependencies.begin(steps.group().items);
    return state;
  }
};

TEST_F(FeedBatchTest, vending_32_a_product_of_an_earlier_batch_is_a_collision) {
  const auto id = products.put(1, R"({"external_id": "a", "name": "n"})");
  ledger.note_product(1, id, {3, false});
  BatchState& state = plan(R"([{"external_id": "a", "name": "m"}])", 5);
  Uniqueness(state, *collisions, feed.get()).find_collisions(steps.group());
  EXPECT_EQ(steps.call.codes(), "collision external_id");
  EXPECT_NE(steps.call.errors().find("document 3"), std::string::npos) << steps.call.errors();
}

TEST_F(FeedBatchTest, fine_point_f_under_skip_the_earlier_document_has_to_be_told_too) {
  const auto id = products.put(1, R"({"external_id": "a", "name": "n"})");
  ledger.note_product(1, id, {3, false});
  steps.call.skip();
  plan(R"([{"external_id": "a", "name": "m"}])", 5);
  EXPECT_THROW(feed->collisions.find_earlier(steps.group()), Ledger::AcrossBatches);
}

TEST_F(FeedBatchTest, a_survey_notes_who_wants_the_same) {
  ledger.start_survey();
  for (const std::uint64_t before : {0, 1}) {
    plan(R"([{"external_id": "a", "name": "m"}])", before);
    feed->collisions.survey(steps.group());
    feed->links.note_links();
  }
  ledger.settle();
  plan(R"([{"external_id": "a", "name": "m"}])", 0);
  feed->collisions.tell_surveyed(steps.group());
  EXPECT_EQ(steps.call.codes(), "collision external_id");
}

TEST_F(FeedBatchTest, fine_point_g_who_takes_a_free_id_comes_after_who_says_it_of_another_product) {
  products.put(1, R"({"external_id": "a", "name": "n"})");
  ledger.start_survey();
  plan(R"([{"id": 77, "external_id": "b", "name": "m"}])", 0);
  feed->collisions.survey(steps.group());
  plan(R"([{"id": 77, "external_id": "a", "name": "m"}])", 1);
  feed->collisions.survey(steps.group());
  EXPECT_EQ(ledger.settle(), (std::vector<std::vector<std::uint64_t>>{{2}}));
  EXPECT_TRUE(ledger.collisions_of(1).empty());
  EXPECT_TRUE(ledger.collisions_of(2).empty());
}

TEST_F(FeedBatchTest, a_document_that_wants_what_a_later_batch_may_give_up_waits) {
  const auto holder = products.put(1, R"({"external_id": "a", "reference": "r", "name": "n"})");
  products.put(1, R"({"external_id": "b", "name": "n"})");
  steps.call.skip();
  ledger.expect_more(true);
  BatchState& state = plan(R"([{"external_id": "b", "description": "d"}])", 0);
  feed->links.count_on(0, holder, Ledger::wants_key, [](const Ledger::Document&) { return false; });
  EXPECT_TRUE(ledger.is_waiting(1));
  EXPECT_EQ(ledger.awaited(1, holder), Ledger::wants_key);
  feed->links.note_links();
  // A later document changes that product's reference.
  plan(R"([{"external_id": "a", "reference": "s"}])", 1);
  EXPECT_TRUE(feed->links.is_awaited(0));
  plan(R"([{"external_id": "a", "description": "s"}])", 1);
  EXPECT_FALSE(feed->links.is_awaited(0));
  (void)state;
}

}  // namespace
}  // namespace product_upsert
