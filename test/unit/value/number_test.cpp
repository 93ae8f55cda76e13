#include "core/value/number.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

namespace product_upsert {
namespace {

// What a number is: digits × 10^-scale, as numeric holds it.
struct Model {
  bool negative = false;
  std::string digits;  // without zeros in front; none for zero
  long scale = 0;

  std::string plain() const {
    std::string text = digits;
    const auto places = static_cast<std::size_t>(scale);
    if (text.size() <= places) text.insert(0, places + 1 - text.size(), '0');
    if (places > 0) text.insert(text.size() - places, ".");
    return (negative ? "-" : "") + text;
  }
  // All digits before the point in one length, all behind it in another: signs apart, texts compare
  // as the numbers do.
  std::string padded() const {
    constexpr std::size_t kBefore = 700;
    constexpr std::size_t kBehind = 700;
    const std::string text = plain().substr(negative ? 1 : 0);
    const std::size_t point = std::min(text.find('.'), text.size());
    std::string all = std::string(kBefore - point, '0') + text.substr(0, point);
    if (point < text.size()) all += text.substr(point + 1);
    all.resize(kBefore + kBehind, '0');
    return all;
  }
  bool is_zero() const { return digits.empty(); }
};

class NumberTest : public testing::Test {
 protected:
  void SetUp() override { RecordProperty("seed", kSeed); }

  int below(int n) { return std::uniform_int_distribution(0, n - 1)(random_); }
  bool one_of(int n) { return below(n) == 0; }

  Model any() {
    static constexpr int kLengths[] = {1, 2, 17, 18, 19, 20, 40};
    static constexpr int kZeros[] = {0, 1, 80, 98, 99, 100, 101, 120, 500};
    Model m;
    if (!one_of(20)) {
      m.digits += static_cast<char>('1' + below(9));
      for (int left = kLengths[below(7)] - 1; left > 0; --left)
        m.digits += static_cast<char>(one_of(2) ? '0' : '0' + below(10));
      m.digits.append(one_of(3) ? static_cast<std::size_t>(kZeros[below(9)]) : 0, '0');
    }
    m.negative = !m.digits.empty() && one_of(3);
    m.scale = one_of(2) ? 0 : kZeros[below(9)] + (one_of(2) ? below(20) : 0);
    return m;
  }
  // Another text of the same value and scale.
  std::string any_text(const Model& m) {
    if (one_of(2)) return m.plain();
    std::string digits = m.is_zero() ? "0" : m.digits;
    long exponent = -m.scale;
    while (m.scale == 0 && digits.size() > 1 && digits.back() == '0' && !one_of(10)) {
      digits.pop_back();
      ++exponent;
    }
    const auto behind = static_cast<std::size_t>(below(static_cast<int>(digits.size())));
    if (behind > 0 && (m.scale > 0 || exponent == 0 || digits.size() > behind)) {
      digits.insert(digits.size() - behind, ".");
      exponent += static_cast<long>(behind);
    }
    return (m.negative ? "-" : "") + digits + (one_of(2) ? "e" : "E") + std::to_string(exponent);
  }
  Value parsed(const std::string& text) {
    const auto v = Value::parse_number(text, arena_);
    EXPECT_TRUE(v) << text;
    return v.value_or(Value());
  }

