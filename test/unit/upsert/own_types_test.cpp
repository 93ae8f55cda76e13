// Values held against the rules of a user's own types, by themselves.
#include "core/upsert/own_types.hpp"

#include <gtest/gtest.h>

#include "core/catalogue/own_column.hpp"
#include "core/value/events.hpp"
#include "unit/steps.hpp"

namespace product_upsert {
namespace {

Column restricted(const char* name, bool has_default = false) {
  ColumnInfo column{name, ColumnType::text, 98, "public.mood"};
  column.is_restricted = true;
  column.has_default = has_default;
  return own_column(column);
}

// A profile with the columns mood and pace, whose type knows no "angry"; pace has a default in the
// table, mood one in the profile.
class OwnTypesTest : public testing::Test {
 protected:
  OwnTypesTest() {
    own.product = {mood, pace};
    own.variant = {tone};
    for (Column c : own.product) products.own_columns[c];
    products.type_rule = [this](const ColumnInfo&, const Value& v) {
      ++asked;
      return !v.has_value() || v.as_text() != "angry";
    };
    Arena arena;
    profile = compile_profile("own",
                              parse_json(R"({"identity": ["external_id"], "fields": {
            "external_id": {"type": "text"}, "name": {"type": "text"},
            "mood": {"type": "text", "column": "mood_of_own_types", "default": "angry"},
            "pace": {"type": "text", "column": "pace_of_own_types"},
            "variants": {"role": "variants", "fields": {"sku": {"type": "text"},
                                                        "tone": {"type": "text", "column": "tone_of_own_types"}}}}})",
                                         arena),
                              own);
    steps = std::make_unique<Steps>(products, profile);
  }
  bool says(const BatchState& state, std::size_t item, const char* field) const {
    const auto f = static_cast<std::size_t>(profile->find(field));
    return !state.batch.value(state.batch.items[item], f).is_absent();
  }

  Column mood = restricted("mood_of_own_types");
  Column pace = restricted("pace_of_own_types", true);
  Column tone = restricted("tone_of_own_types");
  OwnColumns own;
  MemoryCatalogue products;
  int asked = 0;
  std::shared_ptr<const Profile> profile;
  std::unique_ptr<Steps> steps;
};

TEST_F(OwnTypesTest, what_breaks_the_rule_is_a_failure_and_as_absent_from_then_on) {
  BatchState& state = steps->read(R"([{"external_id": "a", "mood": "angry"},
                                      {"external_id": "b", "mood": "glad"}])");
  OwnTypes(state).check_said();
  EXPECT_EQ(steps->call.codes(0), "constraint mood");
  EXPECT_FALSE(says(state, 0, "mood"));
  EXPECT_EQ(steps->call.codes(1), "");
  EXPECT_TRUE(says(state, 1, "mood"));
}

TEST_F(OwnTypesTest, a_variants_value_is_told_with_its_place) {
  BatchState& state = steps->read(
      R"([{"external_id": "a", "variants": [{"sku": "s", "tone": "calm"},
                                            {"sku": "t", "tone": "angry"}]}])");
  OwnTypes(state).check_said();
  EXPECT_EQ(steps->call.codes(0), "constraint variants.1.tone");
}

TEST_F(OwnTypesTest, a_field_that_is_ignored_is_not_asked_about) {
  steps->call.actions(R"({"mood": "IGNORE"})");
  BatchState& state = steps->read(R"([{"external_id": "a", "mood": "angry"}])");
  OwnTypes(state).check_said();
  EXPECT_EQ(asked, 0);
  EXPECT_EQ(steps->call.codes(0), "");
}

TEST_F(OwnTypesTest, the_default_of_a_new_product_is_checked_once_it_is_planned) {
  BatchState& state = steps->plan(R"([{"external_id": "a", "name": "n"}])");
  OwnTypes types(state);
  types.check_said();
  EXPECT_EQ(steps->call.codes(0), "");
  types.check_merged(steps->group().items);
  EXPECT_EQ(steps->call.codes(0), "constraint mood");
}

TEST_F(OwnTypesTest, what_was_asked_about_or_comes_from_the_table_is_not_asked_again) {
  BatchState& state = steps->plan(R"([{"external_id": "a", "mood": "glad"}])");
  OwnTypes(state).check_merged(steps->group().items);
  EXPECT_EQ(asked, 0);
  EXPECT_EQ(steps->call.codes(0), "");
}

// Of a document in a batch in which another one says the column.
TEST_F(OwnTypesTest, what_the_table_has_a_default_for_is_not_asked_about_where_it_is_not_said) {
  products.type_rule = [this](const ColumnInfo&, const Value& v) {
    ++asked;
    return v.has_value();
  };
  BatchState& state = steps->plan(R"([{"external_id": "a", "mood": "glad", "pace": "slow"},
                                      {"external_id": "b", "mood": "glad"}])");
  OwnTypes(state).check_merged(steps->group().items);
  EXPECT_EQ(asked, 0);
  EXPECT_EQ(steps->call.codes(1), "");
}

}  // namespace
}  // namespace product_upsert
