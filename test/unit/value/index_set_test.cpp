#include "core/value/index_set.hpp"

#include <gtest/gtest.h>

#include <random>
#include <set>
#include <vector>

namespace product_upsert {
namespace {

std::vector<std::size_t> listed(const IndexSet& set) {
  std::vector<std::size_t> all;
  set.each([&](std::size_t n) { all.push_back(n); });
  return all;
}

TEST(IndexSetTest, has_no_end) {
  IndexSet set;
  EXPECT_TRUE(set.empty());
  for (std::size_t n : {1600, 0, 64, 63, 65, 127, 128}) set.add(n);
  EXPECT_EQ(listed(set), (std::vector<std::size_t>{0, 63, 64, 65, 127, 128, 1600}));
  EXPECT_EQ(set.size(), 7U);
  EXPECT_FALSE(set.has(100'000));
  EXPECT_EQ(set.rank(100'000), 7U);
}

TEST(IndexSetTest, is_equal_whatever_was_taken_out) {
  IndexSet a;
  a.add(3);
  IndexSet b = a;
  b.add(400);
  b.add(70);
  EXPECT_NE(a, b);
  IndexSet c = b;
  b.remove(400);
  b.remove(70);
  b.remove(71);
  EXPECT_EQ(a, b);
  EXPECT_EQ(c.size(), 3U);
  a.add(c);
  EXPECT_EQ(a, c);
}

TEST(IndexSetTest, agrees_with_an_ordinary_set) {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    std::set<std::size_t> expected;
    IndexSet set;
    for (int step = 0; step < 60; ++step) {
      const std::size_t n = random() % 300;
      if (random() % 3 == 0) {
        expected.erase(n);
        set.remove(n);
      } else {
        expected.insert(n);
        set.add(n);
      }
    }
    ASSERT_EQ(listed(set), std::vector<std::size_t>(expected.begin(), expected.end()));
    ASSERT_EQ(set.size(), expected.size());
    for (std::size_t n = 0; n < 400; ++n) {
      ASSERT_EQ(set.has(n), expected.contains(n));
      const auto before = std::distance(expected.begin(), expected.lower_bound(n));
      ASSERT_EQ(set.rank(n), static_cast<std::size_t>(before));
    }
    IndexSet copy;
    copy = set;
    ASSERT_EQ(copy, set);
  }
}

}  // namespace
}  // namespace product_upsert
