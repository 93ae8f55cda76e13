#include "core/value/number.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>

#include "core/value/digit.hpp"

namespace product_upsert {

namespace {

constexpr int kMostCoefficient = 18;       // digits of a decimal's coefficient
constexpr long kMostBeforePoint = 131072;  // the limit of PostgreSQL's numeric
constexpr long kMostAfterPoint = 16383;
constexpr long kMostExponent = 0x3FFFFFFF;  // numeric_in's limit, which applies to zero too
// From so many zeros on, an exponent stands for those at the end of a whole number or behind the
// point: ten characters of a document must not take a hundred thousand bytes of memory.
constexpr long kManyZeros = 100;

std::string_view take_digits(std::string_view& s) {
  std::size_t n = 0;
  while (n < s.size() && is_digit(s[n])) ++n;
  const auto digits = s.substr(0, n);
  s.remove_prefix(n);
  return digits;
}

// The parts of a number's notation.
struct Notation {
  bool negative = false;
  std::string_view whole;  // digits before the point
  std::string_view fraction;
  long exponent = 0;
};

// JSON's notation, with any zeros in front, and with an exponent that numeric_in takes.
std::optional<Notation> read_notation(std::string_view s) {
  Notation n;
  n.negative = s.starts_with('-');
  if (n.negative) s.remove_prefix(1);
  n.whole = take_digits(s);
  if (n.whole.empty()) return std::nullopt;
  if (s.starts_with('.')) {
    s.remove_prefix(1);
    n.fraction = take_digits(s);
    if (n.fraction.empty()) return std::nullopt;
  }
  if (s.starts_with('e') || s.starts_with('E')) {
    s.remove_prefix(1);
    if (s.size() > 1 && s[0] == '+' && is_digit(s[1])) s.remove_prefix(1);
    const auto [end, error] = std::from_chars(s.data(), s.data() + s.size(), n.exponent);
    if (error != std::errc{} || std::abs(n.exponent) >= kMostExponent) return std::nullopt;
    s = {end, static_cast<std::size_t>(s.data() + s.size() - end)};
  }
  return s.empty() ? std::optional(n) : std::nullopt;
}

// Both without zeros in front.
std::string digits_of(const Notation& n) {
  std::string digits(n.whole);
  digits += n.fraction;
  digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size()));
  return digits;
}

// `digits`: without zeros in front, none for zero.
std::string with_point(std::string digits, long scale) {
  if (static_cast<long>(digits.size()) <= scale)
    digits.insert(0, static_cast<std::size_t>(scale) + 1 - digits.size(), '0');
  if (scale > 0) digits.insert(digits.size() - static_cast<std::size_t>(scale), 1, '.');
  return digits;
}

// The one text for a value and a scale. `zeros` follow the digits, if the scale is 0.
std::string kept_notation(std::string digits, long zeros, long scale) {
  if (scale > 0) {
    if (scale - static_cast<long>(digits.size()) < kManyZeros)
      return with_point(std::move(digits), scale);
    return (digits.empty() ? "0" : digits) + "e-" + std::to_string(scale);
  }
  const std::size_t behind = digits.find_last_not_of('0') + 1;
  zeros += static_cast<long>(digits.size() - behind);
  digits.resize(behind);
  if (zeros >= kManyZeros) return digits + "e" + std::to_string(zeros);
  return digits.append(static_cast<std::size_t>(zeros), '0');
}

// 0.digits × 10^before, without zeros at either end; no digits: zero.
struct Significant {
  bool negative = false;
  std::string digits;
  long before = 0;
};

Significant significant(const Notation& n) {
  Significant s{n.negative, digits_of(n), 0};
  if (s.digits.empty()) return {};
  s.before = static_cast<long>(s.digits.size()) - static_cast<long>(n.fraction.size()) + n.exponent;
  s.digits.resize(s.digits.find_last_not_of('0') + 1);
  return s;
}

// A decimal, if the number fits.
std::optional<Value> short_number(const Significant& n) {
  const long count = static_cast<long>(n.digits.size());
  const long scale = std::max(0L, count - n.before);
  if (scale > kMostCoefficient || std::max(count, n.before) > kMostCoefficient + 1) return {};
  std::string text = (n.negative ? "-" : "") + n.digits;
  text.append(static_cast<std::size_t>(std::max(0L, n.before - count)), '0');
  std::int64_t coefficient = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), coefficient);
  if (error != std::errc{}) return {};
  if (scale == 0) return Value::integer(coefficient);
  if (count > kMostCoefficient) return {};
  return Value::decimal(coefficient, static_cast<std::uint8_t>(scale));
}

