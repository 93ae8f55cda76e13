// Which product a document is: src/core/upsert/matcher.cpp. What may be made of it:
// match_check_test.cpp.
#include <gtest/gtest.h>

#include "unit/call.hpp"
#include "unit/source_files.hpp"

namespace product_upsert {
namespace {

class MatchTest : public testing::Test {
 protected:
  MemoryCatalogue products;
  Call vending{products, "vending"};
  Call catalog{products, "catalog"};
};

TEST_F(MatchTest, vending_31_five_equal_fields_are_the_same_product) {
  const auto id = products.put(
      1, R"({"manufacturer": "M", "brand": "B", "name": "N", "size": 12, "size_unit": "oz"})");
  vending.one(
      R"({"manufacturer": "M", "brand": "B", "name": "N", "size": 12.00, "unitsForSize": "oz", "calories": 5})");
  EXPECT_EQ(vending.status(), "updated");
  EXPECT_EQ(vending.id(), id);
  EXPECT_EQ(vending.decided_by(), "natural");
  EXPECT_EQ(vending.changed(), "calories");
}

TEST_F(MatchTest, vending_34_a_missing_size_equals_a_missing_size) {
  const auto id = products.put(1, R"({"manufacturer": "M", "brand": "B", "name": "N"})");
  for (const char* json :
       {R"({"manufacturer": "M", "brand": "B", "name": "N", "calories": 1})",
        R"({"manufacturer": "M", "brand": "B", "name": "N", "size": null, "calories": 2})",
        R"({"manufacturer": "M", "brand": "B", "name": "N", "unitsForSize": "", "calories": 3})"}) {
    vending.one(json);
    EXPECT_EQ(vending.status(), "updated") << json;
    EXPECT_EQ(vending.id(), id);
  }
  vending.one(R"({"manufacturer": "M", "brand": "B", "name": "N", "size": 0})");
  EXPECT_EQ(vending.status(), "created");
}

TEST_F(MatchTest, c8_identity_is_case_sensitive_and_trimmed) {
  const auto id = products.put(1, R"({"external_id": "x"})");
  catalog.one(R"({"external_id": " x\u00a0", "description": "d"})");
  EXPECT_EQ(catalog.id(), id);
  EXPECT_EQ(catalog.changed(), "description");
  catalog.one(R"({"external_id": "X", "name": "n"})");
  EXPECT_EQ(catalog.status(), "created");
}

TEST_F(MatchTest, c6_products_of_another_organization_never_match) {
  products.put(2, R"({"external_id": "x", "id": 40})");
  catalog.one(R"({"external_id": "x", "name": "n"})");
  EXPECT_EQ(catalog.status(), "created");
  EXPECT_EQ(catalog.item().organization_id, 1);
  EXPECT_EQ(products.at(2, 40, Column::name), "null");
}

TEST_F(MatchTest, vending_33_the_id_renames) {
  const auto id = products.put(1, R"({"manufacturer": "M", "brand": "B", "name": "N"})");
  vending.one(R"({"productId": )" + std::to_string(id) +
              R"(, "manufacturer": "M", "brand": "B", "name": "New"})");
  EXPECT_EQ(vending.status(), "updated");
  EXPECT_EQ(vending.decided_by(), "id");
  EXPECT_EQ(vending.changed(), "name");
  EXPECT_EQ(products.at(1, id, Column::name), R"("New")");
}

TEST_F(MatchTest, vending_33_two_rules_two_products_is_a_collision) {
  const auto a = products.put(1, R"({"manufacturer": "M", "brand": "B", "name": "N"})");
  const auto b = products.put(1, R"({"manufacturer": "M", "brand": "B", "name": "O"})");
  const std::string before = products.dump();
  EXPECT_EQ(
      vending.refused_one(
          R"({"productId": )" + std::to_string(a) +
          R"(, "manufacturer": "M", "brand": "B", "name": "O", "size": null, "unitsForSize": null})"),
      "collision");
  const auto& failure = vending.item().failures.at(0);
  EXPECT_EQ(failure.details.at(0),
            (std::pair<std::string, std::string>("rules", R"(["id","natural"])")));
  EXPECT_EQ(failure.details.at(1).first, "fields");
  EXPECT_EQ(failure.details.at(2),
            (std::pair<std::string, std::string>(
                "ids", "[" + std::to_string(a) + "," + std::to_string(b) + "]")));
  EXPECT_EQ(products.dump(), before);
}

TEST_F(MatchTest, vending_33_an_id_and_a_key_said_in_part_collide_where_the_whole_key_is_anothers) {
  const auto a = products.put(1, R"({"manufacturer": "M", "brand": "B", "name": "N"})");
  products.put(1, R"({"manufacturer": "M", "brand": "B", "name": "O"})");
  EXPECT_EQ(vending.refused_one(R"({"productId": )" + std::to_string(a) + R"(, "name": "O"})"),
            "collision");
}

TEST_F(MatchTest, vending_33_a_free_id_is_taken_by_the_created_and_ids_given_out_skip_it) {
  vending.one(R"({"productId": 100, "manufacturer": "M", "brand": "B", "name": "N"})");
  EXPECT_EQ(vending.status(), "created");
  EXPECT_EQ(vending.id(), 100);
  vending.one(R"({"manufacturer": "M", "brand": "B", "name": "O"})");
  EXPECT_EQ(vending.id(), 1);
  vending.one(R"({"productId": 2, "manufacturer": "M", "brand": "B", "name": "P"})");
  vending.one(R"({"manufacturer": "M", "brand": "B", "name": "Q"})");
  EXPECT_EQ(vending.status(), "created");
  EXPECT_EQ(vending.id(), 3);
}

TEST_F(MatchTest, vending_33_any_number_of_given_ids_are_skipped) {
  for (int i = 1; i <= 50; ++i) {
    vending.one(R"({"manufacturer": "M", "brand": "B", "name": "N)" + std::to_string(i) +
                R"(", "productId": )" + std::to_string(i) + "}");
  }
  vending.many(R"([{"manufacturer": "M", "brand": "B", "name": "A"},
                   {"manufacturer": "M", "brand": "B", "name": "B"}])");
  EXPECT_EQ(vending.statuses(), "created created");
}

