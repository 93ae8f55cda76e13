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

TEST_F(MergeTest, billing_16_clear_of_what_is_empty_is_no_change) {
  EXPECT_EQ(after("description", "null", "", "CLEAR"), "unchanged null");
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

TEST_F(MergeTest, unknown_fields_that_are_kept_live_in_meta_alone) {
  Call call(products, compile("test", R"({"identity": ["external_id"], "unknown_fields": "keep",
      "fields": {"external_id": {"type": "text"},
      "color": {"type": "text", "column": "custom_data", "member": "color"}}})"));
  call.one(R"({"external_id": "e", "color": "red", "x": 1})");
  EXPECT_EQ(products.at(1, call.id(), Column::custom_data), R"({"color":"red"})");
  EXPECT_EQ(products.at(1, call.id(), Column::meta), R"({"x":1})");
}

TEST_F(MergeTest, unknown_fields_that_are_kept_never_overwrite_a_field) {
  const auto profile = compile("test", R"({"identity": ["external_id"], "unknown_fields": "keep",
      "judged_by": "at", "fields": {"external_id": {"type": "text"},
      "at": {"type": "timestamp", "column": "meta", "member": "changed_at", "hidden": true}}})");
  Call call(products, profile);
  call.one(R"({"external_id": "e", "at": "2026-03-01T10:00:00Z", "x": 1})");
  EXPECT_EQ(call.refused_one(R"({"external_id": "e", "changed_at": "whenever"})"),
            "unknown_field changed_at");
  EXPECT_EQ(products.at(1, call.id(), Column::meta),
            R"({"x":1,"changed_at":"2026-03-01T10:00:00Z"})");
}

TEST_F(MergeTest, billing_16_a_list_that_is_null_when_empty_is_null_when_all_is_removed) {
  const auto profile = compile("test", R"({"identity": ["external_id"], "fields": {
      "external_id": {"type": "text"},
      "tags": {"type": "texts", "empty_list": "null", "min_length": 1, "action": "REMOVE"}}})");
  const auto id = products.put(1, R"({"external_id": "e", "tags": ["a", "b"]})");
  Call call(products, profile);
  call.actions("{}");  // the profile's
  call.one(R"({"external_id": "e", "tags": ["b", "a"]})");
  EXPECT_EQ(call.status(), "updated");
  EXPECT_EQ(products.at(1, id, Column::tags), "null");
  call.actions(R"({"tags": "REPLACE"})").one(R"({"external_id": "e", "tags": []})");
  EXPECT_EQ(call.status(), "unchanged");
}

TEST_F(MergeTest, a_list_of_a_field_that_is_null_when_empty_is_stored_over_null) {
  Call call(products, compile("test", R"({"identity": ["external_id"], "fields": {
      "external_id": {"type": "text"}, "tags": {"type": "texts", "empty_list": "null"}}})"));
  const auto id = products.put(1, R"({"external_id": "e"})");
  call.one(R"({"external_id": "e", "tags": ["a"]})");
  EXPECT_EQ(call.status(), "updated");
  EXPECT_EQ(products.at(1, id, Column::tags), R"(["a"])");
}

TEST_F(MergeTest, a_quiet_field_that_decides_about_others_is_compared) {
  const auto profile = compile("test", R"({"identity": ["external_id"], "ranges": [["from", "to"]],
      "fields": {"external_id": {"type": "text"}, "cost": {"type": "decimal", "quiet": true},
      "markup": {"type": "decimal"}, "from": {"type": "date", "column": "available_from", "quiet": true},
      "to": {"type": "date", "column": "available_to"},
      "price": {"type": "decimal", "marked_up": {"base": "cost", "percent": "markup"}}}})");
  for (const bool wants_products : {false, true}) {
    products.clear();
    const auto id = products.put(
        1,
        R"({"external_id": "e", "cost": 1, "markup": 10, "price": 1.1, "available_to": "2026-03-01"})");
    Call call(products, profile);
    if (wants_products) call.products();
    call.one(R"({"external_id": "e", "cost": 2})");
    EXPECT_EQ(call.changed(), "cost price") << wants_products;
    EXPECT_EQ(products.at(1, id, Column::price), "2.2") << wants_products;
    EXPECT_EQ(call.refused_one(R"({"external_id": "e", "from": "2026-04-01"})"), "range to")
        << wants_products;
  }
}