std::strong_ordering compare_magnitudes(const Value& a, const Value& b) {
  const auto read = [](const Value& v) {
    const std::string text = v.json();
    const auto notation = read_notation(text);
    return notation ? significant(*notation) : Significant();
  };
  const Significant x = read(a);
  const Significant y = read(b);
  if (x.before != y.before) return x.before <=> y.before;
  return x.digits.compare(y.digits) <=> 0;
}

}  // namespace

std::string plain_notation(const Value& value) {
  std::string kept = value.json();
  const auto n = read_notation(kept);
  if (!n || n->exponent == 0) return kept;
  std::string plain = n->negative ? "-" : "";
  if (n->exponent < 0) return plain + with_point(digits_of(*n), -n->exponent);
  plain += n->whole;
  return plain.append(static_cast<std::size_t>(n->exponent), '0');
}

void write_decimal(std::int64_t coefficient, int scale, std::string& out) {
  char digits[24];
  const auto magnitude = coefficient < 0 ? 0 - static_cast<std::uint64_t>(coefficient)
                                         : static_cast<std::uint64_t>(coefficient);
  const auto end = std::to_chars(digits, digits + sizeof digits, magnitude).ptr;
  const int count = static_cast<int>(end - digits);
  if (coefficient < 0) out += '-';
  if (scale == 0) {
    out.append(digits, end);
  } else if (count > scale) {
    out.append(digits, end - scale);
    out += '.';
    out.append(end - scale, end);
  } else {
    out += "0.";
    out.append(static_cast<std::size_t>(scale - count), '0');
    out.append(digits, end);
  }
}

Value normalised(const Value& v, std::string& room) {
  if (v.kind() == Kind::decimal) {
    std::int64_t coefficient = v.coefficient();
    std::uint8_t scale = v.scale();
    while (scale > 0 && coefficient % 10 == 0) {
      coefficient /= 10;
      --scale;
    }
    return scale == 0 ? Value::integer(coefficient) : Value::decimal(coefficient, scale);
  }
  if (v.kind() != Kind::number) return v;
  const auto notation = read_notation(v.as_text());
  if (!notation) return v;  // NaN, or infinite
  const Significant n = significant(*notation);
  if (n.digits.empty()) return Value::integer(0);
  if (const auto fits = short_number(n)) return *fits;
  room = (n.negative ? "-" : "") + n.digits + "e" + std::to_string(n.before);
  return Value::long_number(room);
}

std::optional<Value> Value::parse_number(std::string_view s, Arena& arena) {
  const auto n = read_notation(s);
  if (!n) return std::nullopt;
  const auto decimals = static_cast<long>(n->fraction.size());
  const long scale = std::max(0L, decimals - n->exponent);
  std::string digits = digits_of(*n);
  // Zeros that the exponent adds after the last digit.
  const long zeros = digits.empty() ? 0 : std::max(0L, n->exponent - decimals);
  const long places = static_cast<long>(digits.size()) + zeros;
  if ((places > 0 && places - scale > kMostBeforePoint) || scale > kMostAfterPoint)
    return std::nullopt;
  if (places <= kMostCoefficient && scale <= kMostCoefficient) {
    digits.append(static_cast<std::size_t>(zeros), '0');
    std::int64_t coefficient = 0;
    for (const char c : digits) coefficient = coefficient * 10 + (c - '0');
    return decimal(n->negative ? -coefficient : coefficient, static_cast<std::uint8_t>(scale));
  }
  const bool zero = digits.empty();
  std::string kept = kept_notation(std::move(digits), zeros, scale);
  if (n->negative && !zero) kept.insert(0, 1, '-');
  return long_number(arena.copy(std::string_view(kept)));
}

int Value::sign() const {
  if (kind_ == Kind::decimal) return as_.coefficient < 0 ? -1 : as_.coefficient > 0;
  const auto text = as_text();
  if (text.substr(0, text.find('e')).find_first_of("123456789") == std::string_view::npos) return 0;
  return text[0] == '-' ? -1 : 1;
}

std::optional<std::int64_t> Value::as_integer() const {
  if (!is_number()) return std::nullopt;
  std::string room;
  const Value n = normalised(*this, room);
  return n.kind() == Kind::decimal && n.scale() == 0 ? std::optional(n.coefficient())
                                                     : std::nullopt;
}

std::strong_ordering compare_numbers(const Value& a, const Value& b) {
  if (a.kind() == Kind::decimal && b.kind() == Kind::decimal && a.scale() == b.scale()) {
    return a.coefficient() <=> b.coefficient();
  }
  if (const auto by_sign = a.sign() <=> b.sign(); by_sign != 0 || a.sign() == 0) return by_sign;
  const auto by_magnitude = compare_magnitudes(a, b);
  return a.sign() > 0 ? by_magnitude : 0 <=> by_magnitude;
}

}  // namespace product_upsert