TEST_F(MatchTest, vending_33_a_given_id_is_at_most_2_to_the_53_less_one) {
  EXPECT_EQ(
      vending.refused_one(
          R"({"productId": 9007199254740992, "manufacturer": "M", "brand": "B", "name": "N"})"),
      "range productId");
  vending.one(R"({"productId": 9007199254740991, "manufacturer": "M", "brand": "B", "name": "N"})");
  EXPECT_EQ(vending.status(), "created");
  vending.one(R"({"manufacturer": "M", "brand": "B", "name": "O"})");
  EXPECT_EQ(vending.status(), "created");
}

TEST_F(MatchTest, fine_point_g_a_free_id_is_ignored_for_an_existing_product) {
  const auto id = products.put(1, R"({"manufacturer": "M", "brand": "B", "name": "N"})");
  vending.one(
      R"({"productId": 900, "manufacturer": "M", "brand": "B", "name": "N", "calories": 1})");
  EXPECT_EQ(vending.status(), "updated");
  EXPECT_EQ(vending.id(), id);
  EXPECT_EQ(vending.decided_by(), "natural");
  EXPECT_EQ(products.size(), 1U);
  vending.one(
      R"({"productId": 900, "manufacturer": "M", "brand": "B", "name": "N", "calories": 1})");
  EXPECT_EQ(vending.status(), "unchanged");
}

