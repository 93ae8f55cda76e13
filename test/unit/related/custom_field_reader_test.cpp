// What a document says of custom fields, held against their definitions (rules 14 and 47).
#include "core/related/custom_field_reader.hpp"

#include <gtest/gtest.h>

#include <map>

#include "unit/call.hpp"

namespace product_upsert {
namespace {

class CustomFieldReaderTest : public testing::Test {
 protected:
  CustomFieldReaderTest() {
    product = products.put(1, R"({"external_id": "e", "reference": "r", "name": "n"})");
    define("text", R"("type": "text")");
    define("number", R"("type": "number")");
    define("flag", R"("type": "boolean")");
    define("day", R"("type": "date")");
    define("size", R"("type": "enum", "enum_values": ["S", "M"])");
    define("many", R"("type": "number", "multiple_values": true)");
    define("list", R"("type": "list")");
    define("key", R"("type": "text", "unique_value": true)");
  }
  std::int64_t define(const std::string& reference, const std::string& members) {
    return ids[reference] = products.rows.put(
               1, Table::custom_field, R"({"reference": ")" + reference + "\", " + members + "}");
  }
  std::string id(const char* reference) { return std::to_string(ids[reference]); }

  // The failures of billing's list of these entries, or what is stored.
  std::string entries(const std::string& json) {
    Call call(products, "billing");
    call.skip().one(R"({"reference": "r", "custom_fields": [)" + json + "]}");
    return call.item().failures.empty() ? stored() : call.codes();
  }
  // … of the profile's object.
  std::string members(const std::string& json, const char* profile = "catalog") {
    Call call(products, profile);
    call.skip().one(R"({"external_id": "e", "custom_fields": )" + json + "}");
    return call.item().failures.empty() ? stored() : call.codes();
  }
  std::string stored() {
    std::string text = products.at(1, product, Column::custom_fields);
    products.change(1, product, R"({"custom_fields": null})");
    return text;
  }

