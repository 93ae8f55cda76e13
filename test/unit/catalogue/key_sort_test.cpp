// Orders that all writers share: src/core/catalogue/key_sort.cpp.
#include "core/catalogue/key_sort.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <string>
#include <vector>

namespace product_upsert {
namespace {

TEST(SortedByKeyTest, values_decide_one_by_one_and_equal_keys_stay_as_they_stood) {
  const auto text = [](const char* t) { return Value::text(t); };
  const std::vector<std::vector<Value>> values = {{text("b"), text("a")},
                                                  {text("a"), text("z")},
                                                  {text("a"), Value::null()},
                                                  {text("a"), text("z")},
                                                  {text("a"), text("b")}};
  std::vector<Key> keys;
  for (const auto& v : values) keys.push_back({v});
  std::vector<const Key*> all;
  for (const Key& k : keys) all.push_back(&k);
  EXPECT_EQ(sorted_by_key(all), (std::vector<std::uint32_t>{2, 4, 1, 3, 0}));
}

// So many values and columns that their ranks together do not fit a machine word.
TEST(SortedByKeyTest, keys_of_many_columns_are_sorted_as_those_of_few) {
  constexpr std::size_t kCount = 300, kColumns = 12;
  std::uint64_t random = 1;
  std::vector<std::vector<Value>> values(kCount);
  for (auto& row : values) {
    for (std::size_t c = 0; c < kColumns; ++c) {
      random = random * 6364136223846793005U + 1442695040888963407U;
      // The first columns hardly differ, so that the last ones decide.
      row.push_back(Value::integer(static_cast<std::int64_t>((random >> 33U) % (c < 8 ? 2 : 200))));
    }
  }
  std::vector<Key> keys;
  for (const auto& v : values) keys.push_back({v});
  std::vector<const Key*> all;
  for (const Key& k : keys) all.push_back(&k);
  std::vector<std::uint32_t> expected(kCount);
  std::iota(expected.begin(), expected.end(), 0);
  std::stable_sort(expected.begin(), expected.end(), [&](std::uint32_t a, std::uint32_t b) {
    return std::lexicographical_compare(
        values[a].begin(), values[a].end(), values[b].begin(), values[b].end(),
        [](const Value& x, const Value& y) { return *x.as_integer() < *y.as_integer(); });
  });
  EXPECT_EQ(sorted_by_key(all), expected);
}

TEST(SortedTextsTest, bytes_decide_and_equal_texts_stay_as_they_stood) {
  // Heads of eight bytes that agree, bytes above 127, a NUL, prefixes of one another.
  const std::string parts[] = {"", "a", "abcdefgh", "\xC3\xA4", std::string(1, '\0'), "Z", "0"};
  std::vector<std::string> texts;
  for (const std::string& a : parts) {
    for (const std::string& b : parts) {
      for (const std::string& c : parts) texts.push_back(a + b + c);
    }
  }
  std::reverse(texts.begin(), texts.end());
  const std::vector<std::string_view> views(texts.begin(), texts.end());
  std::vector<std::uint32_t> expected(views.size());
  std::iota(expected.begin(), expected.end(), 0);
  std::stable_sort(expected.begin(), expected.end(),
                   [&](std::uint32_t a, std::uint32_t b) { return views[a] < views[b]; });
  EXPECT_EQ(sorted_texts(views), expected);
}

}  // namespace
}  // namespace product_upsert
