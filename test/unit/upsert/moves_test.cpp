// What is consistent at the end of a call is written, whatever the order of its documents: keys
// that move between products of one call.
#include <gtest/gtest.h>

#include "unit/call.hpp"

namespace product_upsert {

namespace {

class MovesTest : public testing::Test {
 protected:
  std::int64_t put(const std::string& name, const std::string& handle) {
    return products.put(1, R"({"external_id": ")" + name + R"(", "name": ")" + name +
                               R"(", "handle": ")" + handle + "\"}");
  }
  std::string handle(std::int64_t id) const { return products.at(1, id, Column::handle); }
  Call& by_external_id() {
    call.options.identifier = "external_id";
    return call;
  }

  MemoryCatalogue products;
  Call call{products, "catalog"};
};

TEST_F(MovesTest, a_key_that_one_document_releases_is_another_ones) {
  const auto a = put("a", "h");
  const auto b = put("b", "other");
  for (const char* documents :
       {R"([{"external_id": "a", "handle": "new"}, {"external_id": "b", "handle": "h"}])",
        R"([{"external_id": "b", "handle": "other"}, {"external_id": "a", "handle": "h"}])"}) {
    by_external_id().many(documents);
    EXPECT_EQ(call.statuses(), "updated updated");
  }
  EXPECT_EQ(handle(a), R"("h")");
  EXPECT_EQ(handle(b), R"("other")");
  EXPECT_EQ(products.broken_rule(), "");
}

TEST_F(MovesTest, a_new_product_takes_a_key_that_is_given_up) {
  put("a", "h");
  by_external_id().many(
      R"([{"external_id": "b", "name": "b", "handle": "h"}, {"external_id": "a", "handle": null}])");
  EXPECT_EQ(call.statuses(), "created updated");
  EXPECT_EQ(handle(call.id(0)), R"("h")");
}

TEST_F(MovesTest, two_swap_their_keys_and_three_pass_them_round) {
  const auto a = put("a", "1");
  const auto b = put("b", "2");
  const auto c = put("c", "3");
  by_external_id().many(
      R"([{"external_id": "a", "handle": "2"}, {"external_id": "b", "handle": "1"}])");
  EXPECT_EQ(call.statuses(), "updated updated");
  EXPECT_EQ(handle(a) + handle(b), R"("2""1")");
  EXPECT_EQ(products.get(1, a)->version, 2);
  by_external_id().many(
      R"([{"external_id": "a", "handle": "1"}, {"external_id": "b", "handle": "3"},
                            {"external_id": "c", "handle": "2"}])");
  EXPECT_EQ(call.statuses(), "updated updated updated");
  EXPECT_EQ(handle(a) + handle(b) + handle(c), R"("1""3""2")");
  EXPECT_EQ(products.get(1, c)->version, 2);
}

TEST_F(MovesTest, a_whole_column_moves_by_one) {
  std::string documents = "[";
  for (int i = 0; i < 50; ++i) {
    put("p" + std::to_string(i), "h" + std::to_string(i));
    documents += std::string(i == 0 ? "" : ",") + R"({"external_id": "p)" + std::to_string(i) +
                 R"(", "handle": "h)" + std::to_string((i + 1) % 50) + "\"}";
  }
  by_external_id().many(documents + "]");
  for (int i = 0; i < 50; ++i) EXPECT_EQ(call.status(static_cast<std::size_t>(i)), "updated");
  EXPECT_EQ(products.broken_rule(), "");
}

TEST_F(MovesTest, who_counts_on_a_rejected_document_is_rejected_too) {
  put("a", "1");
  put("b", "2");
  put("c", "3");
  by_external_id().skip().many(
      R"([{"external_id": "a", "handle": "new", "price": "wrong"}, {"external_id": "b", "handle": "1"},
          {"external_id": "c", "handle": "2"}])");
  EXPECT_EQ(call.statuses(), "rejected rejected rejected");
  EXPECT_EQ(call.codes(1), "taken handle");
  EXPECT_EQ(call.codes(2), "taken handle");
}

TEST_F(MovesTest, a_key_that_its_product_keeps_is_taken) {
  put("a", "1");
  put("b", "2");
  by_external_id().skip().many(
      R"([{"external_id": "a", "price": 1}, {"external_id": "b", "handle": "1"}])");
  EXPECT_EQ(call.statuses(), "updated rejected");
  EXPECT_EQ(call.codes(1), "taken handle");
}

