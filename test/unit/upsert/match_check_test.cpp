// Whether the product that was found, or none, is what the options and the profile ask for:
// src/core/upsert/match_check.cpp.
#include "core/upsert/match_check.hpp"

#include <gtest/gtest.h>

#include "unit/call.hpp"
#include "unit/source_files.hpp"

namespace product_upsert {
namespace {

class MatchCheckTest : public testing::Test {
 protected:
  MemoryCatalogue products;
  Call vending{products, "vending"};
  Call catalog{products, "catalog"};
};

TEST_F(MatchCheckTest, billing_6_the_identifiers_value_must_be_there) {
  catalog.options.identifier = "reference";
  EXPECT_EQ(catalog.refused_one(R"({"name": "n"})"), "required reference");
  EXPECT_EQ(catalog.refused_one(R"({"name": "n", "reference": null})"), "required reference");
  EXPECT_EQ(catalog.refused_one(R"({"name": "n", "reference": ""})"), "range reference");
  EXPECT_EQ(catalog.refused_one(R"({"name": "n", "reference": 5})"), "type reference");
  // A null elsewhere is told beside it.
  EXPECT_EQ(catalog.refused_one(R"({"name": null, "reference": null})"),
            "type name, required reference");
  EXPECT_EQ(products.size(), 0U);
}

TEST_F(MatchCheckTest, an_identifier_of_several_fields_misses_only_those_not_said) {
  auto rules = builtin_rules();
  rules.rules.push_back(
      {"pair", {Column::upc, Column::department}, {Column::upc, Column::department}, false});
  MemoryCatalogue paired(rules);
  Call call(paired, "catalog");
  call.options.identifier = "pair";
  EXPECT_EQ(call.refused_one(R"({"name": "n", "upc": "u"})"), "required department");
}

// A rule of several fields, the id among them, is no id: what it does not find is made.
TEST_F(MatchCheckTest, billing_7_an_id_beside_other_fields_may_be_free) {
  auto rules = builtin_rules();
  rules.rules.push_back({"pair", {Column::id, Column::upc}, {Column::id, Column::upc}, false});
  MemoryCatalogue paired(rules);
  Call call(paired, "catalog");
  call.options.identifier = "pair";
  call.one(R"({"id": 7, "upc": "u", "name": "n"})");
  EXPECT_EQ(call.status(), "created");
}

// What a new product lacks is said only where one would be created (rule C2).
TEST_F(MatchCheckTest, c2_who_names_no_product_is_told_that_alone) {
  catalog.options.identifier = "custom_field";
  catalog.options.custom_field = "ean";
  products.rows.put(1, Table::custom_field,
                    R"({"reference": "ean", "type": "text", "is_identifier": true})");
  EXPECT_EQ(catalog.refused_one(R"({"description": "d"})"), "required custom_fields.ean");
  catalog.options = {};
  catalog.options.identifier = "reference";
  EXPECT_EQ(catalog.refused_one(R"({"description": "d"})"), "required reference");
  catalog.options = {};
  catalog.options.if_version = 1;
  EXPECT_EQ(catalog.refused_one(R"({"external_id": "f"})"), "precondition");
  catalog.options = {};
  catalog.options.mode = Mode::update;
  EXPECT_EQ(catalog.refused_one(R"({"description": "d"})"), "required id");
  Call versioned(products, compile("test", R"({"identity": ["external_id"], "require_key": true,
      "fields": {"external_id": {"type": "text"}, "name": {"type": "text", "required": true},
      "description": {"type": "text"}, "version": {"role": "version"}}})"));
  EXPECT_EQ(versioned.refused_one(R"({"external_id": "f", "version": 1})"), "precondition version");
  EXPECT_EQ(versioned.refused_one(R"({"description": "d"})"), "required");
}

// Such as the id of a path, which documents of the profile do not have.
TEST_F(MatchCheckTest, an_identifier_of_ours_may_have_no_field) {
  Call call(products, compile("test", R"({"identity": ["external_id"], "fields": {
      "external_id": {"type": "text"}}})"));
  call.options.identifier = "handle";
  call.options.identifier_is_ours = true;
  EXPECT_EQ(call.refused_one(R"({"external_id": "e"})"), "required handle");
}

TEST_F(MatchCheckTest, billing_7_an_id_that_is_asked_for_must_exist) {
  catalog.options.identifier = "id";
  EXPECT_EQ(catalog.refused_one(R"({"id": 5, "name": "n"})"), "not_found id");
  EXPECT_EQ(products.size(), 0U);
}

TEST_F(MatchCheckTest, a_rule_that_never_creates_has_to_find) {
  const auto profile = compile("test", R"({"identity": [{"rule": "uuid", "creates": false}],
      "fields": {"id": {"type": "uuid", "column": "uuid"}, "name": {"type": "text"}}})");
  Call call(products, profile);
  EXPECT_EQ(call.refused_one(R"({"id": "123e4567-e89b-12d3-a456-426614174000", "name": "n"})"),
            "not_found id");
  EXPECT_EQ(call.item().failures[0].message, "names no product by uuid");
  EXPECT_EQ(call.item().failures[0].details.at(0),
            (std::pair<std::string, std::string>("resource_id",
                                                 R"("123e4567-e89b-12d3-a456-426614174000")")));
  EXPECT_EQ(call.refused_one(R"({"name": "n"})"), "required id");
  EXPECT_EQ(call.item().failures[0].message, "is required to find the product");
  EXPECT_EQ(call.refused_one(R"({"id": 5, "name": "n"})"), "type id");
  call.options.mode = Mode::create;
  call.one(R"({"id": "00000000-e89b-12d3-a456-426614174000", "name": "n"})");
  EXPECT_EQ(call.status(), "created");
  call.options.mode = Mode::upsert;
  products.put(1, R"({"uuid": "123e4567-e89b-12d3-a456-426614174000"})");
  call.one(R"({"id": "123E4567-E89B-12D3-A456-426614174000", "name": "n"})");
  EXPECT_EQ(call.status(), "updated");
}

