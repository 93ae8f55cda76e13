// The member `precedence` of a definition: which source goes before which.
#include "core/profile/precedence.hpp"

#include <gtest/gtest.h>

#include "core/value/failure.hpp"
#include "unit/source_files.hpp"

namespace product_upsert {
namespace {

std::string with(const std::string& members) {
  return R"({"identity": ["external_id"], "judged_by": "at", )" + members + R"(, "fields": {
      "id": {"type": "integer"}, "external_id": {"type": "text"}, "name": {"type": "text"},
      "vendor": {"type": "text", "column": "brand"},
      "color": {"type": "text", "column": "meta", "member": "color"},
      "at": {"type": "timestamp", "column": "meta", "member": "at"},
      "changed": {"type": "timestamp", "column": "updated_at", "read_only": "ignore"},
      "families": {"role": "links", "table": "family", "by": ["name"]},
      "variants": {"role": "variants", "fields": {"sku": {"type": "text"}}}}})";
}

// The message of the refusal, or "accepted".
std::string precedence_refusal(const std::string& members) {
  try {
    compile("test", with(members));
  } catch (const Refusal& r) {
    return r.what();
  }
  return "accepted";
}

using Sources = std::vector<std::string>;

TEST(PrecedenceTest, a_field_has_its_own_list_or_that_of_the_rest) {
  const auto profile = compile(
      "test", with(R"("source": "erp", "precedence": {"name": ["hand"], "*": ["a", "b"]})"));
  EXPECT_EQ(profile->source, "erp");
  const auto of = [&](const char* field) {
    return profile->precedence[static_cast<std::size_t>(profile->find(field))];
  };
  EXPECT_EQ(of("name"), Sources{"hand"});
  for (const char* field : {"external_id", "vendor", "color", "families", "variants"})
    EXPECT_EQ(of(field), (Sources{"a", "b"})) << field;
  for (const char* field : {"id", "at", "changed"}) EXPECT_EQ(of(field), Sources{}) << field;
}

TEST(PrecedenceTest, where_the_rest_is_not_named_it_has_none) {
  const auto profile = compile("test", with(R"("precedence": {"name": ["hand"]})"));
  EXPECT_TRUE(profile->precedence[static_cast<std::size_t>(profile->find("vendor"))].empty());
  EXPECT_TRUE(compile("test", with(R"("source": "erp")"))->precedence.empty());
}

TEST(PrecedenceTest, every_fault_has_its_path) {
  EXPECT_EQ(precedence_refusal(R"("source": 1)").find("source: must be text"), 0U);
  EXPECT_EQ(precedence_refusal(R"("source": "")").find("source: must not be empty"), 0U);
  EXPECT_EQ(precedence_refusal(R"("precedence": [])").find("precedence: must be an object"), 0U);
  EXPECT_EQ(
      precedence_refusal(R"("precedence": {})").find("precedence: must name at least one field"),
      0U);
  EXPECT_EQ(precedence_refusal(R"("precedence": {"nam": ["a"]})")
                .find("precedence.nam: names no field of this profile"),
            0U);
  EXPECT_EQ(
      precedence_refusal(R"("precedence": {"name": "a"})").find("precedence.name: must be a list"),
      0U);
  EXPECT_EQ(
      precedence_refusal(R"("precedence": {"*": []})").find("precedence.*: must name at least one"),
      0U);
  EXPECT_EQ(precedence_refusal(R"("precedence": {"name": ["a", 1]})")
                .find("precedence.name.1: must be text"),
            0U);
  EXPECT_EQ(precedence_refusal(R"("precedence": {"name": ["a", "b", "a"]})")
                .find(R"(precedence.name.2: names source "a" twice)"),
            0U);
  for (const char* field : {"id", "at", "changed"})
    EXPECT_EQ(precedence_refusal(R"("precedence": {")" + std::string(field) + R"(": ["a"]})")
                  .find("precedence." + std::string(field) + ": must name a field that documents"),
              0U)
        << field;
  EXPECT_EQ(precedence_refusal(R"("precedence": {"name": [], "color": 1})").find("(and 1 more)"),
            precedence_refusal(R"("precedence": {"name": [], "color": 1})").size() - 12);
}

TEST(PrecedenceTest, marks_are_named_alike_in_all_profiles) {
  const auto profile = compile("test", with(R"("source": "erp")"));
  const auto mark = [&](const char* field) {
    return mark_name(profile->fields[static_cast<std::size_t>(profile->find(field))]);
  };
  EXPECT_EQ(mark("vendor"), "brand");
  EXPECT_EQ(mark("color"), "meta.color");
  EXPECT_EQ(mark("families"), "product_family_link");
  EXPECT_EQ(mark("variants"), "product_variant");
}

TEST(PrecedenceTest, what_is_not_named_ranks_last) {
  const Sources sources{"hand", "erp"};
  EXPECT_LT(rank_of(sources, "hand"), rank_of(sources, "erp"));
  EXPECT_LT(rank_of(sources, "erp"), rank_of(sources, "other"));
  EXPECT_EQ(rank_of(sources, "other"), rank_of(sources, ""));
}

TEST(PrecedenceTest, marks_may_be_shown_and_not_written) {
  const auto of = [](const char* read_only) {
    return R"({"identity": ["id"], "fields": {"id": {"type": "integer"}, "by": {"type": "json", )"
           R"("column": "field_sources")" +
           std::string(read_only) + "}}}";
  };
  EXPECT_NO_THROW(compile("test", of(R"(, "read_only": "ignore")")));
  EXPECT_THROW(compile("test", of("")), Refusal);
  EXPECT_THROW(compile("test", of(R"(, "member": "name")")), Refusal);
}

}  // namespace
}  // namespace product_upsert