TEST_F(MatchTest, fine_point_g_the_id_names_it_and_what_is_absent_stays) {
  const auto id = products.put(
      1, R"({"manufacturer": "M", "brand": "B", "name": "N", "size": 2, "size_unit": "l"})");
  // Another product that the five would name if the absent ones were taken for missing.
  products.put(1, R"({"manufacturer": "M", "brand": "B", "name": "N"})");
  vending.one(R"({"productId": )" + std::to_string(id) +
              R"(, "manufacturer": "M", "brand": "B", "name": "N", "calories": 9})");
  EXPECT_EQ(vending.status(), "updated");
  EXPECT_EQ(vending.id(), id);
  EXPECT_EQ(vending.changed(), "calories");
  EXPECT_EQ(products.at(1, id, Column::size), "2");
}

TEST_F(MatchTest, fine_point_g_a_partial_key_names_a_product_only_where_no_other_rule_does) {
  const auto id = products.put(1, R"({"manufacturer": "M", "brand": "B", "name": "N"})");
  catalog.one(R"({"manufacturer": "M", "brand": "B", "name": "N", "external_id": "e"})");
  EXPECT_EQ(catalog.status(), "updated");
  EXPECT_EQ(catalog.id(), id);
  const auto other = products.put(1, R"({"external_id": "f", "manufacturer": "M", "size": 3})");
  catalog.one(R"({"external_id": "f", "manufacturer": "M", "brand": "B", "name": "N", "cost": 1})");
  EXPECT_EQ(catalog.id(), other);
  EXPECT_EQ(catalog.decided_by(), "external_id");
}

TEST_F(MatchTest, several_rules_that_agree_are_one_match) {
  const auto id = products.put(1, R"({"external_id": "e", "reference": "r", "handle": "h"})");
  catalog.one(R"({"external_id": "e", "reference": "r", "handle": "h", "name": "n"})");
  EXPECT_EQ(catalog.id(), id);
  EXPECT_EQ(catalog.decided_by(), "external_id");
}

TEST_F(MatchTest, the_rules_of_a_document_that_disagree_are_never_merged) {
  const auto a = products.put(1, R"({"external_id": "e"})");
  const auto b = products.put(1, R"({"reference": "r"})");
  EXPECT_EQ(catalog.refused_one(R"({"external_id": "e", "reference": "r"})"),
            "collision reference");
  EXPECT_EQ(catalog.item().failures[0].message, "names product " + std::to_string(b) +
                                                    " by reference, but product " +
                                                    std::to_string(a) + " by external_id");
}

TEST_F(MatchTest, an_identifier_narrows_the_look_up_to_one_rule) {
  const auto a = products.put(1, R"({"external_id": "e", "handle": "h1"})");
  catalog.options.identifier = "external_id";
  catalog.one(R"({"external_id": "e", "reference": "r", "handle": "h2"})");
  EXPECT_EQ(catalog.id(), a);
  EXPECT_EQ(catalog.changed(), "handle reference");
}

TEST_F(MatchTest, every_rule_is_held_whichever_matched) {
  products.put(1, R"({"external_id": "e"})");
  const auto b = products.put(1, R"({"reference": "r"})");
  catalog.options.identifier = "external_id";
  EXPECT_EQ(catalog.refused_one(R"({"external_id": "e", "reference": "r"})"), "taken reference");
  EXPECT_EQ(catalog.errors(),
            R"([{"field": "reference", "code": "taken", "message": "is taken: product )" +
                std::to_string(b) +
                R"( has this reference", "rule": "reference", "fields": ["reference"], "id": )" +
                std::to_string(b) + R"(, "position": 1}])");
  EXPECT_EQ(catalog.refused_one(R"({"external_id": "new", "name": "n", "reference": "r"})"),
            "taken reference");
}

TEST_F(MatchTest, retail_21_a_match_by_external_id_only_never_by_handle) {
  products.put(1, R"({"external_id": "a", "handle": "h"})");
  catalog.options.identifier = "external_id";
  EXPECT_EQ(catalog.refused_one(R"({"external_id": "b", "handle": "h", "name": "n"})"),
            "taken handle");
}

