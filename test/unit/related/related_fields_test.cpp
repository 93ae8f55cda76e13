// What of documents reaches beyond the row of product, against the catalogue in memory.
#include <gtest/gtest.h>

#include "unit/call.hpp"
#include "unit/source_files.hpp"

namespace product_upsert {

namespace {

class RelatedFieldsTest : public testing::Test {
 protected:
  std::int64_t define(const char* json) { return products.rows.put(1, Table::custom_field, json); }
  std::size_t uses() const { return products.rows.rows(Table::custom_field_use).size(); }

  MemoryCatalogue products;
};

TEST_F(RelatedFieldsTest, custom_field_the_first_value_notes_what_the_definition_was) {
  define(R"({"reference": "ean", "type": "text"})");
  Call call(products, "catalog");
  call.one(R"({"external_id": "a", "name": "A", "custom_fields": {"ean": "1", "free": 2}})");
  EXPECT_EQ(call.status(), "created");
  ASSERT_EQ(uses(), 1U);
  Call(products, "catalog").one(R"({"external_id": "a", "custom_fields": {"ean": "2"}})");
  EXPECT_EQ(uses(), 1U);
}

TEST_F(RelatedFieldsTest, custom_field_nothing_is_noted_where_nothing_is_written) {
  define(R"({"reference": "ean", "type": "text"})");
  Call call(products, "catalog");
  call.skip().many(
      R"([{"external_id": "a", "name": "A", "price": "x", "custom_fields": {"ean": "1"}},
          {"external_id": "b", "name": "B", "custom_fields": {"ean": null}}])");
  EXPECT_EQ(call.statuses(), "rejected created");
  EXPECT_EQ(uses(), 0U);
}

TEST_F(RelatedFieldsTest, custom_field_a_changed_definition_is_to_be_read_again) {
  const auto id = define(R"({"reference": "ean", "type": "text"})");
  products.rows.put(
      1, Table::custom_field_use,
      R"({"custom_field_id": )" + std::to_string(id) + R"(, "key": "ean", "type": "number"})");
  Call call(products, "catalog");
  EXPECT_THROW(call.one(R"({"external_id": "a", "name": "A", "custom_fields": {"ean": "1"}})"),
               Refusal);
  EXPECT_EQ(products.size(), 0U);
}

TEST_F(RelatedFieldsTest, custom_field_values_that_no_index_has_keep_flags_from_being_used) {
  products.put(1, R"({"external_id": "a", "custom_fields": {"ean": "1"}})");
  define(R"({"reference": "ean", "type": "text", "unique_value": true})");
  Call call(products, "catalog");
  call.skip().many(R"([{"external_id": "b", "name": "B", "custom_fields": {"ean": "1"}},
                       {"external_id": "c", "name": "C", "custom_fields": {"ean": null}}])");
  EXPECT_EQ(call.codes(0), "precondition custom_fields.ean");
  EXPECT_EQ(call.status(1), "created");
}

// A quiet field is written with whatever else changes, rows beside the product too.
TEST_F(RelatedFieldsTest, a_quiet_field_is_written_where_variants_change) {
  Call call(products, compile("quiet", R"({"identity": ["external_id"], "fields": {
      "external_id": {"type": "text"}, "description": {"type": "text", "quiet": true},
      "variants": {"role": "variants", "fields": {"sku": {"type": "text"}}}}})"));
  const auto id = products.put(1, R"({"external_id": "a", "description": "old"})");
  call.one(R"({"external_id": "a", "description": "new"})");
  EXPECT_EQ(call.status(), "unchanged");
  call.one(R"({"external_id": "a", "description": "new", "variants": [{"sku": "s"}]})");
  EXPECT_EQ(call.changed(), "description variants");
  EXPECT_EQ(products.at(1, id, Column::description), "\"new\"");
}

// C1, for all that makes an update of a document whose row looks the same.
TEST_F(RelatedFieldsTest, c1_a_document_of_rows_beside_the_product_alone_keeps_its_columns) {
  products.rows.put(1, Table::feature, R"({"id": 7, "reference": "f"})");
  const auto id = products.put(1, R"({"external_id": "b", "name": "B", "price": 20})");
  for (const char* said : {R"("variants": [{"sku": "b1", "price": 1}])", R"("features": ["f"])",
                           R"("parent_product_id": "p")", R"("custom_fields": {"free": 1})"}) {
    Call call(products, "catalog");
    call.many(R"([{"external_id": "p", "name": "P", "price": 3, "description": "new"},
                  {"external_id": "b", )" +
              std::string(said) + "}]");
    EXPECT_EQ(call.status(1), "updated") << said;
    EXPECT_EQ(products.at(1, id, Column::name), "\"B\"") << said;
    EXPECT_EQ(products.at(1, id, Column::price), "20") << said;
    const auto p = call.id(0);
    products.change(1, id, R"({"parent_product_id": null})");
    products.erase(1, p);
  }
}

}  // namespace

}  // namespace product_upsert
