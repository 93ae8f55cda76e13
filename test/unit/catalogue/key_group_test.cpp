#include "core/catalogue/key_group.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace product_upsert {
namespace {

TEST(KeyGroupTest, keys_of_one_pattern_of_nulls_stand_together_however_many_columns_they_have) {
  const std::vector<Column> columns(70, Column::name);
  std::vector<std::vector<Value>> values(4, std::vector<Value>(70, Value::integer(1)));
  values[1][66] = values[3][66] = Value::null();
  values[2][2] = Value::null();  // 2 and 66 are the same bit of a word
  KeyGroups keys;
  for (std::uint32_t i = 0; i < 4; ++i) keys.add(i, 300, columns, Key{values[i], i, true});
  keys.add(4, 2, std::span(columns).first(1), Key{std::span(values[0]).first(1), 9, true});
  const auto groups = keys.take();
  ASSERT_EQ(groups.size(), 4U);
  EXPECT_EQ(groups[0].rule, 2);
  EXPECT_EQ(groups[0].items, std::vector<std::uint32_t>{4});
  EXPECT_EQ(groups[1].items, std::vector<std::uint32_t>{0});
  EXPECT_EQ(groups[2].items, (std::vector<std::uint32_t>{1, 3}));
  EXPECT_TRUE(groups[2].is_null(66));
  EXPECT_FALSE(groups[2].is_null(2));
  EXPECT_EQ(groups[3].items, std::vector<std::uint32_t>{2});
  EXPECT_EQ(groups[2].hashes, (std::vector<std::uint64_t>{1, 3}));
  EXPECT_TRUE(keys.take().empty());
}

}  // namespace
}  // namespace product_upsert
