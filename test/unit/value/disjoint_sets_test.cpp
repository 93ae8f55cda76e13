#include "core/value/disjoint_sets.hpp"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace product_upsert {
namespace {

TEST(DisjointSetsTest, begins_with_each_number_alone) {
  DisjointSets sets(3);
  for (std::uint32_t n = 0; n < 3; ++n) EXPECT_EQ(sets.first_of(n), n);
  sets.grow(5);
  sets.grow(4);
  EXPECT_EQ(sets.size(), 5U);
  EXPECT_EQ(sets.first_of(4), 4U);
}

TEST(DisjointSetsTest, is_identified_by_the_smallest_number) {
  DisjointSets sets(6);
  sets.unite(5, 3);
  sets.unite(3, 3);
  sets.unite(4, 5);
  sets.unite(1, 4);
  for (const std::uint32_t n : {1U, 3U, 4U, 5U}) EXPECT_EQ(sets.first_of(n), 1U);
  EXPECT_EQ(sets.first_of(0), 0U);
  EXPECT_EQ(sets.first_of(2), 2U);
}

TEST(DisjointSetsTest, is_what_naming_every_member_anew_gives) {
  std::mt19937 random(1);
  constexpr std::uint32_t kNumbers = 60;
  for (int run = 0; run < 50; ++run) {
    DisjointSets sets(kNumbers);
    std::vector<std::uint32_t> name(kNumbers);
    for (std::uint32_t n = 0; n < kNumbers; ++n) name[n] = n;
    for (int step = 0; step < 40; ++step) {
      const auto a = static_cast<std::uint32_t>(random() % kNumbers);
      const auto b = static_cast<std::uint32_t>(random() % kNumbers);
      sets.unite(a, b);
      const std::uint32_t first = std::min(name[a], name[b]);
      const std::uint32_t second = std::max(name[a], name[b]);
      for (std::uint32_t& each : name) {
        if (each == second) each = first;
      }
    }
    for (std::uint32_t n = 0; n < kNumbers; ++n) EXPECT_EQ(sets.first_of(n), name[n]);
  }
}

}  // namespace
}  // namespace product_upsert
