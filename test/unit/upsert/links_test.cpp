#include "core/upsert/links.hpp"

#include <gtest/gtest.h>

namespace product_upsert {
namespace {

using Sets = std::vector<std::vector<std::uint64_t>>;

Sets sets(std::initializer_list<std::pair<std::uint64_t, std::uint64_t>> edges) {
  Links links;
  for (const auto& [item, on] : edges) links.add(item, on);
  return links.sets();
}

TEST(LinksTest, who_counts_on_an_earlier_document_needs_nothing) {
  EXPECT_EQ(sets({}), Sets());
  EXPECT_EQ(sets({{20000, 3}, {20001, 3}, {7, 7}}), Sets());
}

TEST(LinksTest, a_later_document_that_others_count_on_comes_first_alone) {
  EXPECT_EQ(sets({{1, 20000}, {2, 20000}, {30000, 20000}}), Sets({{20000}}));
}

TEST(LinksTest, what_comes_first_brings_what_it_counts_on) {
  EXPECT_EQ(sets({{1, 20000}, {20000, 5}, {5, 3}, {6, 3}}), Sets({{3, 5, 20000}}));
}

TEST(LinksTest, a_swap_is_one_set) {
  EXPECT_EQ(sets({{1, 20000}, {20000, 1}, {2, 9}, {9, 2}}), Sets({{1, 20000}, {2, 9}}));
}

TEST(LinksTest, a_circle_of_any_length_is_one_set) {
  Links links;
  for (std::uint64_t p = 1; p <= 100000; ++p) links.add(p, p % 100000 + 1);
  const auto all = links.sets();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all.front().size(), 100000U);
  EXPECT_EQ(all.front().front(), 1U);
}

}  // namespace
}  // namespace product_upsert
