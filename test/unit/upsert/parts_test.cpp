// How the documents of an import's batch are dealt to its workers.
#include "core/upsert/parts.hpp"

#include <gtest/gtest.h>

#include <string>

#include "unit/call.hpp"

namespace product_upsert {
namespace {

// "0 1 0": the parts of the documents; those that are alone with a star.
std::string dealt(const std::string& profile, const std::string& documents, std::uint16_t parts) {
  MemoryCatalogue products;
  Call call{products, profile};
  call.read(documents, DocumentReader::Shape::many);
  const IdentityRules rules = builtin_rules();
  Parts all(rules, *call.profile());
  all.add(*call.batch);
  std::string told;
  for (const Parts::Share share : all.deal(parts))
    told += (told.empty() ? "" : " ") + std::to_string(share.part) + (share.alone ? "*" : "");
  return told;
}

TEST(PartsTest, documents_without_a_common_key_are_dealt_evenly) {
  EXPECT_EQ(dealt("catalog", R"([{"external_id": "a"}, {"external_id": "b"}, {"external_id": "c"},
                                 {"external_id": "d"}])",
                  2),
            "0* 1* 0* 1*");
}

TEST(PartsTest, documents_of_one_key_are_of_one_part) {
  EXPECT_EQ(
      dealt("catalog", R"([{"external_id": "a"}, {"external_id": "b"}, {"external_id": "a"}])", 2),
      "0 1* 0");
}

TEST(PartsTest, documents_of_one_key_follow_the_first_into_any_part) {
  EXPECT_EQ(dealt("catalog", R"([{"external_id": "a"}, {"external_id": "b"}, {"external_id": "c"},
                                 {"external_id": "c"}, {"external_id": "b"}])",
                  3),
            "0* 1 2 2 1");
}

TEST(PartsTest, keys_of_different_rules_make_a_chain) {
  EXPECT_EQ(
      dealt("catalog",
            R"([{"external_id": "a"}, {"external_id": "b"}, {"reference": "r", "external_id": "a"},
                                 {"reference": "r", "handle": "h"}, {"handle": "h"}])",
            2),
      "0 1* 0 0 0");
}

TEST(PartsTest, a_value_of_one_rule_is_no_key_of_another) {
  EXPECT_EQ(dealt("catalog", R"([{"external_id": "a"}, {"reference": "a"}])", 2), "0* 1*");
}

TEST(PartsTest, the_natural_key_is_one_key) {
  EXPECT_EQ(
      dealt(
          "vending",
          R"([{"manufacturer": "m", "brand": "b", "name": "n"}, {"manufacturer": "m", "brand": "b", "name": "o"},
                                 {"manufacturer": "m", "brand": "b", "name": "n"}])",
          2),
      "0 1* 0");
}

TEST(PartsTest, a_common_sku_makes_one_part) {
  EXPECT_EQ(
      dealt(
          "retail",
          R"([{"external_id": "a", "variants": [{"sku": "s"}, {"sku": "t"}]}, {"external_id": "b"},
                                {"external_id": "c", "variants": [{"sku": "t"}]}])",
          2),
      "0 1* 0");
}

TEST(PartsTest, a_common_variant_makes_one_part) {
  EXPECT_EQ(
      dealt(
          "retail",
          R"([{"external_id": "a", "variants": [{"id": 5}]}, {"external_id": "b", "variants": [{"id": 6}]},
                                {"external_id": "c", "variants": [{"sku": "t"}, {"id": 5}]}])",
          2),
      "0 1* 0");
}

TEST(PartsTest, who_gives_parents_is_of_one_part_with_those_parents) {
  EXPECT_EQ(
      dealt("catalog",
            R"([{"reference": "a", "parent_product_id": {"reference": "d"}}, {"reference": "b"},
                                 {"reference": "c", "parent_product_id": {"reference": "z"}}, {"reference": "d"}])",
            2),
      "0 1* 0 0");
  EXPECT_EQ(dealt("catalog", R"([{"reference": "a"}, {"reference": "b"}])", 2), "0* 1*");
}

TEST(PartsTest, documents_without_keys_are_alone) {
  EXPECT_EQ(dealt("catalog", R"([{"name": "a"}, {"name": "a"}, {}])", 2), "0* 1* 0*");
}

TEST(PartsTest, large_sets_leave_the_other_parts_to_the_rest) {
  EXPECT_EQ(
      dealt(
          "catalog",
          R"([{"external_id": "a"}, {"external_id": "a"}, {"external_id": "a"}, {"external_id": "b"},
                                 {"external_id": "c"}, {"external_id": "d"}])",
          2),
      "0 0 0 1* 1* 1*");
}

TEST(PartsTest, rows_of_one_key_of_the_source_are_of_one_part) {
  MemoryCatalogue products;
  Call call{products, "catalog"};
  call.read(R"([{"external_id": "a"}, {"external_id": "b"}, {"external_id": "c"}])",
            DocumentReader::Shape::many);
  const IdentityRules rules = builtin_rules();
  Parts parts(rules, *call.profile());
  parts.add(*call.batch);
  parts.add_key(0, 7);
  parts.add_key(2, 7);
  const auto shares = parts.deal(2);
  EXPECT_EQ(shares[0].part, shares[2].part);
  EXPECT_NE(shares[0].part, shares[1].part);
  EXPECT_FALSE(shares[0].alone);
}

TEST(PartsTest, products_are_of_one_part_with_those_that_refer_to_them) {
  EXPECT_EQ(dealt("catalog", R"([{"external_id": "a", "parent_product_id": "c"},
                                 {"external_id": "b"}, {"external_id": "c"}])",
                  2),
            "0 1* 0");
}

}  // namespace
}  // namespace product_upsert