TEST_F(MatchTest, an_unknown_identifier_lists_the_valid_ones) {
  catalog.options.identifier = "externalid";
  try {
    catalog.one(R"({"external_id": "e"})");
    FAIL();
  } catch (const Refusal& r) {
    EXPECT_STREQ(r.what(), "identifier_field \"externalid\" is not known");
    EXPECT_EQ(r.hint,
              "Valid are id, uuid, external_id, reference, handle, number, natural, custom_field, "
              "sku.");
  }
}

TEST_F(MatchTest, c2_required_fields_are_required_only_to_create) {
  const auto id = products.put(1, R"({"id": 7, "manufacturer": "M", "brand": "B", "name": "N"})");
  vending.one(R"({"productId": 7, "calories": 1})");
  EXPECT_EQ(vending.status(), "updated");
  EXPECT_EQ(vending.id(), id);
  EXPECT_EQ(vending.refused_one(R"({"productId": 8, "calories": 1})"),
            "required name, required brand, required manufacturer");
}

TEST_F(MatchTest, c3_validation_and_missing_fields_are_told_together) {
  EXPECT_EQ(vending.refused_one(R"({"brand": 5, "calories": "x", "nope": 1})"),
            "type brand, type calories, unknown_field nope, required name, required manufacturer");
}

TEST_F(MatchTest, c3_a_match_tells_all_failures_of_an_update) {
  products.put(1, R"({"external_id": "e"})");
  products.put(1, R"({"reference": "r"})");
  catalog.options.identifier = "external_id";
  EXPECT_EQ(
      catalog.refused_one(R"({"external_id": "e", "reference": "r", "calories": "x", "nope": 1})"),
      "type calories, unknown_field nope, taken reference");
}

TEST_F(MatchTest, a_change_of_what_only_creation_sets_is_refused) {
  const auto profile = compile("test", R"({"identity": ["external_id"], "fields": {
      "external_id": {"type": "text"}, "name": {"type": "text", "create_only": "reject"}, "cost": {"type": "decimal"}}})");
  Call call(products, profile);
  call.one(R"({"external_id": "e", "name": "n"})");
  call.one(R"({"external_id": "e", "name": "n", "cost": 1})");
  EXPECT_EQ(call.status(), "updated");
  EXPECT_EQ(call.refused_one(R"({"external_id": "e", "name": "o"})"), "read_only name");
}

TEST_F(MatchTest, a_document_older_than_what_is_stored_is_stale) {
  const auto profile =
      compile("test", R"({"identity": ["external_id"], "judged_by": "at", "fields": {
      "external_id": {"type": "text"}, "name": {"type": "text"},
      "at": {"type": "timestamp", "column": "meta", "member": "at"}}})");
  Call call(products, profile);
  call.one(R"({"external_id": "e", "name": "new", "at": "2024-01-02T00:00:00Z"})");
  call.one(R"({"external_id": "e", "name": "old", "at": "2024-01-02T00:59:59+01:00"})");
  EXPECT_EQ(call.status(), "unchanged");
  EXPECT_TRUE(call.item().stale);
  EXPECT_EQ(products.at(1, call.id(), Column::name), R"("new")");
  call.one(R"({"external_id": "e", "name": "newer", "at": "2024-01-02T01:00:00+01:00"})");
  EXPECT_EQ(call.status(), "updated");
  EXPECT_FALSE(call.item().stale);
  call.one(R"({"external_id": "e", "name": "no time"})");
  EXPECT_EQ(call.status(), "updated");
}

TEST_F(MatchTest, a_stored_time_that_is_none_judges_nothing) {
  const auto profile =
      compile("test", R"({"identity": ["external_id"], "judged_by": "at", "fields": {
      "external_id": {"type": "text"}, "name": {"type": "text"},
      "at": {"type": "timestamp", "column": "meta", "member": "at"}}})");
  Call call(products, profile);
  for (const char* at :
       {R"("")", R"("2")", R"("yesterday")", "5", "null", R"("2024-13-45T99:99:99Z")"}) {
    const auto id =
        products.put(1, R"({"external_id": "e", "meta": {"at": )" + std::string(at) + "}}");
    call.one(R"({"external_id": "e", "name": "n", "at": "2024-01-02T00:00:00Z"})");
    EXPECT_EQ(call.status(), "updated") << at;
    products.erase(1, id);
  }
}

