#include "core/value/decimal.hpp"

#include <gtest/gtest.h>

#include "core/value/number.hpp"

namespace product_upsert {
namespace {

class Decimal : public testing::Test {
 protected:
  std::string price(std::string_view base, std::string_view percent) {
    const auto b = Value::parse_number(base, arena_);
    const auto p = Value::parse_number(percent, arena_);
    const auto v = marked_up(*b, *p, arena_);
    return v ? plain_notation(*v) : "out of range";
  }

 private:
  Arena arena_;
};

TEST_F(Decimal, agency_54_price_is_exact) {
  EXPECT_EQ(price("100.5", "20"), "120.6");
  EXPECT_EQ(price("100", "20"), "120");
  EXPECT_EQ(price("100", "0.05"), "100.05");
  EXPECT_EQ(price("1.00", "0"), "1.00");
  EXPECT_EQ(price("0.00", "17"), "0.00");
  EXPECT_EQ(price("0", "17.5"), "0");
  EXPECT_EQ(price("19.99", "33.3333"), "26.65332667");
  EXPECT_EQ(price("12345678901234567890123", "10"), "13580246791358024679135.3");
  EXPECT_EQ(price("999999999999999999999999", "1"), "1009999999999999999999998.99");
  EXPECT_EQ(price("1e30", "900"), "10000000000000000000000000000000");
}

TEST_F(Decimal, agency_54_of_any_sign) {
  EXPECT_EQ(price("-10", "50"), "-15");
  EXPECT_EQ(price("10", "-50"), "5");
  EXPECT_EQ(price("10", "-100"), "0");
  EXPECT_EQ(price("10", "-100.5"), "-0.05");
  EXPECT_EQ(price("-10.0", "-250"), "15.0");
}

TEST_F(Decimal, agency_54_beyond_numeric_is_told_and_not_waited_for) {
  EXPECT_EQ(price("1e131071", "1e131071"), "out of range");
  EXPECT_EQ(price("1e131071", "900"), "out of range");
  EXPECT_EQ(price("1e131071", "800").size(), 131072U);
  EXPECT_EQ(price("1e-16383", "1"), "out of range");
  EXPECT_EQ(price("1e-16383", "0").size(), 16385U);
  // 60,000 digits by 60,000: 10^120000 + 98 × 10^60000 - 99 hundredths.
  EXPECT_EQ(price(std::string(60'000, '9'), std::string(60'000, '9')),
            "1" + std::string(59'998, '0') + "97" + std::string(59'998, '9') + ".01");
}

}  // namespace
}  // namespace product_upsert
