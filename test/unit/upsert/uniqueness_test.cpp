// Rules 31 and 32: src/core/upsert/uniqueness.cpp, levels.cpp.
#include "core/upsert/uniqueness.hpp"

#include <gtest/gtest.h>

#include "core/upsert/matcher.hpp"
#include "core/upsert/planner.hpp"
#include "unit/call.hpp"
#include "unit/source_files.hpp"
#include "unit/steps.hpp"

namespace product_upsert {
namespace {

class UniquenessTest : public testing::Test {
 protected:
  MemoryCatalogue products;
  Call vending{products, "vending"};
  Call catalog{products, "catalog"};

  std::string level(std::string_view json) {
    vending.one(json);
    EXPECT_EQ(vending.status(), "created");
    return vending.decided_by();
  }
  std::string levels(std::string_view json) {
    vending.many(json);
    std::string out;
    for (std::size_t i = 0; i < vending.batch->items.size(); ++i)
      out += (i == 0 ? "" : " ") + vending.decided_by(i);
    return out;
  }
};

TEST_F(UniquenessTest, vending_31_level_manufacturer) {
  EXPECT_EQ(level(R"({"manufacturer": "M", "brand": "B", "name": "N"})"), "manufacturer");
  EXPECT_EQ(level(R"({"manufacturer": "M2", "brand": "B", "name": "N"})"), "manufacturer");
}

TEST_F(UniquenessTest, vending_31_level_brand) {
  products.put(1, R"({"manufacturer": "M", "brand": "B", "name": "N"})");
  EXPECT_EQ(level(R"({"manufacturer": "M", "brand": "B2", "name": "N"})"), "brand");
}

TEST_F(UniquenessTest, vending_31_level_name) {
  products.put(1, R"({"manufacturer": "M", "brand": "B", "name": "N"})");
  EXPECT_EQ(level(R"({"manufacturer": "M", "brand": "B", "name": "N2"})"), "name");
}

TEST_F(UniquenessTest, vending_31_level_size) {
  products.put(1,
               R"({"manufacturer": "M", "brand": "B", "name": "N", "size": 1, "size_unit": "l"})");
  EXPECT_EQ(
      level(R"({"manufacturer": "M", "brand": "B", "name": "N", "size": 2, "unitsForSize": "l"})"),
      "size");
  EXPECT_EQ(
      level(R"({"manufacturer": "M", "brand": "B", "name": "N", "size": 2, "unitsForSize": "dl"})"),
      "size");
  EXPECT_EQ(level(R"({"manufacturer": "M", "brand": "B", "name": "N", "size": 2})"), "size");
  EXPECT_EQ(level(R"({"manufacturer": "M", "brand": "B", "name": "N"})"), "size");
}

TEST_F(UniquenessTest, vending_31_level_combination) {
  products.put(1,
               R"({"manufacturer": "M", "brand": "B", "name": "N", "size": 1, "size_unit": "l"})");
  products.put(1,
               R"({"manufacturer": "M", "brand": "B", "name": "O", "size": 2, "size_unit": "l"})");
  EXPECT_EQ(
      level(R"({"manufacturer": "M", "brand": "B", "name": "N", "size": 2, "unitsForSize": "l"})"),
      "combination");
  EXPECT_EQ(
      level(
          R"({"manufacturer": "M", "brand": "B", "name": "O", "size": 1.0, "unitsForSize": "l"})"),
      "combination");
}

TEST_F(UniquenessTest, vending_31_levels_are_judged_within_the_organization) {
  products.put(2, R"({"manufacturer": "M", "brand": "B", "name": "N"})");
  EXPECT_EQ(level(R"({"manufacturer": "M", "brand": "B", "name": "N"})"), "manufacturer");
}

TEST_F(UniquenessTest, vending_31_a_deleted_product_still_counts) {
  products.put(1, R"({"manufacturer": "M", "brand": "B", "name": "N", "is_deleted": true})");
  EXPECT_EQ(level(R"({"manufacturer": "M", "brand": "B", "name": "N2"})"), "name");
}

TEST_F(UniquenessTest, fine_point_e_documents_before_in_the_batch_count) {
  EXPECT_EQ(levels(R"([{"manufacturer": "M", "brand": "B", "name": "N", "size": 1},
                       {"manufacturer": "M", "brand": "B", "name": "O", "size": 2},
                       {"manufacturer": "M", "brand": "C", "name": "N"},
                       {"manufacturer": "M", "brand": "B", "name": "N", "size": 3},
                       {"manufacturer": "M", "brand": "B", "name": "N", "size": 2},
                       {"manufacturer": "Z", "brand": "B", "name": "N"}])"),
            "manufacturer name brand size combination manufacturer");
}

TEST_F(UniquenessTest, fine_point_e_a_rejected_document_does_not_count) {
  vending.skip();
  EXPECT_EQ(levels(R"([{"manufacturer": "M", "brand": "B", "name": "N", "size": "x"},
                       {"manufacturer": "M", "brand": "C", "name": "N"}])"),
            " manufacturer");
  EXPECT_EQ(vending.statuses(), "rejected created");
}