// Where no rule of the profile creates, another one that is asked for has to find, too.
TEST_F(MatchCheckTest, an_identifier_has_to_find_where_the_profile_never_creates) {
  Call call(products, compile("test", R"({"identity": [{"rule": "uuid", "creates": false}],
      "fields": {"id": {"type": "uuid", "column": "uuid"}, "reference": {"type": "text"}}})"));
  call.options.identifier = "reference";
  EXPECT_EQ(call.refused_one(R"({"reference": "r"})"), "not_found reference");
  EXPECT_EQ(call.item().failures[0].message, "names no product");
}

TEST_F(MatchCheckTest, fine_point_h_mode_create_on_a_match_is_taken) {
  const std::string id = std::to_string(products.put(1, R"({"external_id": "e"})"));
  catalog.options.mode = Mode::create;
  EXPECT_EQ(catalog.refused_one(R"({"external_id": "e", "name": "n"})"), "taken external_id");
  EXPECT_EQ(catalog.item().failures[0].message, "names product " + id + ", which exists already");
  catalog.one(R"({"external_id": "f", "name": "n"})");
  EXPECT_EQ(catalog.status(), "created");
}

TEST_F(MatchCheckTest, mode_update_without_a_match_is_not_found) {
  products.put(1, R"({"external_id": "e"})");
  catalog.options.mode = Mode::update;
  EXPECT_EQ(catalog.refused_one(R"({"external_id": "f", "name": "n"})"), "not_found external_id");
  EXPECT_EQ(catalog.refused_one(R"({"name": "n"})"), "required id");
  catalog.one(R"({"external_id": "e", "name": "n"})");
  EXPECT_EQ(catalog.status(), "updated");
}

