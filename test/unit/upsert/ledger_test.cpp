#include "core/upsert/ledger.hpp"

#include <gtest/gtest.h>

#include "core/value/failure.hpp"

namespace product_upsert {
namespace {

class LedgerTest : public ::testing::Test {
 protected:
  Key key(std::int64_t value) {
    auto values = arena_.array<Value>(1);
    values[0] = Value::integer(value);
    return Key{values, hash_key(values[0]), true};
  }
  Arena arena_;
  Ledger ledger_;
};

TEST_F(LedgerTest, knows_the_first_document_of_each_product_of_each_organization) {
  for (std::uint64_t p = 1; p <= 100000; ++p)
    ledger_.note_product(1 + static_cast<std::int64_t>(p % 2), static_cast<std::int64_t>(p * 7),
                         {p, p % 3 == 0});
  for (std::uint64_t p = 1; p <= 100000; ++p) {
    const auto organization = 1 + static_cast<std::int64_t>(p % 2);
    const auto found = ledger_.product(organization, static_cast<std::int64_t>(p * 7));
    ASSERT_TRUE(found);
    EXPECT_EQ(found->position, p);
    EXPECT_EQ(found->created, p % 3 == 0);
    EXPECT_FALSE(ledger_.product(3 - organization, static_cast<std::int64_t>(p * 7)));
  }
  EXPECT_EQ(ledger_.note_product(1, 14, {200000, true}), 2U);
  EXPECT_FALSE(ledger_.product(1, 14)->created);
}

TEST_F(LedgerTest, knows_keys_by_organization_and_rule) {
  EXPECT_EQ(ledger_.note_key(1, 0, key(5), 3), 3U);
  EXPECT_EQ(ledger_.note_key(1, 0, key(5), 4), 3U);
  EXPECT_EQ(ledger_.key(1, 0, key(5)), 3U);
  EXPECT_EQ(ledger_.key(1, 1, key(5)), 0U);
  EXPECT_EQ(ledger_.key(2, 0, key(5)), 0U);
  EXPECT_EQ(ledger_.key(1, 0, key(6)), 0U);
  ledger_.note_released(1, 0, key(5), 77);
  EXPECT_EQ(ledger_.released(1, 0, key(5)), 77);
  EXPECT_EQ(ledger_.released(1, 1, key(5)), 0);
}

TEST_F(LedgerTest, vending_32_collisions_of_a_survey_outlive_it_in_the_order_of_the_rules) {
  ledger_.start_survey();
  EXPECT_EQ(ledger_.pass(), Ledger::Pass::survey);
  ledger_.note_product(1, 9, {2, false});
  ledger_.collide(4, 2, 30000);
  ledger_.collide(Ledger::kNoRule, 2, 20000);
  ledger_.collide(Ledger::kNoRule, 2, 40000);
  ledger_.settle();
  EXPECT_EQ(ledger_.pass(), Ledger::Pass::settled);
  EXPECT_FALSE(ledger_.product(1, 9));

  const auto of_first = ledger_.collisions_of(2);
  ASSERT_EQ(of_first.size(), 2U);
  EXPECT_EQ(of_first[0]->rule, Ledger::kNoRule);
  EXPECT_EQ(of_first[0]->positions, (std::vector<std::uint64_t>{2, 20000, 40000}));
  EXPECT_EQ(of_first[1]->positions, (std::vector<std::uint64_t>{2, 30000}));
  EXPECT_EQ(ledger_.collisions_of(40000).size(), 1U);
  EXPECT_TRUE(ledger_.collisions_of(3).empty());
}

TEST_F(LedgerTest, refuses_more_documents_than_it_can_count) {
  EXPECT_THROW(ledger_.note_product(1, 1, {std::uint64_t{1} << 31U, false}), Refusal);
}

}  // namespace
}  // namespace product_upsert
