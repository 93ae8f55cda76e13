#include "core/catalogue/column.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace product_upsert {
namespace {

TEST(ColumnTest, every_column_is_found_by_its_name) {
  for (std::size_t i = 0; i < kColumns; ++i) {
    EXPECT_EQ(find_column(kColumnInfo[i].name), static_cast<Column>(i)) << kColumnInfo[i].name;
    EXPECT_FALSE(sql_name(kColumnInfo[i].type).empty());
  }
  EXPECT_FALSE(find_column("organization_id"));
  EXPECT_FALSE(find_column(""));
  EXPECT_FALSE(find_column("Name"));
}

TEST(ColumnTest, names_and_enumerators_agree) {
  EXPECT_EQ(info(Column::id).name, "id");
  EXPECT_EQ(info(Column::size_unit).name, "size_unit");
  EXPECT_EQ(info(Column::custom_fields).name, "custom_fields");
  EXPECT_EQ(info(Column::updated_at).name, "updated_at");
  EXPECT_EQ(info(Column::size).type, ColumnType::numeric);
  EXPECT_EQ(info(Column::tags).type, ColumnType::text_array);
  EXPECT_EQ(sql_name(ColumnType::text_array), "text[]");
  EXPECT_EQ(sql_name(ColumnType::timestamptz), "timestamptz");
}

TEST(ColumnTest, a_set_lists_its_columns_in_order) {
  ColumnSet set{Column::updated_at, Column::name, Column::id};
  EXPECT_EQ(set.size(), 3U);
  EXPECT_TRUE(set.has(Column::name));
  EXPECT_FALSE(set.has(Column::size));
  EXPECT_EQ(set.index(Column::id), 0U);
  EXPECT_EQ(set.index(Column::name), 1U);
  EXPECT_EQ(set.index(Column::updated_at), 2U);
  std::vector<Column> listed;
  set.each([&](Column c) { listed.push_back(c); });
  EXPECT_EQ(listed, (std::vector{Column::id, Column::name, Column::updated_at}));
  set.remove(Column::name);
  set.add(ColumnSet{Column::size});
  EXPECT_EQ(set, (ColumnSet{Column::id, Column::size, Column::updated_at}));
  EXPECT_TRUE(ColumnSet().empty());
}

}  // namespace
}  // namespace product_upsert