TEST_F(UniquenessTest, fine_point_e_an_updated_document_before_counts) {
  products.put(1, R"({"id": 5, "manufacturer": "M", "brand": "B", "name": "N"})");
  EXPECT_EQ(levels(R"([{"productId": 5, "manufacturer": "Z"},
                       {"manufacturer": "Z", "brand": "C", "name": "N"},
                       {"manufacturer": "Z", "brand": "B", "name": "O"}])"),
            "id brand name");
}

TEST_F(UniquenessTest, fine_point_e_a_product_that_a_document_before_renames_in_part_counts) {
  products.put(1, R"({"id": 5, "manufacturer": "M", "brand": "B", "name": "N", "size": 1})");
  EXPECT_EQ(levels(R"([{"productId": 5, "brand": "C"},
                       {"manufacturer": "M", "brand": "C", "name": "N"}])"),
            "id size");
}

TEST_F(UniquenessTest, fine_point_e_outside_the_natural_rule_the_identifier_not_found_decides) {
  catalog.one(R"({"name": "n", "external_id": "e", "handle": "h"})");
  EXPECT_EQ(catalog.decided_by(), "external_id");
  catalog.one(R"({"name": "n"})");
  EXPECT_EQ(catalog.status(), "created");
  EXPECT_EQ(catalog.item().decided_by, nullptr);
}

TEST_F(UniquenessTest, vending_32_two_documents_of_the_same_five_collide) {
  EXPECT_EQ(vending.refused_many(
                R"([{"manufacturer": "M", "brand": "B", "name": "N", "customField1": "a"},
                                     {"manufacturer": "M", "brand": "C", "name": "N"},
                                     {"manufacturer": "M", "brand": "B", "name": "N", "customField1": "b", "customData": 1}])"),
            "collision, collision");
  EXPECT_EQ(products.size(), 0U);
  EXPECT_EQ(
      vending.errors(0),
      R"x([{"field": null, "code": "collision", "message": "is the same product as document 3 of this call, )x"
      R"x(by natural (manufacturer, brand, name, size, unitsForSize)", )x"
      R"("rule": "natural", "fields": ["manufacturer","brand","name","size","unitsForSize"], "positions": [1,3], "position": 1}])");
}

TEST_F(UniquenessTest, fine_point_f_all_colliding_documents_are_rejected_under_skip) {
  vending.skip().many(R"([{"manufacturer": "M", "brand": "B", "name": "N"},
                          {"manufacturer": "M", "brand": "C", "name": "N"},
                          {"manufacturer": "M", "brand": "B", "name": "N"},
                          {"manufacturer": "M", "brand": "B", "name": "N", "size": null}])");
  EXPECT_EQ(vending.statuses(), "rejected created rejected rejected");
  EXPECT_EQ(vending.item(2).failures[0].message,
            "is the same product as documents 1, 4 of this call, by natural (manufacturer, brand, "
            "name, size, unitsForSize)");
  EXPECT_EQ(products.size(), 1U);
}