TEST_F(MovesTest, vending_33_who_names_two_products_means_both_released_or_not) {
  products.put(1, R"({"id": 1, "manufacturer": "M", "brand": "B", "name": "N"})");
  products.put(1, R"({"id": 2, "manufacturer": "M", "brand": "B", "name": "O"})");
  Call vending{products, "vending"};
  const char* documents =
      R"([{"productId": 1, "manufacturer": "M", "brand": "B", "name": "P"},
          {"productId": 2, "manufacturer": "M", "brand": "B", "name": "N"}])";
  vending.skip().many(documents);
  EXPECT_EQ(vending.statuses(), "updated rejected");
  EXPECT_EQ(vending.codes(1), "collision");
}

TEST_F(MovesTest, vending_33_the_rule_that_is_named_moves_keys) {
  products.put(1, R"({"id": 1, "manufacturer": "M", "brand": "B", "name": "N"})");
  products.put(1, R"({"id": 2, "manufacturer": "M", "brand": "B", "name": "O"})");
  Call vending{products, "vending"};
  vending.options.identifier = "id";
  vending.many(R"([{"productId": 1, "name": "O"}, {"productId": 2, "name": "N"}])");
  EXPECT_EQ(vending.statuses(), "updated updated");
  EXPECT_EQ(products.at(1, 1, Column::name), R"("O")");
  EXPECT_EQ(products.at(1, 1, Column::manufacturer), R"("M")");
  EXPECT_EQ(products.broken_rule(), "");
}

TEST_F(MovesTest, unique_custom_values_move) {
  products.rows.put(1, Table::custom_field,
                    R"({"reference": "ean", "type": "text", "unique_value": true})");
  call.many(R"([{"external_id": "a", "name": "a", "custom_fields": {"ean": "1"}},
                {"external_id": "b", "name": "b", "custom_fields": {"ean": "2"}}])");
  call.many(R"([{"external_id": "a", "custom_fields": {"ean": "2"}},
                {"external_id": "b", "custom_fields": {"ean": "1"}},
                {"external_id": "c", "name": "c", "custom_fields": {"ean": "3"}}])");
  EXPECT_EQ(call.statuses(), "updated updated created");
  call.skip().many(R"([{"external_id": "a", "custom_fields": {"ean": "1"}},
                       {"external_id": "b", "price": 1}])");
  EXPECT_EQ(call.statuses(), "rejected updated");
  // The other document says nothing beyond the product's own row.
  call.skip().many(R"([{"external_id": "a", "custom_fields": {"ean": "1"}},
                       {"external_id": "b", "price": 1}])");
  EXPECT_EQ(call.statuses(), "rejected unchanged");
  EXPECT_EQ(call.codes(0), "taken custom_fields.ean");
}

// --- variants ---

class VariantMovesTest : public MovesTest {
 protected:
  void SetUp() override {
    call.many(R"([{"external_id": "a", "name": "a", "variants": [{"sku": "1"}, {"sku": "2"}]},
                  {"external_id": "b", "name": "b", "variants": [{"sku": "3"}]}])");
    a = call.id(0);
    b = call.id(1);
  }
  // The skus of a product's variants, with their ids.
  std::map<std::string, std::int64_t> skus(std::int64_t product) const {
    std::map<std::string, std::int64_t> all;
    for (const auto& row : products.rows.rows(Table::variant)) {
      if (row.values[variant_column::product_id].as_integer() == product)
        all.emplace(row.values[variant_column::sku].as_text(),
                    *row.values[variant_column::id].as_integer());
    }
    return all;
  }
  std::string list(std::int64_t product) const {
    std::string out;
    for (const auto& [sku, id] : skus(product)) out += (out.empty() ? "" : " ") + sku;
    return out;
  }

  std::int64_t a = 0, b = 0;
};

TEST_F(VariantMovesTest, a_variant_moves_to_another_product) {
  call.actions(R"({"variants": "REPLACE"})")
      .many(R"([{"external_id": "b", "variants": [{"sku": "3"}, {"sku": "2"}]},
                {"external_id": "a", "variants": [{"sku": "1"}]}])");
  EXPECT_EQ(call.statuses(), "updated updated");
  EXPECT_EQ(list(a), "1");
  EXPECT_EQ(list(b), "2 3");
}

TEST_F(VariantMovesTest, a_variant_moves_from_a_product_that_gets_another) {
  call.actions(R"({"variants": "REPLACE"})")
      .many(R"([{"external_id": "b", "variants": [{"sku": "3"}, {"sku": "2"}]},
                {"external_id": "a", "variants": [{"sku": "new"}, {"sku": "1"}]}])");
  EXPECT_EQ(call.statuses(), "updated updated");
  EXPECT_EQ(list(a), "1 new");
  EXPECT_EQ(list(b), "2 3");
}

