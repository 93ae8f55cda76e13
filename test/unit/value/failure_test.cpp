#include "core/value/failure.hpp"

#include <gtest/gtest.h>

#include <set>

namespace product_upsert {
namespace {

TEST(FailureTest, c60_codes_are_distinct_snake_case_words) {
  std::set<std::string> words;
  for (int c = 0; c <= static_cast<int>(Code::read_only); ++c) {
    const std::string word = name(static_cast<Code>(c));
    EXPECT_EQ(word.find_first_not_of("abcdefghijklmnopqrstuvwxyz_"), std::string::npos) << word;
    EXPECT_TRUE(words.insert(word).second) << word;
  }
  for (const char* required :
       {"required", "type", "too_long", "enum", "format", "range", "unknown_field", "not_found",
        "collision", "taken", "ambiguous", "stale", "precondition", "permission", "read_only"})
    EXPECT_TRUE(words.erase(required) == 1) << required;
  EXPECT_TRUE(words.empty()) << *words.begin();
}

TEST(FailureTest, c60_errors_carry_field_code_message_and_details) {
  EXPECT_EQ(errors_json({}), "[]");
  EXPECT_EQ(errors_json({{Code::required, "a.0.b", "is \"required\"", {}},
                         {Code::collision, "", "m", {{"ids", "[1,2]"}, {"rule", "\"id\""}}}}),
            R"([{"field": "a.0.b", "code": "required", "message": "is \"required\""}, )"
            R"({"field": null, "code": "collision", "message": "m", "ids": [1,2], "rule": "id"}])");
}

TEST(FailureTest, c60_details_are_made_as_json_by_their_types) {
  const std::vector<std::string> words{"a", "say \"b\""};
  const Details::Members made = Details(Details::Members{{"rule", "\"id\""}})
                                    .text("resource_id", "a\"\n")
                                    .texts("valid", words)
                                    .number("id", -5)
                                    .numbers("ids", {1, 2})
                                    .flag("already")
                                    .more({{"others", "12"}});
  EXPECT_EQ(made, (Details::Members{{"rule", "\"id\""},
                                    {"resource_id", R"("a\"\n")"},
                                    {"valid", R"(["a","say \"b\""])"},
                                    {"id", "-5"},
                                    {"ids", "[1,2]"},
                                    {"already", "true"},
                                    {"others", "12"}}));
}

TEST(FailureTest, a_detail_holds_the_first_errors_and_counts_all_by_field_and_code) {
  std::vector<Failure> many;
  for (int i = 0; i < 5000; ++i) {
    many.push_back(
        {Code::type, "variants." + std::to_string(i) + ".price", "must be a number", {}});
    many.push_back({Code::required, "name", "is required to create a product", {}});
  }
  many.push_back({Code::range, "cost", "must not be negative", {}});
  const std::string detail = detail_json(Refusal(Refused::invalid, "m", "", many));
  EXPECT_LT(detail.size(), 64'000U);
  EXPECT_TRUE(detail.starts_with(R"({"errors": [{"field": "variants.0.price", "code": "type")"));
  EXPECT_NE(detail.find(R"("counts": [{"field": "name", "code": "required", "count": 5000}, )"
                        R"({"field": "variants.*.price", "code": "type", "count": 5000}, )"
                        R"({"field": "cost", "code": "range", "count": 1}])"),
            std::string::npos);
}

TEST(FailureTest, a_detail_is_bounded_whatever_one_failure_says) {
  const std::string huge(1'000'000, 'x');
  std::vector<Failure> failures;
  for (int i = 0; i < 3; ++i) {
    failures.push_back({Code::unknown_field,
                        huge + std::to_string(i),
                        huge,
                        {{"resource_id", "\"" + huge + "\""}}});
  }
  for (int i = 0; i < 3000; ++i)
    failures.push_back({Code::unknown_field, "f" + std::to_string(i), "\x01", {}});
  EXPECT_LT(detail_json(Refusal(Refused::invalid, huge, "", failures)).size(), 64'000U);
  EXPECT_EQ(shortened("é", 1), "...");
}

}  // namespace
}  // namespace product_upsert
