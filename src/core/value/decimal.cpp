#include "core/value/decimal.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/value/interrupts.hpp"
#include "core/value/number.hpp"

namespace product_upsert {

namespace {

// More digits before the point than any numeric has.
constexpr long kMostDigits = 131072;

// ± digits × 10^exponent, the highest digit first, without zeros at either end; no digits: zero.
struct Scientific {
  bool negative = false;
  std::string digits;
  long exponent = 0;
};

Scientific trimmed(Scientific d) {
  d.digits.erase(0, std::min(d.digits.find_first_not_of('0'), d.digits.size()));
  while (!d.digits.empty() && d.digits.back() == '0') {
    d.digits.pop_back();
    ++d.exponent;
  }
  return d;
}

long scale_of(std::string_view text) {
  const auto point = text.find('.');
  return point == std::string_view::npos ? 0 : static_cast<long>(text.size() - point - 1);
}

Scientific read(std::string_view text) {
  Scientific d;
  d.exponent = -scale_of(text);
  d.negative = text.starts_with('-');
  d.digits.reserve(text.size());
  for (const char c : text) {
    if (c != '-' && c != '.') d.digits += c;
  }
  return trimmed(std::move(d));
}

// a ± b of unsigned numbers, digit by digit from the right. To subtract, a must not be less than b.
std::string add(std::string a, std::string b, int sign) {
  const std::size_t size = std::max(a.size(), b.size()) + 1;
  a.insert(0, size - a.size(), '0');
  b.insert(0, size - b.size(), '0');
  int carry = 0;
  for (std::size_t i = size; i-- > 0;) {
    int digit = a[i] - '0' + sign * (b[i] - '0') + carry;
    carry = digit < 0 ? -1 : digit / 10;
    if (digit < 0) digit += 10;
    a[i] = static_cast<char>('0' + digit % 10);
  }
  return a;
}

// 1 + percent / 100.
Scientific as_factor(Scientific percent) {
  if (percent.digits.empty()) return {false, "1", 0};
  Scientific one{false, "1", 0};
  percent.exponent -= 2;
  const long lowest = std::min(percent.exponent, one.exponent);
  percent.digits.append(static_cast<std::size_t>(percent.exponent - lowest), '0');
  one.digits.append(static_cast<std::size_t>(one.exponent - lowest), '0');
  if (!percent.negative) return trimmed({false, add(percent.digits, one.digits, 1), lowest});
  const auto& [a, b] = std::pair(percent.digits, one.digits);
  const bool more = a.size() != b.size() ? a.size() > b.size() : a > b;  // than one
  return trimmed({more, more ? add(a, b, -1) : add(b, a, -1), lowest});
}

// Limbs of nine digits, the lowest first.
constexpr std::uint32_t kLimb = 1'000'000'000;
std::vector<std::uint32_t> limbs(std::string_view digits) {
  std::vector<std::uint32_t> all;
  while (!digits.empty()) {
    const std::size_t count = std::min<std::size_t>(digits.size(), 9);
    std::uint32_t limb = 0;
    for (const char c : digits.substr(digits.size() - count))
      limb = limb * 10 + static_cast<std::uint32_t>(c - '0');
    all.push_back(limb);
    digits.remove_suffix(count);
  }
  return all;
}

std::string multiply(std::string_view a, std::string_view b) {
  const auto x = limbs(a);
  const auto y = limbs(b);
  std::string reversed;
  unsigned __int128 sum = 0;
  for (std::size_t column = 0; column + 1 < x.size() + y.size() || sum != 0; ++column) {
    check_interrupts();
    const std::size_t first = column < y.size() ? 0 : column - y.size() + 1;
    for (std::size_t i = first; i < x.size() && i <= column; ++i)
      sum += static_cast<unsigned __int128>(x[i]) * y[column - i];
    auto limb = static_cast<std::uint32_t>(sum % kLimb);
    sum /= kLimb;
    for (int digit = 0; digit < 9; ++digit, limb /= 10)
      reversed += static_cast<char>('0' + limb % 10);
  }
  std::reverse(reversed.begin(), reversed.end());
  return reversed;
}

// With at least so many digits after the point.
std::string print(const Scientific& d, long scale) {
  std::string text = d.digits;
  scale = std::max(scale, -d.exponent);
  text.append(static_cast<std::size_t>(scale + (text.empty() ? 0 : d.exponent)), '0');
  if (static_cast<long>(text.size()) <= scale)
    text.insert(0, static_cast<std::size_t>(scale) + 1 - text.size(), '0');
  if (scale > 0) text.insert(text.size() - static_cast<std::size_t>(scale), 1, '.');
  if (d.negative) text.insert(0, 1, '-');
  return text;
}

}  // namespace

std::optional<Value> marked_up(const Value& base, const Value& percent, Arena& arena) {
  const std::string text = plain_notation(base);
  const long scale = scale_of(text);
  const Scientific b = read(text);
  const Scientific factor = as_factor(read(plain_notation(percent)));
  if (b.digits.empty() || factor.digits.empty())
    return Value::parse_number(print({}, scale), arena);
  const long exponent = b.exponent + factor.exponent;
  const long digits = static_cast<long>(b.digits.size() + factor.digits.size());
  if (digits - 1 + exponent > kMostDigits) return std::nullopt;
  return Value::parse_number(
      print(trimmed({b.negative != factor.negative, multiply(b.digits, factor.digits), exponent}),
            scale),
      arena);
}

}  // namespace product_upsert
