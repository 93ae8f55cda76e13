// By which rules documents are found, and how those are called.
#include "core/upsert/match_rules.hpp"

#include <gtest/gtest.h>

#include "unit/source_files.hpp"
#include "unit/steps.hpp"

namespace product_upsert {
namespace {

class MatchRulesTest : public testing::Test {
 protected:
  std::string asked(const MatchRules& match) {
    std::string names;
    for (const std::uint16_t rule : match.asked())
      names += (names.empty() ? "" : " ") + match.all().rules[rule].name;
    return names;
  }
  // What is said of the option, or the rules that are asked.
  std::string of(const std::string& profile, const std::string& identifier) {
    Options options;
    options.identifier = identifier;
    try {
      return asked(MatchRules(rules, options, *shipped_profile(profile)));
    } catch (const Refusal& refusal) {
      return refusal.what();
    }
  }
  const IdentityRules rules = builtin_rules();
};

TEST_F(MatchRulesTest, without_an_identifier_the_profiles_rules_in_its_order) {
  const auto vending = shipped_profile("vending");
  EXPECT_EQ(asked(MatchRules(rules, {}, *vending)), "id natural");
}

TEST_F(MatchRulesTest, billing_4_an_identifier_is_one_rule) {
  EXPECT_EQ(of("billing", "reference"), "reference");
  EXPECT_EQ(of("billing", "handle"), "identifier_field \"handle\" is not for profile \"billing\"");
  EXPECT_EQ(of("billing", "nonsense"), "identifier_field \"nonsense\" is not known");
}

TEST_F(MatchRulesTest, subscription_39_the_name_of_a_field_means_its_rule) {
  EXPECT_EQ(of("subscription", "id"), "uuid");
}

TEST_F(MatchRulesTest, a_field_that_is_one_of_several_of_a_rule_is_no_identifier) {
  EXPECT_EQ(of("vending", "manufacturer"), "identifier_field \"manufacturer\" is not known");
}

// C7: a key that documents are not to say finds nothing, unless it is there to find products by.
TEST_F(MatchRulesTest, c7_a_read_only_field_identifies_only_where_it_is_for_matching) {
  const auto may = [&](const std::string& read_only) {
    Options options;
    options.identifier = "external_id";
    const auto profile = compile("test", R"({"identity": ["reference"], "fields": {
        "reference": {"type": "text"}, "external_id": {"type": "text", "read_only": ")" +
                                             read_only + R"("}}})");
    try {
      return asked(MatchRules(rules, options, *profile));
    } catch (const Refusal& refusal) {
      return refusal.hint;
    }
  };
  EXPECT_EQ(may("match"), "external_id");
  EXPECT_EQ(may("ignore"), "Valid are reference.");
  EXPECT_EQ(may("reject"), "Valid are reference.");
}

TEST_F(MatchRulesTest, a_name_of_two_rules_is_not_among_those_that_are_offered) {
  Options options;
  options.identifier = "reference";
  const auto profile = compile("test", R"({"identity": ["external_id"], "fields": {
      "reference": {"type": "text", "column": "external_id"},
      "other": {"type": "text", "column": "reference"}}})");
  try {
    MatchRules(rules, options, *profile);
    FAIL();
  } catch (const Refusal& refusal) {
    EXPECT_STREQ(refusal.what(),
                 "identifier_field \"reference\" names a rule, and a field of another rule");
    EXPECT_EQ(refusal.hint, "Valid are external_id, other.");
  }
}

TEST_F(MatchRulesTest, billing_5_a_custom_field_is_a_rule_of_its_own) {
  Options options;
  options.identifier = "custom_field";
  const auto billing = shipped_profile("billing");
  EXPECT_THROW(MatchRules(rules, options, *billing), Refusal);
  options.custom_field = "ean";
  const MatchRules match(rules, options, *billing);
  EXPECT_EQ(asked(match), "custom_field:ean");
  EXPECT_EQ(match.indirect(), rules.rules.size());
  EXPECT_FALSE(match.finds_by_sku());
  EXPECT_EQ(match.field(match.all().rules.back()), "custom_fields.ean");
  const auto agency = shipped_profile("agency");
  EXPECT_THROW(MatchRules(rules, options, *agency), Refusal);
  options.identifier = "reference";
  EXPECT_THROW(MatchRules(rules, options, *billing), Refusal);
}

TEST_F(MatchRulesTest, a_rule_is_told_by_the_profiles_names) {
  const auto vending = shipped_profile("vending");
  const MatchRules match(rules, {}, *vending);
  const IdentityRule& natural = rules.rules[static_cast<std::size_t>(rules.find("natural"))];
  EXPECT_EQ(match.field(natural), "");
  EXPECT_EQ(match.words(natural), "natural (manufacturer, brand, name, size, unitsForSize)");
  EXPECT_EQ(match.field_names(natural),
            (std::vector<std::string>{"manufacturer", "brand", "name", "size", "unitsForSize"}));
  const IdentityRule& id = rules.rules[static_cast<std::size_t>(rules.find("id"))];
  EXPECT_EQ(match.field(id), "productId");
  EXPECT_EQ(match.words(id), "id");
}

TEST_F(MatchRulesTest, billing_16_what_is_ignored_goes_unless_the_product_is_found_by_it) {
  MemoryCatalogue products;
  Steps steps(products, "catalog");
  steps.call.actions(R"({"description": "IGNORE", "reference": "IGNORE"})");
  BatchState& state = steps.read(R"([{"reference": "r", "description": 5}])");
  const Item& item = state.batch.items[0];
  EXPECT_TRUE(item.failures.empty());
  const auto field = [&](const char* name) {
    return static_cast<std::size_t>(state.batch.profile.find(name));
  };
  EXPECT_TRUE(state.batch.value(item, field("description")).is_absent());
  EXPECT_EQ(state.batch.value(item, field("reference")).as_text(), "r");
}

TEST_F(MatchRulesTest, billing_16_variants_and_custom_fields_stay_where_they_find_the_product) {
  MemoryCatalogue products;
  const auto stays = [&](const char* identifier, const char* field) {
    Steps steps(products, "catalog");
    if (*identifier != 0) steps.call.options.identifier = identifier;
    if (steps.call.options.identifier == "custom_field") steps.call.options.custom_field = "ean";
    steps.call.actions(R"({"variants": "IGNORE", "custom_fields": "IGNORE"})");
    BatchState& state =
        steps.read(R"([{"variants": [{"sku": "s"}], "custom_fields": {"ean": "1"}}])");
    return !state.batch
                .value(state.batch.items[0],
                       static_cast<std::size_t>(state.batch.profile.find(field)))
                .is_absent();
  };
  EXPECT_TRUE(stays("sku", "variants"));
  EXPECT_FALSE(stays("sku", "custom_fields"));
  EXPECT_TRUE(stays("custom_field", "custom_fields"));
  EXPECT_FALSE(stays("custom_field", "variants"));
  EXPECT_FALSE(stays("", "variants"));
  EXPECT_FALSE(stays("", "custom_fields"));
}

}  // namespace
}  // namespace product_upsert