TEST_F(MergeTest, billing_16_a_merge_adds_what_has_no_key_once) {
  const auto profile = compile("test", R"({"identity": ["external_id"], "fields": {
      "external_id": {"type": "text"},
      "pictures": {"type": "objects", "column": "images", "key": "url", "action": "MERGE", "fields": {
          "url": {"type": "text"}, "order": {"type": "integer", "default": 1}}},
      "more": {"type": "json", "column": "custom_data", "key": "k", "action": "MERGE"}}})");
  Call call(products, profile);
  call.actions("{}");  // the profile's
  call.one(R"({"external_id": "e", "pictures": [{"order": 2}, {}], "more": [1.0, "x", {"n": 1}]})");
  call.one(R"({"external_id": "e", "pictures": [{}, {"url": "a"}, {"order": 2}, {"order": 3}],
               "more": ["x", 1, "y", {"n": 1.0}, {"k": 1}]})");
  EXPECT_EQ(products.at(1, call.id(), Column::images),
            R"([{"order":2},{"order":1},{"url":"a","order":1},{"order":3}])");
  EXPECT_EQ(products.at(1, call.id(), Column::custom_data), R"([1.0,"x",{"n":1},"y",{"k":1}])");
  call.one(R"({"external_id": "e", "pictures": [{}, {"order": 3}], "more": [1, {"n": 1}]})");
  EXPECT_EQ(call.status(), "unchanged");
}

TEST_F(MergeTest, billing_16_a_merge_keeps_members_of_which_the_document_says_nothing) {
  const auto profile = compile("test", R"({"identity": ["external_id"], "fields": {
      "external_id": {"type": "text"},
      "pictures": {"type": "objects", "column": "images", "key": "url", "action": "MERGE", "fields": {
          "url": {"type": "text", "required": true}, "order": {"type": "integer", "default": 1},
          "size": {"type": "object", "fields": {"w": {"type": "integer", "default": 0}, "h": {"type": "integer"}}}}},
      "box": {"type": "object", "column": "custom_data", "action": "MERGE", "fields": {
          "w": {"type": "integer", "default": 0}, "h": {"type": "integer"}}}}})");
  Call call(products, profile);
  call.actions("{}");  // the profile's
  call.one(
      R"({"external_id": "e", "box": {"h": 1}, "pictures": [{"url": "a", "order": 5, "size": {"w": 7}}]})");
  const auto pictures = [&] { return products.at(1, call.id(), Column::images); };
  EXPECT_EQ(products.at(1, call.id(), Column::custom_data), R"({"h":1,"w":0})");
  call.one(R"({"external_id": "e", "box": {"w": 3}})");
  call.one(R"({"external_id": "e", "box": {"h": 2}, "pictures": [
      {"url": "a", "size": {"h": 8}}, {"url": "b", "size": {"h": 9}}]})");
  EXPECT_EQ(products.at(1, call.id(), Column::custom_data), R"({"h":2,"w":3})");
  EXPECT_EQ(
      pictures(),
      R"([{"url":"a","size":{"h":8,"w":7},"order":5},{"url":"b","size":{"h":9,"w":0},"order":1}])");
  call.one(R"({"external_id": "e", "pictures": [{"url": "a"}, {"url": "b", "order": 1}]})");
  EXPECT_EQ(call.status(), "unchanged");
  for (const char* status : {"updated", "unchanged"}) {
    call.one(R"({"external_id": "e", "pictures": [{"url": "c", "order": null}]})");
    EXPECT_EQ(call.status(), status);
  }
}