  static constexpr unsigned kSeed = 20261128;
  std::mt19937 random_{kSeed};
  Arena arena_;
};

TEST_F(NumberTest, c5_of_any_notation_the_same_is_kept_and_numerics_text_is_printed) {
  for (int i = 0; i < 20'000; ++i) {
    const Model m = any();
    const std::string text = any_text(m);
    const Value v = parsed(text);
    EXPECT_EQ(plain_notation(v), m.plain()) << text;
    EXPECT_EQ(v.sign(), m.is_zero() ? 0 : m.negative ? -1 : 1) << text;
    const Value plain = parsed(m.plain());
    EXPECT_TRUE(identical(v, plain)) << text;
    EXPECT_TRUE(identical(v, parsed(v.json()))) << text;
    EXPECT_EQ(v.kind() == Kind::decimal, m.digits.size() <= 18 && m.scale <= 18) << text;
  }
}

TEST_F(NumberTest, c5_numbers_compare_by_value) {
  for (int i = 0; i < 20'000; ++i) {
    const Model a = any();
    Model b = one_of(2) ? any() : a;
    if (one_of(2)) {  // of another scale, and mostly the same value
      const int zeros = below(120);
      b.scale += zeros;
      if (!b.is_zero()) b.digits.append(static_cast<std::size_t>(zeros), '0');
    }
    if (one_of(4) && !b.is_zero()) b.digits.back() = static_cast<char>('1' + below(9));
    const Value x = parsed(any_text(a));
    const Value y = parsed(any_text(b));
    const std::string pa = a.padded();
    const std::string pb = b.padded();
    const auto signed_order = [](const Model& m) { return m.is_zero() ? 0 : m.negative ? -1 : 1; };
    auto order = signed_order(a) <=> signed_order(b);
    if (order == 0 && signed_order(a) != 0)
      order = signed_order(a) > 0 ? pa.compare(pb) <=> 0 : pb.compare(pa) <=> 0;
    EXPECT_TRUE(compare_numbers(x, y) == order) << a.plain() << " and " << b.plain();
    EXPECT_EQ(equal_keys(x, y), order == 0) << a.plain() << " and " << b.plain();
    EXPECT_EQ(same_value(x, y), order == 0) << a.plain() << " and " << b.plain();
    EXPECT_EQ(identical(x, y), a.plain() == b.plain()) << a.plain() << " and " << b.plain();
    if (order != 0) continue;
    EXPECT_EQ(hash_key(x), hash_key(y)) << a.plain() << " and " << b.plain();
    EXPECT_EQ(hash_value(x), hash_value(y)) << a.plain() << " and " << b.plain();
  }
}

TEST_F(NumberTest, a_whole_number_that_a_bigint_holds_is_one_in_any_notation) {
  for (const char* text : {"9223372036854775807", "-9223372036854775808", "9223372036854775807.00",
                           "92233720368547758070e-1", "1e18", "1000000000000000000.0000"}) {
    const std::string plain = plain_notation(parsed(text));
    EXPECT_EQ(std::to_string(parsed(text).as_integer().value_or(0)),
              plain.substr(0, plain.find('.')))
        << text;
  }
  for (const char* text : {"9223372036854775808", "-9223372036854775809", "1e19", "1e131071",
                           "1e-16383", "0.5", "1000000000000000000.5"})
    EXPECT_FALSE(parsed(text).as_integer()) << text;
  EXPECT_EQ(parsed("0e-16383").as_integer(), 0);
}

TEST_F(NumberTest, growth_what_a_number_keeps_is_bounded_by_what_was_written) {
  for (const char* text : {"1e131071", "-1e131071", "1e-16383", "-12e-16383", "0e-16383",
                           "12.5e131000", "123456789012345678901234567890e131000", "1.5e-16000"}) {
    const Value v = parsed(text);
    EXPECT_LT(v.as_text().size(), 40U) << text;
    EXPECT_TRUE(identical(v, parsed(plain_notation(v)))) << text;
    EXPECT_LT(parsed(plain_notation(v)).as_text().size(), 40U) << text;
  }
}

TEST_F(NumberTest, what_is_not_finite_keeps_its_word) {
  std::string room;
  for (const char* word : {"NaN", "Infinity", "-Infinity"}) {
    const Value v = Value::long_number(word);
    EXPECT_EQ(plain_notation(v), word);
    EXPECT_EQ(normalised(v, room).as_text(), word);
    EXPECT_TRUE(equal_keys(v, v));
    EXPECT_FALSE(v.as_integer());
  }
}

}  // namespace
}  // namespace product_upsert
