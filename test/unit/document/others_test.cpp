#include "core/document/others.hpp"

#include <gtest/gtest.h>

#include <numeric>

namespace product_upsert {
namespace {

TEST(OthersTest, fine_point_f_the_first_ten_others_and_how_many_there_are) {
  std::vector<std::uint64_t> positions(13);
  std::iota(positions.begin(), positions.end(), 1U);
  const Others first = name_others(positions, 1);
  EXPECT_EQ(first.words, "documents 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, ... and 2 more");
  EXPECT_EQ(first.details.at(0).second, "[1,2,3,4,5,6,7,8,9,10,11]");
  EXPECT_EQ(first.details.at(1), (std::pair<std::string, std::string>("others", "12")));
  const Others last = name_others(positions, 13);
  EXPECT_EQ(last.words, "documents 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, ... and 2 more");
  EXPECT_EQ(last.details.at(0).second, "[1,2,3,4,5,6,7,8,9,10,13]");
}

TEST(OthersTest, all_are_named_where_they_are_few) {
  const std::uint64_t two[] = {4, 9};
  EXPECT_EQ(name_others(two, 4).words, "document 9");
  EXPECT_EQ(name_others(two, 9).details.size(), 1U);
}

}  // namespace
}  // namespace product_upsert