TEST_F(MatchTest, product_match_tells_the_candidates_and_writes_nothing) {
  const auto a = products.put(1, R"({"external_id": "e"})");
  const auto b = products.put(1, R"({"reference": "r"})");
  const std::string before = products.dump();
  catalog.options.read_only = true;
  catalog.one(R"({"external_id": "e", "reference": "r"})");
  ASSERT_EQ(catalog.engine->candidates().size(), 2U);
  EXPECT_EQ(catalog.engine->candidates()[0].id, a);
  EXPECT_EQ(catalog.engine->candidates()[1].id, b);
  EXPECT_EQ(catalog.codes(), "collision reference");
  catalog.one(R"({"external_id": "e", "name": "n"})");
  EXPECT_EQ(catalog.changed(), "name");
  catalog.one(R"({"external_id": "new", "name": "n"})");
  EXPECT_EQ(catalog.id(), 0);
  EXPECT_EQ(products.dump(), before);
}

TEST_F(MatchTest, a_key_too_long_for_an_index_is_refused) {
  const std::string long_text(2501, 'x');
  EXPECT_EQ(catalog.refused_one(R"({"name": "n", "external_id": ")" + long_text + "\"}"),
            "too_long external_id");
  catalog.one(R"({"name": "n", "external_id": ")" + long_text.substr(1) + "\"}");
  EXPECT_EQ(catalog.status(), "created");
  const std::string half(1300, 'x');
  EXPECT_EQ(vending.refused_one(R"({"manufacturer": ")" + half + R"(", "brand": ")" + half +
                                R"(y", "name": "n"})"),
            "too_long brand");
  std::string digits = "0.";
  for (int i = 0; i < 6000; ++i) digits += static_cast<char>('1' + i * i % 9);
  EXPECT_EQ(vending.refused_one(R"({"manufacturer": "M", "brand": "B", "name": "n", "size": )" +
                                digits + "}"),
            "too_long size");
}

// Two hundred rules more than the built-in ones: the last of them matches, holds and is told.
TEST_F(MatchTest, the_number_of_rules_is_not_bounded_by_a_machine_word) {
  IdentityRules rules = builtin_rules();
  for (int n = 0; n < 200; ++n) {
    rules.rules.push_back({"rule_" + std::to_string(n),
                           {n == 199 ? Column::upc : Column::item_number, Column::brand},
                           {n == 199 ? Column::upc : Column::item_number, Column::brand},
                           false});
  }
  MemoryCatalogue many(rules);
  Call call(many, "catalog");
  const auto id = many.put(1, R"({"upc": "u", "brand": "b", "name": "n"})");
  call.options.identifier = "rule_199";
  call.one(R"({"upc": "u", "brand": "b", "name": "m"})");
  EXPECT_EQ(call.status(), "updated");
  EXPECT_EQ(call.id(), id);
  EXPECT_EQ(call.decided_by(), "rule_199");
  call.options.identifier = "id";
  EXPECT_EQ(call.refused_one(R"({"id": 77, "name": "n", "upc": "u", "brand": "b"})"),
            "not_found id");
  call.options.identifier = std::nullopt;
  EXPECT_EQ(call.refused_one(R"({"external_id": "e", "name": "n", "upc": "u", "brand": "b"})"),
            "taken");
  // One product found by a rule below 64 and by one beyond, another by its external_id.
  many.change(1, id, R"({"item_number": "i"})");
  many.put(1, R"({"external_id": "x"})");
  call.options.identifier = "rule_199";
  EXPECT_EQ(
      call.refused_one(R"({"external_id": "x", "item_number": "i", "upc": "u", "brand": "b"})"),
      "taken external_id");
  EXPECT_EQ(many.broken_rule(), "");
}

}  // namespace
}  // namespace product_upsert