TEST_F(UniquenessTest, vending_32_documents_that_match_one_product_collide) {
  products.put(1, R"({"id": 5, "manufacturer": "M", "brand": "B", "name": "N"})");
  vending.skip().many(
      R"([{"productId": 5, "calories": 1}, {"manufacturer": "M", "brand": "B", "name": "N", "calories": 2}])");
  EXPECT_EQ(vending.statuses(), "rejected rejected");
  EXPECT_EQ(products.at(1, 5, Column::calories), "null");
}

TEST_F(UniquenessTest, documents_that_would_share_any_unique_key_collide) {
  products.put(1, R"({"external_id": "e", "reference": "r"})");
  catalog.skip().many(
      R"([{"external_id": "e", "handle": "h"}, {"external_id": "f", "name": "n", "handle": "h"},
                          {"external_id": "g", "name": "n", "handle": "i"}])");
  EXPECT_EQ(catalog.statuses(), "rejected rejected created");
  EXPECT_EQ(catalog.codes(0), "collision handle");
  catalog.many(R"([{"id": 50, "name": "a"}, {"id": 50.0, "name": "b"}])");
  EXPECT_EQ(catalog.codes(1), "collision id");
}

TEST_F(UniquenessTest, c6_equal_keys_of_two_organizations_do_not_collide) {
  vending.many(R"([{"organizationId": 1, "manufacturer": "M", "brand": "B", "name": "N"},
                   {"organizationId": 2, "manufacturer": "M", "brand": "B", "name": "N"}])");
  EXPECT_EQ(vending.statuses(), "created created");
  EXPECT_EQ(vending.item(1).organization_id, 2);
}

TEST_F(UniquenessTest, a_key_completed_by_what_is_stored_may_be_taken) {
  products.put(1, R"({"manufacturer": "M", "brand": "B", "name": "O", "size": 2})");
  products.put(1, R"({"id": 5, "manufacturer": "M", "brand": "B", "name": "N", "size": 2})");
  EXPECT_EQ(vending.refused_one(R"({"productId": 5, "name": "O"})"), "collision");
  EXPECT_EQ(products.broken_rule(), "");
}

TEST_F(UniquenessTest, two_products_swap_a_key_in_one_call) {
  products.put(1, R"({"id": 1, "external_id": "a"})");
  products.put(1, R"({"id": 2, "external_id": "b"})");
  catalog.options.identifier = "id";
  catalog.many(R"([{"id": 1, "external_id": "b"}, {"id": 2, "external_id": "a"}])");
  EXPECT_EQ(catalog.statuses(), "updated updated");
  EXPECT_EQ(products.at(1, 1, Column::external_id), "\"b\"");
}

TEST_F(UniquenessTest, documents_that_contradict_themselves_alike_are_each_told_so) {
  products.put(1, R"({"external_id": "e"})");
  products.put(1, R"({"reference": "r"})");
  catalog.skip().many(
      R"([{"external_id": "e", "reference": "r"}, {"external_id": "e", "reference": "r"},
                          {"external_id": "e", "name": "n"}])");
  EXPECT_EQ(catalog.statuses(), "rejected rejected updated");
  EXPECT_EQ(catalog.codes(1), "collision reference");
}

// A value that identifies need not be unique: then nothing else holds the two apart.
TEST_F(UniquenessTest, fine_point_k_documents_that_a_custom_field_finds_alike_collide) {
  products.rows.put(1, Table::custom_field,
                    R"({"reference": "ean", "type": "text", "is_identifier": true})");
  Call call(products, "catalog");
  call.options.identifier = "custom_field";
  call.options.custom_field = "ean";
  call.skip().many(R"([{"name": "a", "custom_fields": {"ean": "1"}},
                       {"name": "b", "custom_fields": {"ean": "2"}},
                       {"name": "c", "custom_fields": {"ean": "1"}}])");
  EXPECT_EQ(call.statuses(), "rejected created rejected");
  EXPECT_EQ(call.codes(2), "collision custom_fields.ean");
}

