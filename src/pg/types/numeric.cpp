#include "pg/types/numeric.hpp"

#include <cstdint>
#include <cstring>
#include <string>

#include "pg/boundary/boundary.hpp"

namespace product_upsert {

namespace {

// The header word of numeric.c. Two bits are the format. In the short format, sign, six bits of
// scale and seven of weight follow; in the long one, fourteen bits of scale, and the weight is a
// word of its own. Then come digits of base 10000, the first worth 10000^weight, without zeros at
// either end.
constexpr std::uint16_t kFormat = 0xC000;
constexpr std::uint16_t kLongNegative = 0x4000;
constexpr std::uint16_t kShort = 0x8000;
constexpr std::uint16_t kSpecial = 0xC000;
constexpr std::uint16_t kSpecialKind = 0xF000;
constexpr std::uint16_t kPositiveInfinity = 0xD000;
constexpr std::uint16_t kNegativeInfinity = 0xF000;
constexpr std::uint16_t kShortNegative = 0x2000;
constexpr int kShortScaleShift = 7;
constexpr std::uint16_t kShortScale = 0x3F;
constexpr std::uint16_t kShortWeight = 0x7F;
constexpr std::uint16_t kLongScale = 0x3FFF;

constexpr int kMostScale = 18;  // the largest scale of a decimal
constexpr std::uint64_t kPower[] = {1,
                                    10,
                                    100,
                                    1000,
                                    10000,
                                    100000,
                                    1000000,
                                    10000000,
                                    100000000,
                                    1000000000,
                                    10000000000,
                                    100000000000,
                                    1000000000000,
                                    10000000000000,
                                    100000000000000,
                                    1000000000000000,
                                    10000000000000000,
                                    100000000000000000,
                                    1000000000000000000};
constexpr std::uint64_t kLimit = kPower[kMostScale];

using Wide = unsigned __int128;

std::uint16_t word(const char* at) {
  std::uint16_t value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

struct NumericParts {
  bool negative;
  int scale;
  int weight;
  int digits;
  const char* first;

  unsigned digit(int i) const { return word(first + std::ptrdiff_t{2} * i); }
};

// Its digits, which end with the last one that the scale shows, or with the last one stored.
Value read_long(const NumericParts& parts, Arena& arena) {
  std::string text = parts.negative ? "-" : "";
  for (int i = 0; i < parts.digits; ++i) {
    unsigned digit = parts.digit(i);
    char four[4];
    for (int n = 3; n >= 0; --n, digit /= 10) four[n] = static_cast<char>('0' + digit % 10);
    text.append(four, sizeof four);
  }
  int exponent = 4 * (parts.weight - parts.digits + 1);
  if (parts.digits == 0) {
    text += '0';
    exponent = -parts.scale;
  } else if (const int missing = exponent + parts.scale; parts.scale > 0 || exponent < 0) {
    text.resize(static_cast<std::size_t>(static_cast<std::ptrdiff_t>(text.size()) + missing), '0');
    exponent = -parts.scale;
  }
  return *Value::parse_number(text + 'e' + std::to_string(exponent), arena);
}

// Whether the number fits a decimal, and its coefficient.
bool fits(const NumericParts& parts, std::int64_t& coefficient) {
  if (parts.scale > kMostScale || parts.digits > 6) return false;
  Wide sum = 0;
  if (parts.digits <= 4) {
    std::uint64_t small = 0;
    for (int i = 0; i < parts.digits; ++i) small = small * 10000 + parts.digit(i);
    sum = small;
  } else {
    for (int i = 0; i < parts.digits; ++i) sum = sum * 10000 + parts.digit(i);
  }
  // The place of the last digit, relative to the last decimal that the scale shows.
  const int shift = 4 * (parts.weight - parts.digits + 1) + parts.scale;
  if (parts.digits > 0 && shift > 0) {
    if (shift > kMostScale || sum >= kLimit) return false;
    sum *= kPower[shift];
  } else if (shift < 0 && parts.digits > 0) {
    if (shift < -3) return false;
    const std::uint64_t divisor = kPower[-shift];
    if (sum <= UINT64_MAX) {
      const auto small = static_cast<std::uint64_t>(sum);
      if (small % divisor != 0) return false;
      sum = small / divisor;
    } else {
      if (sum % divisor != 0) return false;
      sum /= divisor;
    }
  }
  if (sum >= kLimit) return false;
  coefficient = static_cast<std::int64_t>(sum);
  if (parts.negative) coefficient = -coefficient;
  return true;
}

}  // namespace

Value read_numeric(const char* varlena, Arena& arena) {
  const char* const data = VARDATA_ANY(varlena);
  const int size = static_cast<int>(VARSIZE_ANY_EXHDR(varlena));
  const std::uint16_t header = word(data);
  NumericParts parts;
  if ((header & kFormat) == kShort) {
    parts.negative = (header & kShortNegative) != 0;
    parts.scale = (header >> kShortScaleShift) & kShortScale;
    parts.weight = header & kShortWeight;
    if (parts.weight > kShortWeight / 2) parts.weight -= kShortWeight + 1;
    parts.digits = (size - 2) / 2;
    parts.first = data + 2;
  } else if ((header & kFormat) == kSpecial) {
    switch (header & kSpecialKind) {
      case kPositiveInfinity: return Value::long_number("Infinity");
      case kNegativeInfinity: return Value::long_number("-Infinity");
      default: return Value::long_number("NaN");
    }
  } else {
    parts.negative = (header & kLongNegative) != 0;
    parts.scale = header & kLongScale;
    parts.weight = static_cast<std::int16_t>(word(data + 2));
    parts.digits = (size - 4) / 2;
    parts.first = data + 4;
  }
  std::int64_t coefficient;
  if (!fits(parts, coefficient)) return read_long(parts, arena);
  return Value::decimal(coefficient, static_cast<std::uint8_t>(parts.scale));
}

std::size_t write_decimal(Value decimal, char* to) {
  Assert(decimal.kind() == Kind::decimal && decimal.scale() <= kMostScale);
  const int scale = decimal.scale();
  const bool negative = decimal.coefficient() < 0;
  auto rest = static_cast<std::uint64_t>(negative ? -decimal.coefficient() : decimal.coefficient());

  // Digits of base 10000, the last one first; digit i is worth 10000^(i - fractions).
  std::uint16_t digits[8];
  int count = 0;
  const int fractions = (scale + 3) / 4;
  if (const int odd = scale % 4; odd != 0) {
    digits[count++] = static_cast<std::uint16_t>(rest % kPower[odd] * kPower[4 - odd]);
    rest /= kPower[odd];
  }
  for (; rest != 0; rest /= 10000) digits[count++] = static_cast<std::uint16_t>(rest % 10000);
  while (count > 0 && digits[count - 1] == 0) --count;
  int last = 0;
  while (last < count && digits[last] == 0) ++last;

  const int weight = count > last ? count - 1 - fractions : 0;
  const std::size_t size = VARHDRSZ + 2 + 2 * static_cast<std::size_t>(count - last);
  Assert(size <= kDecimalBytes);
  SET_VARSIZE(to, size);
  const auto header =
      static_cast<std::uint16_t>(kShort | (negative ? kShortNegative : 0) |
                                 scale << kShortScaleShift | (weight & kShortWeight));
  char* at = to + VARHDRSZ;
  std::memcpy(at, &header, 2);
  for (int i = count - 1; i >= last; --i) {
    at += 2;
    std::memcpy(at, &digits[i], 2);
  }
  return size;
}

Datum make_numeric(Value number) {
  if (number.kind() == Kind::decimal) {
    char* const to = Call([] { return static_cast<char*>(palloc(kDecimalBytes)); });
    write_decimal(number, to);
    return PointerGetDatum(to);
  }
  const std::string text(number.as_text());
  return Call([printed = text.c_str()] {
    return DirectFunctionCall3(numeric_in, CStringGetDatum(printed), ObjectIdGetDatum(InvalidOid),
                               Int32GetDatum(-1));
  });
}

}  // namespace product_upsert
