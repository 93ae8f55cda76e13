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

}  // namespace
}  // namespace product_upsert