// A match on the natural key names the five fields (fine point o).
TEST_F(MatchCheckTest, fine_point_o_a_key_of_several_fields_is_told_by_all_of_them) {
  const std::string five = R"({"manufacturer": "M", "brand": "B", "name": "N"})";
  const std::string words = "natural (manufacturer, brand, name, size, unitsForSize)";
  vending.options.mode = Mode::update;
  EXPECT_EQ(vending.refused_one(five), "not_found");
  EXPECT_EQ(vending.item().failures[0].message, "names no product by " + words);
  EXPECT_TRUE(vending.item().failures[0].details.empty());
  const std::string id = std::to_string(products.put(1, five));
  vending.options.mode = Mode::create;
  EXPECT_EQ(vending.refused_one(five), "taken");
  EXPECT_EQ(vending.item().failures[0].message,
            "names product " + id + " by " + words + ", which exists already");
}

TEST_F(MatchCheckTest, if_version_is_a_precondition) {
  const auto id = products.put(1, R"({"external_id": "e"})");
  catalog.options.if_version = 1;
  catalog.one(R"({"external_id": "e", "name": "n"})");
  EXPECT_EQ(catalog.item().version, 2);
  EXPECT_EQ(catalog.refused_one(R"({"external_id": "e", "name": "o"})"), "precondition");
  EXPECT_EQ(catalog.item().failures[0].message,
            "product " + std::to_string(id) + " has version 2, not 1");
  EXPECT_EQ(catalog.refused_one(R"({"external_id": "f", "name": "o"})"), "precondition");
  EXPECT_EQ(products.at(1, id, Column::name), R"("n")");
}

TEST_F(MatchCheckTest, rule_58_one_of_several_versions_will_do) {
  products.put(1, R"({"external_id": "e"})");
  catalog.options.if_version = 7;
  catalog.options.or_versions = {8, 1};
  catalog.one(R"({"external_id": "e", "name": "n"})");
  EXPECT_EQ(catalog.status(), "updated");
  EXPECT_EQ(catalog.refused_one(R"({"external_id": "e", "name": "o"})"), "precondition");
}

TEST_F(MatchCheckTest, a_version_in_the_document_is_a_precondition) {
  const auto profile = compile("test", R"({"identity": ["external_id"], "fields": {
      "external_id": {"type": "text"}, "name": {"type": "text"}, "version": {"role": "version"},
      "code": {"type": "text", "column": "upc", "create_only": "reject"}}})");
  const auto id = products.put(1, R"({"external_id": "e"})");
  Call call(products, profile);
  call.one(R"({"external_id": "e", "name": "n", "version": 1})");
  EXPECT_EQ(call.status(), "updated");
  EXPECT_EQ(call.refused_one(R"({"external_id": "e", "name": "o", "version": 1})"),
            "precondition version");
  EXPECT_EQ(call.item().failures[0].message,
            "must be 2, the version of product " + std::to_string(id));
  EXPECT_EQ(call.refused_one(R"({"external_id": "e", "code": "c", "version": 1})"),
            "precondition version");
  EXPECT_EQ(call.refused_one(R"({"external_id": "f", "version": 1})"), "precondition version");
  call.one(R"({"external_id": "f", "version": null})");
  EXPECT_EQ(call.status(), "created");
}

TEST_F(MatchCheckTest, require_key_refuses_a_document_without_any) {
  const std::string fields = R"(, "fields": {
      "external_id": {"type": "text"}, "reference": {"type": "text"}, "name": {"type": "text"}}})";
  Call call(products,
            compile("test",
                    R"({"identity": ["external_id", "reference"], "require_key": true)" + fields));
  EXPECT_EQ(call.refused_one(R"({"name": "n"})"), "required");
  EXPECT_EQ(call.item().failures[0].message,
            "has no key to be found by again: one of external_id, reference");
  call.one(R"({"name": "n", "reference": "r"})");
  EXPECT_EQ(call.status(), "created");
  Call free(products, compile("test", R"({"identity": ["external_id", "reference"])" + fields));
  free.one(R"({"name": "n"})");
  EXPECT_EQ(free.status(), "created");
}

}  // namespace
}  // namespace product_upsert
