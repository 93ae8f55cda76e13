#include "core/document/options.hpp"

#include <gtest/gtest.h>

#include "core/value/events.hpp"
#include "core/value/failure.hpp"
#include "unit/call.hpp"
#include "unit/source_files.hpp"

namespace product_upsert {
namespace {

template <typename F>
Refusal refusal_of(F f) {
  try {
    f();
  } catch (const Refusal& r) {
    return r;
  }
  ADD_FAILURE() << "accepted";
  return Refusal(Refused::invalid, "");
}

TEST(OptionsTest, words_are_read) {
  EXPECT_EQ(parse_mode("upsert"), Mode::upsert);
  EXPECT_EQ(parse_mode("create"), Mode::create);
  EXPECT_EQ(parse_mode("update"), Mode::update);
  EXPECT_FALSE(parse_on_error("abort"));
  EXPECT_TRUE(parse_on_error("skip"));
}

TEST(OptionsTest, misspelt_words_list_the_valid_ones) {
  const Refusal mode = refusal_of([] { parse_mode("Upsert"); });
  EXPECT_STREQ(mode.what(), "mode \"Upsert\" is not known");
  EXPECT_EQ(mode.hint, "Valid are upsert, create, update.");
  EXPECT_EQ(codes_of(mode.errors), "enum mode");
  const Refusal on_error = refusal_of([] { parse_on_error(""); });
  EXPECT_EQ(on_error.hint, "Valid are abort, skip.");
}

TEST(OptionsTest, a_null_lists_the_valid_words) {
  const Refusal null = refusal_of([] { parse_on_duplicate(std::nullopt); });
  EXPECT_EQ(null.kind, Refused::null_argument);
  EXPECT_STREQ(null.what(), "on_duplicate must not be null");
  EXPECT_EQ(null.hint, "Valid are reject, same, last.");
  EXPECT_EQ(codes_of(null.errors), "required on_duplicate");
}

class FieldActionsTest : public testing::Test {
 protected:
  std::vector<Action> actions(std::string_view json) {
    return parse_actions(parse_json(json, arena), *profile);
  }
  std::string codes(std::string_view json) {
    return codes_of(refusal_of([&] { actions(json); }).errors);
  }
  std::shared_ptr<const Profile> profile = shipped_profile("catalog");
  Arena arena;
};

TEST_F(FieldActionsTest, none_said_is_the_standard_throughout) {
  EXPECT_TRUE(actions("null").empty());
  EXPECT_TRUE(parse_actions(Value(), *profile).empty());
  EXPECT_EQ(Options().action(3), Action::standard);
}

TEST_F(FieldActionsTest, billing_16_each_action_in_either_case) {
  const auto parsed = actions(
      R"({"tags": "append", "systems": "REMOVE", "description": "Clear", "price": "IGNORE", "brand": "REPLACE"})");
  const auto of = [&](const char* field) {
    return parsed.at(static_cast<std::size_t>(profile->find(field)));
  };
  EXPECT_EQ(of("tags"), Action::append);
  EXPECT_EQ(of("systems"), Action::remove);
  EXPECT_EQ(of("description"), Action::clear);
  EXPECT_EQ(of("price"), Action::ignore);
  EXPECT_EQ(of("brand"), Action::replace);
  EXPECT_EQ(of("cost"), Action::standard);
}

TEST_F(FieldActionsTest, billing_16_every_fault_is_told) {
  EXPECT_EQ(
      codes(
          R"({"nope": "CLEAR", "tags": "ADD", "name": "APPEND", "cost": 1, "organization_id": "CLEAR"})"),
      "enum field_actions.cost, enum field_actions.name, unknown_field field_actions.nope, "
      "enum field_actions.tags, unknown_field field_actions.organization_id");
  EXPECT_EQ(codes("[]"), "type field_actions");
  EXPECT_EQ(codes(R"("CLEAR")"), "type field_actions");
}

TEST_F(FieldActionsTest, what_is_never_null_cannot_be_cleared) {
  EXPECT_EQ(codes(R"({"name": "CLEAR"})"), "enum field_actions.name");
  EXPECT_EQ(codes(R"({"is_deleted": "CLEAR"})"), "enum field_actions.is_deleted");
  Arena arena;
  const Refusal refused = refusal_of([&] {
    parse_actions(parse_json(R"({"name": "CLEAR"})", arena), *shipped_profile("catalog"));
  });
  EXPECT_EQ(refused.errors[0].message, "cannot be cleared: the field must have a value");
}

TEST_F(FieldActionsTest, billing_16_what_is_an_object_is_no_list_to_append_to) {
  Arena arena;
  const Refusal refused = refusal_of([&] {
    parse_actions(parse_json(R"({"translations": "APPEND"})", arena),
                  *compile("test", R"({"identity": ["external_id"], "fields": {
        "external_id": {"type": "text"},
        "translations": {"type": "json", "empty_list": "object"}}})"));
  });
  EXPECT_EQ(codes_of(refused.errors), "enum field_actions.translations");
}

TEST_F(FieldActionsTest, c7_read_only_fields_take_no_action) {
  EXPECT_EQ(codes(R"({"version": "CLEAR"})"), "unknown_field field_actions.version");
}

}  // namespace
}  // namespace product_upsert
