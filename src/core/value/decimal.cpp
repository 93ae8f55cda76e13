#include "core/value/decimal.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace product_upsert {

namespace {

// A number of any length: digits, the lowest first, and how many of them stand behind the point.
struct Digits {
  bool negative = false;
  std::vector<std::uint8_t> digits;
  std::size_t scale = 0;
};

Digits read(const Value& v) {
  Digits d;
  const std::string text = v.json();
  for (auto it = text.rbegin(); it != text.rend(); ++it) {
    if (*it == '-') d.negative = true;
    else if (*it == '.') d.scale = d.digits.size();
    else d.digits.push_back(static_cast<std::uint8_t>(*it - '0'));
  }
  return d;
}

Value write(Digits d, std::size_t least_scale, Arena& arena) {
  while (d.digits.size() <= d.scale) d.digits.push_back(0);
  while (d.digits.size() > d.scale + 1 && d.digits.back() == 0) d.digits.pop_back();
  std::string text = d.negative ? "-" : "";
  for (std::size_t i = d.digits.size(); i-- > 0;) {
    text += static_cast<char>('0' + d.digits[i]);
    if (i == d.scale && i > 0) text += '.';
  }
  for (std::size_t s = d.scale; s > least_scale && text.back() == '0'; --s) text.pop_back();
  if (text.back() == '.') text.pop_back();
  return Value::parse_number(text, arena).value_or(Value::null());
}

Digits multiply(const Digits& a, const Digits& b) {
  Digits product;
  product.negative = a.negative != b.negative;
  product.scale = a.scale + b.scale;
  std::vector<std::uint64_t> sums(a.digits.size() + b.digits.size() + 1, 0);
  for (std::size_t i = 0; i < a.digits.size(); ++i) {
    for (std::size_t j = 0; j < b.digits.size(); ++j)
      sums[i + j] += std::uint64_t{a.digits[i]} * b.digits[j];
  }
  std::uint64_t carry = 0;
  for (const std::uint64_t sum : sums) {
    carry += sum;
    product.digits.push_back(static_cast<std::uint8_t>(carry % 10));
    carry /= 10;
  }
  return product;
}

// 1 + d / 100 for a d that is not below -100.
Digits as_factor(Digits d) {
  d.scale += 2;
  while (d.digits.size() <= d.scale) d.digits.push_back(0);
  if (!d.negative) {
    for (std::size_t i = d.scale;; ++i) {
      if (i == d.digits.size()) d.digits.push_back(0);
      if (++d.digits[i] < 10) return d;
      d.digits[i] = 0;
    }
  }
  // 1 - |d|, digit by digit.
  int borrow = 0;
  for (std::size_t i = 0; i < d.digits.size(); ++i) {
    int digit = (i == d.scale ? 1 : 0) - d.digits[i] - borrow;
    borrow = digit < 0 ? 1 : 0;
    d.digits[i] = static_cast<std::uint8_t>(digit + borrow * 10);
  }
  d.negative = false;
  return d;
}

}  // namespace

Value marked_up(const Value& base, const Value& percent, Arena& arena) {
  const Digits b = read(base);
  return write(multiply(b, as_factor(read(percent))), b.scale, arena);
}

}  // namespace product_upsert
