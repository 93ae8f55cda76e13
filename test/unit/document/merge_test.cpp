// What a document makes of what is stored: src/core/document/merge.cpp, and apply_action.cpp.
#include "core/document/merge.hpp"

#include <gtest/gtest.h>

#include "unit/call.hpp"
#include "unit/source_files.hpp"

namespace product_upsert {
namespace {

class MergeTest : public testing::Test {
 protected:
  MemoryCatalogue products;
  Call catalog{products, "catalog"};

  // Stores the one column, upserts the document, tells what the column holds then.
  std::string after(const char* column, const char* stored, const std::string& given,
                    const char* action) {
    products.clear();
    const auto id = products.put(
        1, std::string(R"({"external_id": "e", "name": "n", ")") + column + "\": " + stored + "}");
    catalog.options.actions.clear();
    if (*action != 0) catalog.actions(std::string("{\"") + column + "\": \"" + action + "\"}");
    catalog.one(R"({"external_id": "e")" +
                (given.empty() ? "" : std::string(", \"") + column + "\": " + given) + "}");
    return catalog.status() + " " + products.at(1, id, *find_column(column));
  }
};

TEST_F(MergeTest, c1_absent_keeps_null_clears_a_list_replaces) {
  EXPECT_EQ(after("description", R"("d")", "", ""), R"(unchanged "d")");
  EXPECT_EQ(after("description", R"("d")", "null", ""), "updated null");
  EXPECT_EQ(after("description", R"("d")", R"("e")", ""), R"(updated "e")");
  EXPECT_EQ(after("tags", R"(["a", "b"])", R"(["c"])", ""), R"(updated ["c"])");
  EXPECT_EQ(after("tags", R"(["a", "b"])", R"(["a", "b"])", ""), R"(unchanged ["a","b"])");
  EXPECT_EQ(after("tags", R"(["a", "b"])", R"(["b", "a"])", ""), R"(updated ["b","a"])");
  EXPECT_EQ(after("tags", R"(["a"])", "[]", ""), "updated []");
}

TEST_F(MergeTest, billing_16_ignore_keeps_what_is_stored) {
  EXPECT_EQ(after("description", R"("d")", R"("e")", "IGNORE"), R"(unchanged "d")");
  EXPECT_EQ(after("description", R"("d")", "null", "IGNORE"), R"(unchanged "d")");
}

TEST_F(MergeTest, billing_16_clear_empties_said_or_not) {
  EXPECT_EQ(after("description", R"("d")", R"("e")", "CLEAR"), "updated null");
  EXPECT_EQ(after("description", R"("d")", "", "CLEAR"), "updated null");
  EXPECT_EQ(after("description", "null", R"("e")", "CLEAR"), "unchanged null");
  EXPECT_EQ(after("tags", R"(["a"])", "", "CLEAR"), "updated null");
}

TEST_F(MergeTest, billing_16_append_makes_no_duplicates) {
  EXPECT_EQ(after("tags", R"(["a", "b"])", R"(["b", "c", "c"])", "APPEND"),
            R"(updated ["a","b","c"])");
  EXPECT_EQ(after("tags", R"(["a"])", R"(["a"])", "APPEND"), R"(unchanged ["a"])");
  EXPECT_EQ(after("tags", "null", R"(["a"])", "APPEND"), R"(updated ["a"])");
  EXPECT_EQ(after("tags", R"(["a"])", "null", "APPEND"), R"(unchanged ["a"])");
  EXPECT_EQ(after("tags", R"(["a"])", "", "APPEND"), R"(unchanged ["a"])");
  EXPECT_EQ(after("images", R"([{"u": 1}])", R"([{"u": 1}, {"u": 1.0}])", "APPEND"),
            R"(unchanged [{"u":1}])");
}

TEST_F(MergeTest, billing_16_remove_takes_out_what_is_named) {
  EXPECT_EQ(after("tags", R"(["a", "b", "a"])", R"(["a", "x"])", "REMOVE"), R"(updated ["b"])");
  EXPECT_EQ(after("tags", R"(["a"])", R"(["x"])", "REMOVE"), R"(unchanged ["a"])");
  EXPECT_EQ(after("tags", "null", R"(["x"])", "REMOVE"), "unchanged null");
  EXPECT_EQ(after("tags", R"(["a"])", R"(["a"])", "REMOVE"), "updated []");
}

TEST_F(MergeTest, billing_16_replace_is_what_is_done_anyway) {
  EXPECT_EQ(after("tags", R"(["a"])", R"(["b"])", "REPLACE"), R"(updated ["b"])");
}

TEST_F(MergeTest, billing_16_ignore_on_creation_leaves_it_out) {
  catalog.actions(
      R"({"description": "IGNORE", "cost": "CLEAR", "tags": "APPEND", "systems": "REMOVE"})");
  catalog.one(
      R"({"external_id": "e", "name": "n", "description": "d", "cost": 5, "tags": ["a", "a"], "systems": ["b"]})");
  EXPECT_EQ(catalog.status(), "created");
  EXPECT_EQ(products.at(1, catalog.id(), Column::description), "null");
  EXPECT_EQ(products.at(1, catalog.id(), Column::cost), "null");
  EXPECT_EQ(products.at(1, catalog.id(), Column::tags), R"(["a"])");
}

TEST_F(MergeTest, billing_16_what_is_required_to_create_cannot_be_ignored) {
  catalog.actions(R"({"name": "IGNORE"})");
  EXPECT_EQ(catalog.refused_one(R"({"external_id": "e", "name": "n"})"), "required name");
}

TEST_F(MergeTest, fine_point_i_a_number_of_another_scale_is_no_change) {
  EXPECT_EQ(after("price", "1.0", "1.00", ""), "unchanged 1.0");
  EXPECT_EQ(after("custom_data", R"({"a":[1.0]})", R"({"a":[1.00]})", ""),
            R"(unchanged {"a":[1.0]})");
  EXPECT_EQ(after("price", "1.00", "1.00", ""), "unchanged 1.00");
  EXPECT_EQ(after("price", "1.00", "100e-2", ""), "unchanged 1.00");
  const std::string digits(400, '7');
  EXPECT_EQ(after("price", "1", "0." + digits, ""), "updated 0." + digits);
}

TEST_F(MergeTest, members_of_a_column_are_laid_over_what_is_stored) {
  Call vending(products, "vending");
  vending.one(
      R"({"manufacturer": "M", "brand": "B", "name": "N", "customField1": "a", "customField2": "b"})");
  const auto id = vending.id();
  products.change(1, id,
                  R"({"custom_fields": {"customField1": "a", "customField2": "b", "theirs": 1}})");
  vending.one(
      R"({"manufacturer": "M", "brand": "B", "name": "N", "customField2": null, "customField10": "c"})");
  EXPECT_EQ(vending.changed(), "customField2 customField10");
  EXPECT_EQ(products.at(1, id, Column::custom_fields),
            R"({"theirs":1,"customField1":"a","customField10":"c"})");
  vending.one(
      R"({"manufacturer": "M", "brand": "B", "name": "N", "customField2": null, "customField10": "c"})");
  EXPECT_EQ(vending.status(), "unchanged");
}

TEST_F(MergeTest, members_of_two_columns_do_not_mix) {
  const auto profile = compile("test", R"({"identity": ["external_id"], "fields": {
      "ext": {"type": "text", "column": "external_id"},
      "color": {"type": "text", "column": "meta", "member": "color"},
      "note": {"type": "text", "column": "custom_data", "member": "note"}}})");
  Call call(products, profile);
  call.one(R"({"ext": "e", "color": "red", "note": "n"})");
  EXPECT_EQ(products.at(1, call.id(), Column::meta), R"({"color":"red"})");
  EXPECT_EQ(products.at(1, call.id(), Column::custom_data), R"({"note":"n"})");
  call.one(R"({"ext": "e", "note": "o"})");
  EXPECT_EQ(call.changed(), "note");
  EXPECT_EQ(products.at(1, call.id(), Column::meta), R"({"color":"red"})");
}

