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

TEST_F(FeedBatchTest, a_key_of_a_product_that_an_earlier_batch_made_is_a_collision) {
  steps.call.options.identifier = "external_id";
  products.put(1, R"({"external_id": "a", "handle": "1", "name": "n"})");
  const auto there = products.put(1, R"({"external_id": "b", "handle": "2", "name": "n"})");
  const auto made = products.put(1, R"({"external_id": "c", "handle": "3", "name": "n"})");
  ledger.note_product(1, there, {3, false});  // and had its key before
  ledger.note_product(1, made, {4, true});
  BatchState& state = plan(R"([{"external_id": "x", "handle": "1", "name": "m"},
                               {"external_id": "y", "handle": "2", "name": "m"},
                               {"external_id": "z", "handle": "3", "name": "m"}])",
                           5);
  Uniqueness(state, *collisions, feed.get()).check_taken(steps.group());
  EXPECT_EQ(steps.call.codes(0), "taken handle");
  EXPECT_EQ(steps.call.codes(1), "taken handle");
  EXPECT_EQ(steps.call.codes(2), "collision handle");
  EXPECT_NE(steps.call.errors(2).find("wants the same handle as document 4"), std::string::npos)
      << steps.call.errors(2);
}

// As in one batch, in which the first document would be the product of the second.
TEST_F(FeedBatchTest, a_key_that_an_earlier_batch_released_is_a_collision) {
  const auto a = products.put(1, R"({"external_id": "a", "handle": "h", "name": "n"})");
  BatchState& first = plan(R"([{"external_id": "a", "handle": "i"}])", 0);
  first.batch.items[0].status = Status::updated;
  feed->note_batch(first);
  products.change(1, a, R"({"handle": "i"})");
  BatchState& next = plan(R"([{"handle": "h", "name": "m"}, {"handle": "j", "name": "m"}])", 1);
  Uniqueness(next, *collisions, feed.get()).find_collisions(steps.group());
  EXPECT_EQ(steps.call.codes(0), "collision handle");
  EXPECT_NE(steps.call.errors(0).find("document 1"), std::string::npos) << steps.call.errors(0);
  EXPECT_EQ(steps.call.codes(1), "");
  // One that another rule finds names two products.
  products.put(1, R"({"external_id": "b", "name": "n"})");
  BatchState& other = plan(R"([{"external_id": "b", "handle": "h"}])", 1);
  Uniqueness unique(other, *collisions, feed.get());
  unique.check_taken(steps.group());
  EXPECT_EQ(steps.call.codes(0), "collision handle");
  EXPECT_NE(steps.call.errors(0).find("names product " + std::to_string(a) + " by handle"),
            std::string::npos)
      << steps.call.errors(0);
}

TEST_F(FeedBatchTest, a_key_that_an_earlier_batch_wrote_is_a_collision) {
  const auto a = products.put(1, R"({"external_id": "a", "name": "n"})");
  BatchState& first = plan(R"([{"external_id": "a", "handle": "i"}])", 0);
  first.batch.items[0].status = Status::updated;
  feed->note_batch(first);
  products.change(1, a, R"({"handle": "x"})");  // by another writer, before the next batch
  BatchState& next = plan(R"([{"handle": "i", "name": "m"}])", 1);
  Uniqueness(next, *collisions, feed.get()).find_collisions(steps.group());
  EXPECT_EQ(steps.call.codes(0), "collision handle");
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
