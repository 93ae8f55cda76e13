// What the writer sends, and in which order, by itself.
#include "core/upsert/writer.hpp"

#include <gtest/gtest.h>

#include "unit/steps.hpp"

namespace product_upsert {
namespace {

class WriterTest : public testing::Test {
 protected:
  MemoryCatalogue products;
  Steps steps{products, "catalog"};

  Writer::Result write(BatchState& state, Writer::Manner manner = {}) {
    return Writer(state).write(1, steps.group().items, manner);
  }
  static std::uint16_t rule(const BatchState& state, std::string_view name) {
    std::uint16_t found = 0;
    while (state.rules.rules[found].name != name) ++found;
    return found;
  }
  // Grows with each row that is written.
  std::uint64_t written_at(std::int64_t id) const { return products.get(1, id)->tid; }
};

TEST_F(WriterTest, new_products_are_inserted_in_the_order_of_their_keys) {
  BatchState& state = steps.plan(
      R"([{"external_id": "c", "name": "n"}, {"external_id": "a", "name": "n"}, {"external_id": "b", "name": "n"}])");
  EXPECT_TRUE(write(state).lost.empty());
  EXPECT_EQ(steps.call.statuses(), "created created created");
  EXPECT_LT(written_at(steps.call.id(1)), written_at(steps.call.id(2)));
  EXPECT_LT(written_at(steps.call.id(2)), written_at(steps.call.id(0)));
  EXPECT_EQ(products.calls.insert_missing, 1);
}

TEST_F(WriterTest, products_are_updated_in_the_order_of_their_ids) {
  const std::int64_t first = products.put(1, R"({"external_id": "a", "name": "n"})");
  const std::int64_t second = products.put(1, R"({"external_id": "b", "name": "n"})");
  BatchState& state =
      steps.plan(R"([{"external_id": "b", "name": "m"}, {"external_id": "a", "name": "m"}])");
  EXPECT_TRUE(write(state).lost.empty());
  EXPECT_EQ(steps.call.statuses(), "updated updated");
  EXPECT_LT(written_at(first), written_at(second));
  EXPECT_EQ(products.get(1, first)->version, 2);
  EXPECT_EQ(products.calls.update, 1);
}

TEST_F(WriterTest, a_product_that_takes_a_key_is_written_after_the_one_that_gives_it_up) {
  const std::int64_t taker = products.put(1, R"({"external_id": "a", "name": "n"})");
  const std::int64_t giver =
      products.put(1, R"({"external_id": "b", "reference": "r", "name": "n"})");
  BatchState& state = steps.plan(
      R"([{"external_id": "a", "reference": "r"}, {"external_id": "b", "reference": "s"}])");
  state.moves.push_back({0, 1, rule(state, "reference")});
  EXPECT_TRUE(write(state).lost.empty());
  EXPECT_LT(written_at(giver), written_at(taker));
  EXPECT_EQ(products.at(1, taker, Column::reference), "\"r\"");
  EXPECT_EQ(products.calls.release, 0);
}

TEST_F(WriterTest, products_that_swap_a_key_release_it_first) {
  const std::int64_t a = products.put(1, R"({"external_id": "a", "reference": "r", "name": "n"})");
  const std::int64_t b = products.put(1, R"({"external_id": "b", "reference": "s", "name": "n"})");
  BatchState& state = steps.plan(
      R"([{"external_id": "a", "reference": "s"}, {"external_id": "b", "reference": "r"}])");
  state.moves.push_back({0, 1, rule(state, "reference")});
  state.moves.push_back({1, 0, rule(state, "reference")});
  EXPECT_TRUE(write(state).lost.empty());
  EXPECT_EQ(products.at(1, a, Column::reference), "\"s\"");
  EXPECT_EQ(products.at(1, b, Column::reference), "\"r\"");
  EXPECT_EQ(products.calls.release, 1);
  EXPECT_EQ(products.get(1, a)->version, 2);
}

TEST_F(WriterTest, a_product_that_another_writer_has_changed_is_lost_and_stays_pending) {
  const std::int64_t id = products.put(1, R"({"external_id": "a", "name": "n"})");
  BatchState& state =
      steps.plan(R"([{"external_id": "a", "name": "m"}, {"external_id": "b", "name": "n"}])");
  products.before_write = [&] { products.change(1, id, R"({"name": "theirs"})"); };
  const Writer::Result result = write(state);
  EXPECT_EQ(result.lost, Items{0});
  EXPECT_EQ(steps.call.statuses(), "pending pending");
  EXPECT_EQ(products.at(1, id, Column::name), "\"theirs\"");
  EXPECT_EQ(products.calls.insert_missing, 0);
}

TEST_F(WriterTest, what_is_lost_need_not_stop_the_rest) {
  const std::int64_t id = products.put(1, R"({"external_id": "a", "name": "n"})");
  BatchState& state =
      steps.plan(R"([{"external_id": "a", "name": "m"}, {"external_id": "b", "name": "n"}])");
  products.before_write = [&] { products.change(1, id, R"({"name": "theirs"})"); };
  Writer::Manner manner;
  manner.stops_at_loss = false;
  const Writer::Result result = write(state, manner);
  EXPECT_EQ(result.lost, Items{0});
  EXPECT_EQ(steps.call.statuses(), "pending created");
}

TEST_F(WriterTest, a_taken_key_loses_the_new_product_or_is_an_error_as_its_caller_wants) {
  BatchState& state = steps.plan(R"([{"external_id": "a", "name": "n"}])");
  products.put(1, R"({"external_id": "a", "name": "theirs"})");
  EXPECT_EQ(write(state).lost, Items{0});
  Writer::Manner manner;
  manner.fails_at_one = true;
  EXPECT_THROW(write(state, manner), UniqueViolation);
  EXPECT_EQ(steps.call.statuses(), "pending");
}

}  // namespace
}  // namespace product_upsert