TEST_F(VariantMovesTest, retail_22_a_variant_named_by_id_may_change_its_sku) {
  const std::string id = std::to_string(skus(a).at("1"));
  call.one(R"({"external_id": "a", "variants": [{"id": )" + id + R"(, "sku": "9"}]})");
  EXPECT_EQ(call.status(), "updated");
  EXPECT_EQ(list(a), "2 9");
  EXPECT_EQ(std::to_string(skus(a).at("9")), id);
  EXPECT_EQ(
      call.refused_one(R"({"external_id": "b", "variants": [{"id": )" + id + R"(, "sku": "8"}]})"),
      "not_found variants.0.id");
}

TEST_F(VariantMovesTest, retail_22_variants_swap_their_skus) {
  const auto before = skus(a);
  call.one(R"({"external_id": "a", "variants": [{"id": )" + std::to_string(before.at("1")) +
           R"(, "sku": "2"}, {"id": )" + std::to_string(before.at("2")) + R"(, "sku": "1"}]})");
  EXPECT_EQ(call.status(), "updated");
  EXPECT_EQ(skus(a).at("2"), before.at("1"));
  EXPECT_EQ(skus(a).at("1"), before.at("2"));
}

TEST_F(VariantMovesTest, retail_23_a_sku_that_its_variant_keeps_is_taken) {
  const std::string id = std::to_string(skus(a).at("1"));
  EXPECT_EQ(
      call.refused_one(R"({"external_id": "a", "variants": [{"id": )" + id + R"(, "sku": "2"}]})"),
      "taken variants.0.sku");
  EXPECT_EQ(
      call.refused_one(R"({"external_id": "a", "variants": [{"id": )" + id + R"(, "sku": "3"}]})"),
      "taken variants.0.sku");
  EXPECT_EQ(call.refused_one(R"({"external_id": "a", "variants": [{"id": )" + id +
                             R"(, "sku": "7"}, {"id": )" + id + R"(, "sku": "8"}]})"),
            "collision variants.1.id");
}

TEST_F(VariantMovesTest, rule_7_skus_of_several_products_are_told_with_each_of_them_once) {
  call.options.identifier = "sku";
  EXPECT_EQ(call.refused_one(R"({"variants": [{"sku": "1"}, {"sku": "3"}, {"sku": "2"}]})"),
            "ambiguous variants");
  EXPECT_EQ(call.item().failures[0].message,
            "finds several products: " + std::to_string(a) + "," + std::to_string(b));
}

TEST_F(VariantMovesTest, identifier_field_sku_finds_the_product_of_the_variants) {
  call.options.identifier = "sku";
  call.one(R"({"variants": [{"sku": "2", "price": 5}], "price": 7})");
  EXPECT_EQ(call.status(), "updated");
  EXPECT_EQ(call.decided_by(), "sku");
  EXPECT_EQ(call.id(), a);
  EXPECT_EQ(call.refused_one(R"({"variants": [{"sku": "2"}, {"sku": "3"}]})"),
            "ambiguous variants");
  EXPECT_EQ(call.refused_one(R"({"price": 7})"), "required variants");
  call.one(R"({"name": "new", "variants": [{"sku": "4"}]})");
  EXPECT_EQ(call.status(), "created");
}

TEST_F(VariantMovesTest, retail_22_no_call_takes_the_last_variant) {
  products.put(1, R"({"external_id": "r", "name": "r", "handle": "r", "brand": "b"})");
  Call retail{products, "retail"};
  retail.one(R"({"external_id": "r", "variants": [{"sku": "r1", "price": 1, "position": 1}]})");
  ASSERT_EQ(retail.status(), "updated");
  retail.actions(R"({"variants": "REPLACE"})");
  EXPECT_EQ(retail.refused_one(R"({"external_id": "r", "variants": []})"), "range variants");
  retail.one(R"({"external_id": "r", "variants": [{"sku": "r2", "price": 1, "position": 1}]})");
  EXPECT_EQ(retail.status(), "updated");
  retail.actions(R"({"variants": "REMOVE"})");
  EXPECT_EQ(retail.refused_one(R"({"external_id": "r", "variants": [{"sku": "r2"}]})"),
            "range variants");
}

}  // namespace

}  // namespace product_upsert