TEST_F(MergeTest, billing_16_a_merge_takes_entries_of_one_key_together) {
  const auto profile = compile("test", R"({"identity": ["external_id"], "fields": {
      "external_id": {"type": "text"},
      "more": {"type": "json", "column": "custom_data", "key": "k", "action": "MERGE"}}})");
  Call call(products, profile);
  call.actions("{}");  // the profile's
  call.one(R"({"external_id": "e", "more": [{"k": 1, "a": 1}, {"k": 1.0, "b": 2}]})");
  EXPECT_EQ(products.at(1, call.id(), Column::custom_data), R"([{"a":1,"b":2,"k":1.0}])");
  // As if each came in a document of its own.
  call.one(R"({"external_id": "e", "more": [
      {"k": 1, "a": null, "o": {"x": 1, "y": {"z": 1}}}, {"k": 2, "n": null}, {"k": 1, "a": 3, "o": {"x": null, "w": 2}},
      {"k": 1, "b": null, "o": {"y": {"u": 2}}}, {"k": 2, "o": {"x": 1}}, {"k": 2, "o": 5}, {"k": 2, "o": {"v": 1, "n": null}},
      {"k": 1, "c": {"n": null}}]})");
  EXPECT_EQ(products.at(1, call.id(), Column::custom_data),
            R"([{"a":3,"c":{},"k":1,"o":{"w":2,"y":{"u":2,"z":1}}},{"k":2,"o":{"v":1}}])");
}

TEST_F(MergeTest, billing_16_actions_on_custom_fields_are_done_to_each_of_them) {
  const auto id = products.put(1, R"({"external_id": "e", "name": "n"})");
  const auto after = [&](const char* action, const char* given) {
    products.change(1, id, R"({"custom_fields": {"list": [1, 2], "one": 1, "other": "x"}})");
    catalog.actions(R"({"custom_fields": ")" + std::string(action) + "\"}");
    catalog.one(R"({"external_id": "e", "custom_fields": )" + std::string(given) + "}");
    return products.at(1, id, Column::custom_fields);
  };
  EXPECT_EQ(after("APPEND", R"({"list": [2, 3], "one": 5, "new": [4]})"),
            R"({"new":[4],"one":5,"list":[1,2,3],"other":"x"})");
  EXPECT_EQ(after("REMOVE", R"({"list": [2, 3], "one": 1, "other": "y"})"),
            R"({"list":[1],"other":"x"})");
  EXPECT_EQ(after("REPLACE", R"({"one": 1.0})"), R"({"one":1})");
  EXPECT_EQ(after("MERGE", R"({"one": null, "list": [3]})"), R"({"list":[3],"other":"x"})");
  EXPECT_EQ(after("CLEAR", R"({"one": 2})"), "null");
  EXPECT_EQ(after("IGNORE", R"({"one": 2})"), R"({"one":1,"list":[1,2],"other":"x"})");
}

TEST_F(MergeTest, an_object_of_any_keys_has_the_defaults_of_its_entries) {
  const auto profile = compile("test", R"({"identity": ["external_id"], "fields": {
      "external_id": {"type": "text"},
      "names": {"type": "json", "column": "custom_data", "empty_list": "object", "entries": {
          "name": {"type": "text"}, "at": {"type": "timestamp"},
          "rank": {"type": "integer", "default": 1}}}}})");
  Call call(products, profile);
  const auto names = [&] { return products.at(1, call.id(), Column::custom_data); };
  call.one(R"({"external_id": "e", "names": {"de": {"name": "a", "at": "2026-03-01T10:00:00Z"}}})");
  EXPECT_EQ(names(), R"({"de":{"at":"2026-03-01T10:00:00Z","name":"a","rank":1}})");
  call.one(
      R"({"external_id": "e", "names": {"de": {"name": "a", "at": "2026-03-01T11:00:00+01:00"}}})");
  EXPECT_EQ(call.status(), "unchanged");
  call.one(R"({"external_id": "e", "names": {"de": {"name": "b", "rank": 2}}})");
  EXPECT_EQ(call.status(), "updated");
  EXPECT_EQ(names(), R"({"de":{"name":"b","rank":2}})");
  call.one(R"({"external_id": "e", "names": {"en": {"name": "b", "rank": 2}}})");
  EXPECT_EQ(call.status(), "updated");
  call.one(R"({"external_id": "e", "names": []})");
  EXPECT_EQ(call.status(), "updated");
  for (const char* none : {"[]", "{}"}) {
    call.one(R"({"external_id": "e", "names": )" + std::string(none) + "}");
    EXPECT_EQ(call.status(), "unchanged") << none;
  }
}

}  // namespace
}  // namespace product_upsert