  MemoryCatalogue products;
  std::map<std::string, std::int64_t> ids;
  std::int64_t product = 0;
};

TEST_F(CustomFieldReaderTest, billing_14_values_are_taken_as_json_or_as_their_text) {
  EXPECT_EQ(
      entries(R"({"reference": "number", "value": "1.50"}, {"reference": "flag", "value": "true"},
                       {"reference": "text", "value": "1"})"),
      R"({"flag":true,"text":"1","number":1.50})");
  EXPECT_EQ(
      entries(R"({"reference": "number", "value": 2}, {"reference": "flag", "value": false})"),
      R"({"flag":false,"number":2})");
  EXPECT_EQ(entries(R"({"reference": "flag", "value": "false"})"), R"({"flag":false})");
  EXPECT_EQ(entries(R"({"reference": "text", "value": "true"})"), R"({"text":"true"})");
  EXPECT_EQ(entries(R"({"reference": "text", "value": 1})"), "type custom_fields.0.value");
  EXPECT_EQ(entries(R"({"reference": "text", "value": true})"), "type custom_fields.0.value");
  EXPECT_EQ(entries(R"({"reference": "number", "value": "many"})"), "type custom_fields.0.value");
  EXPECT_EQ(entries(R"({"reference": "flag", "value": "yes"})"), "type custom_fields.0.value");
  EXPECT_EQ(entries(R"({"reference": "flag", "value": 1})"), "type custom_fields.0.value");
}

TEST_F(CustomFieldReaderTest, billing_14_type_enum_and_multiplicity_are_enforced) {
  EXPECT_EQ(
      entries(
          R"({"reference": "size", "value": "M"}, {"reference": "day", "value": "2026-02-28"})"),
      R"({"day":"2026-02-28","size":"M"})");
  EXPECT_EQ(entries(R"({"reference": "size", "value": "L"})"), "enum custom_fields.0.value");
  EXPECT_EQ(entries(R"({"reference": "day", "value": "2026-02-29"})"),
            "format custom_fields.0.value");
  EXPECT_EQ(entries(R"({"reference": "many", "values": ["1", 2]})"), R"({"many":[1,2]})");
  EXPECT_EQ(entries(R"({"reference": "many", "value": "1"})"), R"({"many":[1]})");
  EXPECT_EQ(entries(R"({"reference": "many", "value": "x"})"), "type custom_fields.0.value");
  EXPECT_EQ(entries(R"({"reference": "many", "values": ["1", "x", null]})"),
            "type custom_fields.0.values.1, type custom_fields.0.values.2");
  EXPECT_EQ(entries(R"({"reference": "list", "values": ["a", "b"]})"), R"({"list":["a","b"]})");
  EXPECT_EQ(entries(R"({"reference": "text", "values": ["a"]})"), "type custom_fields.0.values");
}

TEST_F(CustomFieldReaderTest, billing_14_null_beside_the_other_member_is_as_absent) {
  EXPECT_EQ(entries(R"({"reference": "text", "value": "a", "values": null})"), R"({"text":"a"})");
  EXPECT_EQ(entries(R"({"reference": "many", "values": ["1"], "value": null})"), R"({"many":[1]})");
  EXPECT_EQ(entries(R"({"reference": "text", "value": "a", "values": ["b"]})"),
            "collision custom_fields.0.value");
  EXPECT_EQ(entries(R"({"reference": "text"})"), "required custom_fields.0.value");
  EXPECT_EQ(entries(R"({"reference": "many"})"), "required custom_fields.0.values");
}

TEST_F(CustomFieldReaderTest, billing_14_id_and_reference_name_one_field) {
  EXPECT_EQ(entries(R"({"id": )" + id("text") + R"(, "value": "a"})"), R"({"text":"a"})");
  EXPECT_EQ(entries(R"({"id": ")" + id("text") + R"(", "reference": "text", "value": "a"})"),
            R"({"text":"a"})");
  EXPECT_EQ(entries(R"({"id": )" + id("text") + R"(, "reference": "number", "value": "1"})"),
            "collision custom_fields.0");
  EXPECT_EQ(entries(R"({"reference": "nobody", "value": "a"})"),
            "not_found custom_fields.0.reference");
  EXPECT_EQ(entries(R"({"reference": "text", "id": 999, "value": "a"})"),
            "not_found custom_fields.0.id");
  EXPECT_EQ(entries(R"({"value": "a"})"), "required custom_fields.0.reference");
  EXPECT_EQ(entries("7"), "required custom_fields.0.reference");
  EXPECT_EQ(entries(R"({"reference": "text", "value": "a"}, {"id": )" + id("text") +
                    R"(, "value": "a"})"),
            "collision custom_fields.1.value");
}

// An answer that is given back has both, and fields of two namespaces may share a reference.
TEST_F(CustomFieldReaderTest, billing_8_an_entry_of_an_answer_names_one_of_two_namespaces) {
  const auto a = define("shared", R"("namespace": "a", "type": "text")");
  define("shared", R"("namespace": "b", "type": "text")");
  EXPECT_EQ(
      entries(R"({"id": ")" + std::to_string(a) + R"(", "reference": "shared", "value": "x"})"),
      R"({"a.shared":"x"})");
  EXPECT_EQ(
      entries(R"({"id": ")" + std::to_string(a) + R"(", "reference": "a.shared", "value": "x"})"),
      R"({"a.shared":"x"})");
  EXPECT_EQ(entries(R"({"reference": "shared", "value": "x"})"),
            "collision custom_fields.0.reference");
  EXPECT_EQ(entries(R"({"id": )" + id("text") + R"(, "reference": "shared", "value": "x"})"),
            "collision custom_fields.0.reference");
}

TEST_F(CustomFieldReaderTest, what_has_another_shape_is_told) {
  Call billing(products, "billing");
  EXPECT_EQ(billing.refused_one(R"({"reference": "r", "custom_fields": {"text": "a"}})"),
            "type custom_fields");
  EXPECT_EQ(members("7"), "type custom_fields");
  EXPECT_EQ(members("[]"), "type custom_fields");
}

TEST_F(CustomFieldReaderTest, members_of_an_object_are_checked_where_they_are_defined) {
  EXPECT_EQ(members(R"({"text": "a", "free": [1], "many": [1, 2]})"),
            R"({"free":[1],"many":[1,2],"text":"a"})");
  EXPECT_EQ(members(R"({"number": "1"})"), "type custom_fields.number");
  EXPECT_EQ(members(R"({"many": 1})"), "type custom_fields.many");
  EXPECT_EQ(members(R"({"Text": "a"})"), "not_found custom_fields.Text");
  EXPECT_EQ(members(R"({"text": "a", ")" + id("text") + R"(": "b"})").substr(0, 22),
            "collision custom_field");
}

TEST_F(CustomFieldReaderTest,
       subscription_47_an_unknown_key_is_refused_and_a_list_that_is_empty_is_none) {
  products.change(1, product, R"({"uuid": "123e4567-e89b-12d3-a456-426614174000"})");
  Call call(products, "subscription");
  const std::string head = R"({"id": "123e4567-e89b-12d3-a456-426614174000", "customFields": )";
  EXPECT_EQ(call.refused_one(head + R"({"nobody": 1}})"), "not_found customFields.nobody");
  EXPECT_EQ(call.refused_one(head + R"({"flag": "x"}})"), "type customFields.flag");
  call.one(head + R"({"text": "a"}})");
  EXPECT_EQ(call.status(), "updated");
  call.one(head + "[]}");
  EXPECT_EQ(call.status(), "unchanged");
  EXPECT_EQ(call.refused_one(head + "[1]}"), "type customFields");
}

TEST_F(CustomFieldReaderTest, c8_a_value_that_identifies_is_identity_text) {
  EXPECT_EQ(members(R"({"key": " a "})"), R"({"key":"a"})");
  EXPECT_EQ(members(R"({"key": " "})"), "range custom_fields.key");
  EXPECT_EQ(members(R"({"key": "a\u0007b"})"), "format custom_fields.key");
  EXPECT_EQ(members(R"({"key": ")" + std::string(2501, 'x') + "\"}"), "too_long custom_fields.key");
  EXPECT_EQ(members(R"({"text": " a "})"), R"({"text":" a "})");
}

}  // namespace
}  // namespace product_upsert