// By which they are found, and which only one may have: that is told once.
TEST_F(UniquenessTest, retail_23_documents_that_a_sku_finds_alike_are_told_once) {
  Call call(products, compile("test", R"({"identity": ["external_id"], "fields": {
      "external_id": {"type": "text"}, "name": {"type": "text"}, "variants": {"role": "variants",
      "fields": {"sku": {"type": "text"}}}}})"));
  call.options.identifier = "sku";
  call.skip().many(R"([{"name": "a", "variants": [{"sku": "1"}]},
                       {"name": "b", "variants": [{"sku": "1"}]}])");
  EXPECT_EQ(call.codes(0), "collision variants.0.sku");
  const auto id = products.put(1, R"({"external_id": "e"})");
  products.rows.put(1, Table::variant,
                    R"({"product_id": )" + std::to_string(id) + R"(, "sku": "2"})");
  call.many(R"([{"name": "a", "variants": [{"sku": "2"}]},
                {"name": "b", "variants": [{"sku": "2"}]}])");
  EXPECT_EQ(call.codes(0), "collision variants");
}

TEST_F(UniquenessTest, many_equal_documents_cost_no_quadratic_memory) {
  std::string json = "[";
  for (int i = 0; i < 3000; ++i)
    json += std::string(i == 0 ? "" : ",") + R"({"manufacturer": "M", "brand": "B", "name": "N"})";
  vending.skip().many(json + "]");
  std::size_t bytes = 0;
  for (const Item& item : vending.batch->items) {
    ASSERT_EQ(item.status, Status::rejected);
    bytes += item.failures.at(0).message.size();
  }
  EXPECT_LT(bytes, 3000U * 2000U);
}

// The check by itself, of documents that were matched and planned.
class UniquenessStepTest : public testing::Test {
 protected:
  MemoryCatalogue products;
  Steps steps{products, "catalog"};

  BatchState& check(std::string_view json) {
    BatchState& state = steps.plan(json);
    Collisions collisions(state);
    Uniqueness uniqueness(state, collisions, nullptr);
    uniqueness.find_collisions(steps.group());
    uniqueness.check_taken(steps.group());
    return state;
  }
};

TEST_F(UniquenessStepTest, a_key_that_another_document_gives_up_is_a_move) {
  products.put(1, R"({"external_id": "a", "reference": "r", "name": "n"})");
  products.put(1, R"({"external_id": "b", "name": "n"})");
  steps.call.options.identifier = "external_id";
  const BatchState& state =
      check(R"([{"external_id": "b", "reference": "r"}, {"external_id": "a", "reference": "s"}])");
  EXPECT_EQ(steps.call.codes(0) + steps.call.codes(1), "");
  ASSERT_EQ(state.moves.size(), 1U);
  EXPECT_EQ(state.moves[0].item, 0U);
  EXPECT_EQ(state.moves[0].from, 1U);
  ASSERT_EQ(state.dependencies.edges().size(), 1U);
  EXPECT_EQ(state.dependencies.edges()[0].on, 1U);
}

TEST_F(UniquenessStepTest, fine_point_o_who_wants_the_same_key_and_who_is_the_same_product) {
  check(R"([{"external_id": "a", "name": "n"}, {"external_id": "a", "name": "m"}])");
  EXPECT_NE(steps.call.errors(0).find("is the same product as document 2"), std::string::npos);
  products.put(1, R"({"external_id": "a", "name": "n"})");
  products.put(1, R"({"external_id": "b", "name": "n"})");
  check(R"([{"external_id": "a", "name": "m"}, {"external_id": "a", "name": "o"}])");
  EXPECT_NE(steps.call.errors(0).find("is the same product as document 2"), std::string::npos);
  check(R"([{"external_id": "a", "handle": "h"}, {"external_id": "b", "handle": "h"}])");
  EXPECT_NE(steps.call.errors(1).find("wants the same handle as document 1"), std::string::npos);
}

}  // namespace
}  // namespace product_upsert