TEST_F(MergeTest, documents_of_other_fields_in_one_batch_keep_what_they_do_not_say) {
  const auto a = products.put(1, R"({"external_id": "a", "cost": 1, "price": 1, "name": "n"})");
  const auto b = products.put(1, R"({"external_id": "b", "cost": 2, "price": 2, "name": "n"})");
  catalog.many(R"([{"external_id": "a", "cost": 10}, {"external_id": "b", "price": 20}])");
  EXPECT_EQ(products.at(1, a, Column::cost) + products.at(1, a, Column::price), "101");
  EXPECT_EQ(products.at(1, b, Column::cost) + products.at(1, b, Column::price), "220");
}

TEST_F(MergeTest, unknown_fields_that_are_kept_live_in_meta) {
  const auto profile = compile("test", R"({"identity": ["external_id"], "unknown_fields": "keep",
      "fields": {"external_id": {"type": "text"}, "m": {"type": "text", "column": "meta", "member": "m"}}})");
  Call call(products, profile);
  call.one(R"({"external_id": "e", "x": 1.0, "y": [1], "m": "v"})");
  EXPECT_EQ(products.at(1, call.id(), Column::meta), R"({"m":"v","x":1.0,"y":[1]})");
  call.one(R"({"external_id": "e", "x": 1.0, "m": "v"})");
  EXPECT_EQ(call.status(), "unchanged");
  call.one(R"({"external_id": "e", "x": null, "z": "new"})");
  EXPECT_EQ(call.changed(), "(unknown)");
  EXPECT_EQ(products.at(1, call.id(), Column::meta), R"({"m":"v","y":[1],"z":"new"})");
}

}  // namespace
}  // namespace product_upsert
