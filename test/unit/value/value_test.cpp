#include "core/value/value.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "core/value/events.hpp"

namespace product_upsert {
namespace {

class ValueTest : public testing::Test {
 protected:
  Value number(std::string_view text) {
    const auto v = Value::parse_number(text, arena);
    EXPECT_TRUE(v) << text;
    return v.value_or(Value());
  }
  std::string printed(std::string_view text) { return number(text).json(); }
  Value json(std::string_view text) { return parse_json(text, arena); }
  Arena arena;
};

TEST_F(ValueTest, c5_numbers_come_back_as_they_went_in) {
  for (const char* text :
       {"0", "1", "-1", "19.90", "0.5", "-0.5", "0.00", "100", "12345678901234567890123",
        "999999999999999999", "-999999999999999999", "1000000000000000000", "0.000000000000000001",
        "0.0000000000000000001", "123456789.123456789", "99999999999999999.99", "1.0", "1.00"}) {
    EXPECT_EQ(printed(text), text);
  }
}

TEST_F(ValueTest, c5_numbers_of_400_digits_are_exact) {
  std::string digits;
  for (int i = 0; i < 400; ++i) digits += static_cast<char>('1' + i % 9);
  EXPECT_EQ(printed(digits), digits);
  EXPECT_EQ(printed("-" + digits), "-" + digits);
  const std::string fraction = "0." + digits;
  EXPECT_EQ(printed(fraction), fraction);
  const std::string both = digits + "." + digits + "000";
  EXPECT_EQ(printed(both), both);
}

TEST_F(ValueTest, c5_a_bigint_is_one_number_however_it_came) {
  for (const std::int64_t i :
       {std::int64_t{0}, std::int64_t{999'999'999'999'999'999},
        std::int64_t{-999'999'999'999'999'999}, kCoefficientLimit, -kCoefficientLimit,
        std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::min()}) {
    const Value read = number(std::to_string(i));
    EXPECT_TRUE(identical(Value::whole(i, arena), read)) << i;
    const Value trailing = number(std::to_string(i) + ".000");
    for (const Value& v : {Value::integer(i), Value::whole(i, arena), trailing}) {
      EXPECT_TRUE(equal_keys(v, read)) << i;
      EXPECT_EQ(hash_key(v), hash_key(read)) << i;
      EXPECT_EQ(hash_value(v), hash_value(read)) << i;
      EXPECT_TRUE(compare_keys(v, read) == 0) << i;
      EXPECT_EQ(v.as_integer(), i);
    }
  }
  EXPECT_FALSE(number("9223372036854775808").as_integer());
  EXPECT_FALSE(number("-9223372036854775809").as_integer());
  EXPECT_FALSE(number("9223372036854775807.5").as_integer());
  EXPECT_FALSE(equal_keys(number("9223372036854775808"), number("9223372036854775807")));
}

TEST_F(ValueTest, c5_exponents_become_plain_digits) {
  EXPECT_EQ(printed("1e3"), "1000");
  EXPECT_EQ(printed("1E+3"), "1000");
  EXPECT_EQ(printed("1.5e3"), "1500");
  EXPECT_EQ(printed("1.5e1"), "15");
  EXPECT_EQ(printed("1.50e1"), "15.0");
  EXPECT_EQ(printed("125e-2"), "1.25");
  EXPECT_EQ(printed("-125e-4"), "-0.0125");
  EXPECT_EQ(printed("1e-20"), "0.00000000000000000001");
  EXPECT_EQ(printed("1e20"), "100000000000000000000");
  EXPECT_EQ(printed("0e5"), "0");
  EXPECT_EQ(printed("0e-3"), "0.000");
  EXPECT_EQ(printed("1.23e-20"), "0.0000000000000000000123");
  EXPECT_EQ(printed("12345678901234567890e-10"), "1234567890.1234567890");
}

TEST_F(ValueTest, zero_has_no_sign) {
  EXPECT_EQ(printed("-0"), "0");
  EXPECT_EQ(printed("-0.00"), "0.00");
  EXPECT_EQ(printed("-0e-25"), "0.0000000000000000000000000");
}

TEST_F(ValueTest, numbers_that_numeric_cannot_hold_are_none) {
  const std::string most(131072, '9');
  EXPECT_EQ(printed(most), most);
  EXPECT_FALSE(Value::parse_number(most + "9", arena));
  EXPECT_TRUE(Value::parse_number("1e131071", arena));
  EXPECT_FALSE(Value::parse_number("1e131072", arena));
  EXPECT_TRUE(Value::parse_number("1e-16383", arena));
  EXPECT_FALSE(Value::parse_number("1e-16384", arena));
  EXPECT_FALSE(Value::parse_number("1e2000000", arena));
  EXPECT_FALSE(Value::parse_number("1e99999999999999999999", arena));
}

TEST_F(ValueTest, what_is_no_number_is_none) {
  for (const char* text : {"", "-", ".5", "5.", "1e", "1e+", "1e-", "e5", "1x", "1.2.3", "+1",
                           "--1", "1e+-5", "1e--5", "NaN", "Infinity", "0x10", " 1", "1 "}) {
    EXPECT_FALSE(Value::parse_number(text, arena)) << text;
  }
}

TEST_F(ValueTest, fine_point_i_equal_numbers_of_another_scale_differ) {
  EXPECT_TRUE(identical(number("1.0"), number("1.0")));
  EXPECT_FALSE(identical(number("1.00"), number("1.0")));
  EXPECT_TRUE(identical(number("10e-1"), number("1.0")));
  const std::string long_one = "1" + std::string(30, '0');
  EXPECT_FALSE(identical(number(long_one), number(long_one + ".0")));
  EXPECT_FALSE(identical(number("1"), Value::text("1")));
}

TEST_F(ValueTest, keys_are_equal_by_value_whatever_the_scale) {
  const std::pair<const char*, const char*> equal[] = {
      {"2", "2.0"},
      {"0", "0.00000000000000000000"},
      {"-0.5", "-0.500"},
      {"100000000000000000", "100000000000000000.0"},
      {"100000000000000000", "100000000000000000.000000000000000000000"},
      {"1000000000000000000000", "1e21"},
      {"1000000000000000000000", "1000000000000000000000.00"},
      {"0.1", "0.100000000000000000000000"},
      {"12345678901234567890.5", "12345678901234567890.50"},
  };
  for (const auto& [a, b] : equal) {
    EXPECT_TRUE(equal_keys(number(a), number(b))) << a << " " << b;
    EXPECT_EQ(hash_key(number(a)), hash_key(number(b))) << a << " " << b;
    EXPECT_EQ(compare_numbers(number(a), number(b)), std::strong_ordering::equal) << a << " " << b;
    EXPECT_EQ(compare_keys(number(a), number(b)), std::strong_ordering::equal) << a << " " << b;
  }
  EXPECT_FALSE(equal_keys(number("2"), number("2.1")));
  EXPECT_FALSE(equal_keys(number("2"), Value::text("2")));
  EXPECT_FALSE(equal_keys(Value::null(), Value::text("")));
  EXPECT_TRUE(equal_keys(Value::null(), Value::null()));
}

TEST_F(ValueTest, numbers_compare_by_value) {
  const char* ascending[] = {"-1e30",
                             "-12345678901234567890.6",
                             "-12345678901234567890.5",
                             "-100",
                             "-99.5",
                             "-0.00000000000000000001",
                             "0",
                             "1e-30",
                             "0.05",
                             "0.5",
                             "9",
                             "9.01",
                             "10",
                             "999999999999999999",
                             "1000000000000000000",
                             "1000000000000000000.5",
                             "1e30"};
  for (std::size_t i = 0; i < std::size(ascending); ++i) {
    for (std::size_t j = 0; j < std::size(ascending); ++j) {
      EXPECT_EQ(compare_numbers(number(ascending[i]), number(ascending[j])), i <=> j)
          << ascending[i] << " " << ascending[j];
    }
  }
}

TEST_F(ValueTest, keys_have_a_total_order) {
  EXPECT_TRUE(compare_keys(Value::null(), Value::text("")) < 0);
  EXPECT_TRUE(compare_keys(Value::text("a"), Value::text("b")) < 0);
  EXPECT_TRUE(compare_keys(Value::text("B"), Value::text("a")) < 0);
  EXPECT_TRUE(compare_keys(Value::text("z"), Value::text("\xC3\xA4")) < 0);
  EXPECT_TRUE(compare_keys(Value::boolean(false), Value::boolean(true)) < 0);
  EXPECT_TRUE(compare_keys(Value::boolean(true), Value::boolean(true)) == 0);
}

TEST_F(ValueTest, whole_numbers_are_told_from_others) {
  EXPECT_EQ(number("7").as_integer(), 7);
  EXPECT_EQ(number("7.0").as_integer(), 7);
  EXPECT_EQ(number("1e3").as_integer(), 1000);
  EXPECT_EQ(number("-7.000").as_integer(), -7);
  EXPECT_EQ(number("9223372036854775807").as_integer(), INT64_MAX);
  EXPECT_EQ(number("9223372036854775807.00").as_integer(), INT64_MAX);
  EXPECT_EQ(number("-9223372036854775808").as_integer(), INT64_MIN);
  EXPECT_FALSE(number("9223372036854775808").as_integer());
  EXPECT_FALSE(number("7.5").as_integer());
  EXPECT_FALSE(number("0.00000000000000000000001").as_integer());
  EXPECT_FALSE(Value::text("7").as_integer());
  EXPECT_FALSE(Value().as_integer());
}

TEST_F(ValueTest, signs) {
  EXPECT_EQ(number("0.000").sign(), 0);
  EXPECT_EQ(number("-0.001").sign(), -1);
  EXPECT_EQ(number("1e40").sign(), 1);
  EXPECT_EQ(number("-1e40").sign(), -1);
  EXPECT_EQ(number("0e-30").sign(), 0);
}

TEST_F(ValueTest, members_stand_in_the_order_of_jsonb) {
  // jsonb orders keys by length, then bytes; of equal ones the last stays.
  EXPECT_EQ(json(R"({"bb": 1, "a": 2, "ccc": 3, "b": 4, "a": 5, "": 6})").json(),
            R"({"":6,"a":5,"b":4,"bb":1,"ccc":3})");
  EXPECT_TRUE(key_before("b", "aa"));
  EXPECT_TRUE(key_before("a", "b"));
  EXPECT_FALSE(key_before("a", "a"));
}

TEST_F(ValueTest, members_are_found_by_key) {
  const Value v = json(R"({"bb": 1, "a": {"x": [true, null]}, "ccc": "t"})");
  EXPECT_EQ(v["bb"].as_integer(), 1);
  EXPECT_EQ(v["a"]["x"].items().size(), 2U);
  EXPECT_EQ(v["ccc"].as_text(), "t");
  EXPECT_TRUE(v["cc"].is_absent());
  EXPECT_TRUE(v["bb"]["x"].is_absent());
  EXPECT_TRUE(Value()["x"].is_absent());
}

TEST_F(ValueTest, json_text_round_trips) {
  for (const char* text : {R"({})", R"([])", R"([1,"a",null,true,false,[{}],{"k":[]}])",
                           R"("\"\\\n\t\r\u0001ü€😀")", "null"}) {
    EXPECT_EQ(json(text).json(), text);
  }
  EXPECT_EQ(json(R"("\b\f\/\u0041")").json(), R"("\u0008\u000c/A")");
  EXPECT_EQ(Value().json(), "null");
}

TEST_F(ValueTest, text_prints_as_itself_and_the_rest_as_json) {
  EXPECT_EQ(Value::text("a\"b").printed(), "a\"b");
  EXPECT_EQ(json("[1]").printed(), "[1]");
}

TEST_F(ValueTest, identical_goes_into_lists_and_objects) {
  EXPECT_TRUE(identical(json(R"({"a":[1,{"b":null}]})"), json(R"({"a":[1,{"b":null}]})")));
  EXPECT_FALSE(identical(json(R"({"a":[1,{"b":null}]})"), json(R"({"a":[1,{"b":0}]})")));
  EXPECT_FALSE(identical(json(R"({"a":1})"), json(R"({"b":1})")));
  EXPECT_FALSE(identical(json("[1,2]"), json("[2,1]")));
  EXPECT_FALSE(identical(json("[1]"), json("[1,2]")));
  EXPECT_FALSE(identical(json("[1]"), json("[1.0]")));
  EXPECT_TRUE(identical(Value(), Value()));
  EXPECT_FALSE(identical(Value(), Value::null()));
}

TEST_F(ValueTest, a_copy_stands_on_its_own) {
  Arena other;
  Value copy;
  {
    Arena gone;
    const Value v = parse_json(R"({"list":[1e30,"text",{"k":""}],"t":"x"})", gone);
    copy = v.copy_to(other);
  }
  EXPECT_EQ(copy.json(), R"({"t":"x","list":[1000000000000000000000000000000,"text",{"k":""}]})");
}

TEST(ArenaTest, hands_out_aligned_memory_and_forgets_it) {
  Arena arena;
  EXPECT_EQ(arena.reserved(), 0U);
  arena.copy("x");
  const auto values = arena.array<std::uint64_t>(3);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(values.data()) % alignof(std::uint64_t), 0U);
  arena.array<char>(5'000'000);
  arena.array<char>(10);
  const std::size_t full = arena.reserved();
  EXPECT_GT(full, 5'000'000U);
  arena.reset();
  EXPECT_LT(arena.reserved(), full);
  EXPECT_EQ(arena.copy("again"), "again");
  EXPECT_EQ(arena.copy(""), "");
}

TEST(ArenaTest, large_pieces_keep_what_is_put_there) {
  constexpr std::size_t kPiece = std::size_t{100} << 10;
  constexpr std::size_t kLarge = std::size_t{5} << 20;
  Arena arena;
  std::vector<std::string_view> pieces;
  for (int i = 0; i < 40; ++i)
    pieces.push_back(arena.copy(std::string(kPiece, char('a' + i % 26))));
  pieces.push_back(arena.copy(std::string(kLarge, '!')));
  for (int i = 0; i < 40; ++i) EXPECT_EQ(pieces[i], std::string(kPiece, char('a' + i % 26))) << i;
  EXPECT_EQ(pieces.back(), std::string(kLarge, '!'));
  EXPECT_GE(arena.reserved(), 40 * kPiece + kLarge);
  arena.reset();
  EXPECT_EQ(arena.reserved(), kLarge);
}

}  // namespace
}  // namespace product_upsert
