// Which custom fields are in use, and as what, by themselves.
#include "core/related/custom_field_uses.hpp"

#include "unit/related/related_case.hpp"

namespace product_upsert {
namespace {

class CustomFieldUsesTest : public RelatedCase {
 protected:
  std::int64_t define(const std::string& reference, const std::string& more = "") {
    return products.rows.put(
        1, Table::custom_field,
        R"({"reference": ")" + reference + R"(", "type": "text")" + more + "}");
  }
  void use(std::int64_t field, const std::string& key, const char* type = "text") {
    products.rows.put(1, Table::custom_field_use,
                      R"({"custom_field_id": )" + std::to_string(field) + R"(, "key": ")" + key +
                          R"(", "type": ")" + type + "\"}");
  }
  const MemoryRelated::Row& only_use() const {
    return products.rows.rows(Table::custom_field_use).at(0);
  }
};

TEST_F(CustomFieldUsesTest, definitions_are_read_once_for_each_organization) {
  define("colour", R"(, "namespace": "look")");
  RelatedState& state = read("[]");
  CustomFieldUses uses(state);
  EXPECT_EQ(uses.known_definitions(1), nullptr);
  EXPECT_EQ(uses.definitions(1).at(0).key, "look.colour");
  const int calls = products.rows.calls;
  EXPECT_EQ(uses.names(1).find("colour", NamedBy::reference).size(), 1U);
  EXPECT_NE(uses.known_definitions(1), nullptr);
  EXPECT_EQ(products.rows.calls, calls);
  EXPECT_TRUE(uses.definitions(2).empty());
}

TEST_F(CustomFieldUsesTest, billing_14_the_first_value_notes_what_the_definition_is) {
  const auto id = define("colour");
  define("size");
  RelatedState& state = read(R"([{"external_id": "a", "custom_fields": {"colour": "red"}}])");
  CustomFieldUses uses(state);
  uses.definitions(1);
  uses.claim(1, items());
  ASSERT_EQ(rows(Table::custom_field_use), 1U);
  using namespace custom_field_use_column;
  EXPECT_EQ(only_use().values[custom_field_id].as_integer(), id);
  EXPECT_EQ(only_use().values[key].as_text(), "colour");
  EXPECT_EQ(only_use().values[type].as_text(), "text");
  uses.claim(1, items());
  EXPECT_EQ(rows(Table::custom_field_use), 1U);
}

TEST_F(CustomFieldUsesTest, what_is_taken_away_is_no_use) {
  define("colour");
  RelatedState& state = read(R"([{"external_id": "a", "custom_fields": {"colour": null}}])");
  CustomFieldUses uses(state);
  uses.definitions(1);
  uses.claim(1, items());
  EXPECT_EQ(rows(Table::custom_field_use), 0U);
}

TEST_F(CustomFieldUsesTest, a_definition_that_is_not_what_is_in_use_has_changed) {
  use(define("colour"), "colour", "number");
  RelatedState& state = read(R"([{"external_id": "a", "custom_fields": {"colour": "red"}}])");
  CustomFieldUses uses(state);
  uses.definitions(1);
  try {
    uses.claim(1, items());
    FAIL();
  } catch (const Refusal& r) {
    EXPECT_EQ(r.kind, Refused::serialization);
  }
}

TEST_F(CustomFieldUsesTest, a_value_that_no_index_has_is_told_until_the_field_is_in_use) {
  const auto id = define("ean", R"(, "unique_value": true)");
  const auto holder =
      products.put(1, R"({"name": "n", "external_id": "h", "custom_fields": {"ean": "1"}})");
  RelatedState& state = read(R"([{"external_id": "a", "custom_fields": {"ean": "2"}}])");
  CustomFieldUses uses(state);
  const CustomField ean = uses.definitions(1).at(0);
  EXPECT_EQ(uses.unindexed(1, ean), holder);
  products.rows.put(1, Table::custom_field_use,
                    R"({"custom_field_id": )" + std::to_string(id) +
                        R"(, "key": "ean", "type": "text", "unique_value": true})");
  EXPECT_EQ(uses.unindexed(1, ean), std::nullopt);
  EXPECT_NE(tell_unindexed(holder).find(std::to_string(holder)), std::string::npos);
}

TEST_F(CustomFieldUsesTest, a_field_without_flags_needs_no_index) {
  define("colour");
  products.put(1, R"({"name": "n", "external_id": "h", "custom_fields": {"colour": "red"}})");
  RelatedState& state = read("[]");
  CustomFieldUses uses(state);
  EXPECT_EQ(uses.unindexed(1, uses.definitions(1).at(0)), std::nullopt);
}

}  // namespace
}  // namespace product_upsert
