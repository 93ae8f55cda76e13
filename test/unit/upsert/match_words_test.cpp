// Which rules were asked and what each found, in words (product_match).
#include "core/upsert/match_words.hpp"

#include <gtest/gtest.h>

#include "unit/call.hpp"

namespace product_upsert {
namespace {

TEST(MatchWordsTest, tells_rules_keys_and_products) {
  MemoryCatalogue products;
  const std::string a = std::to_string(products.put(1, R"({"external_id": "a", "name": "A"})"));
  const std::string b = std::to_string(products.put(1, R"({"reference": "b", "name": "B"})"));
  Call call{products, "catalog"};
  call.options.read_only = true;
  call.one(R"({"external_id": "a", "reference": "b", "handle": "h"})");
  const std::string words = call.engine->explain();
  EXPECT_NE(words.find(R"(external_id "a": product )" + a), std::string::npos) << words;
  EXPECT_NE(words.find(R"(reference "b": product )" + b), std::string::npos) << words;
  EXPECT_NE(words.find(R"(handle "h": no product)"), std::string::npos) << words;
  EXPECT_TRUE(words.ends_with("; not in the document: id, uuid, number, natural")) << words;
}

TEST(MatchWordsTest, tells_nothing_of_a_document_without_keys) {
  MemoryCatalogue products;
  Call call{products, "catalog"};
  call.options.read_only = true;
  call.one(R"({"name": "x"})");
  EXPECT_EQ(call.engine->explain(), "");
}

TEST(MatchWordsTest, asks_the_one_rule_of_identifier_field) {
  MemoryCatalogue products;
  Call call{products, "catalog"};
  call.options.read_only = true;
  call.options.identifier = "external_id";
  call.one(R"({"external_id": "a", "reference": "b", "name": "x"})");
  EXPECT_EQ(call.engine->explain(), R"(looked up: external_id "a": no product)");
}

}  // namespace
}  // namespace product_upsert
