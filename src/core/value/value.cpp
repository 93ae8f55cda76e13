#include "core/value/value.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "core/value/digit.hpp"
#include "core/value/hash.hpp"

namespace product_upsert {

namespace {

constexpr int kMostCoefficient = 18;       // digits of a decimal's coefficient
constexpr long kMostBeforePoint = 131072;  // the limit of PostgreSQL's numeric
constexpr long kMostAfterPoint = 16383;
constexpr long kMostExponent = 0x3FFFFFFF;  // numeric_in's limit, which applies to zero too

std::string_view take_digits(std::string_view& s) {
  std::size_t n = 0;
  while (n < s.size() && is_digit(s[n])) ++n;
  const auto digits = s.substr(0, n);
  s.remove_prefix(n);
  return digits;
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

// The parts of a number's plain text: digits before and after the point.
struct Digits {
  bool negative;
  std::string_view whole;
  std::string_view fraction;  // without trailing zeros
};

Digits split(std::string_view text) {
  Digits d{!text.empty() && text[0] == '-', {}, {}};
  if (d.negative) text.remove_prefix(1);
  const auto point = text.find('.');
  d.whole = text.substr(0, point);
  if (point != std::string_view::npos) d.fraction = text.substr(point + 1);
  while (!d.fraction.empty() && d.fraction.back() == '0') d.fraction.remove_suffix(1);
  while (!d.whole.empty() && d.whole.front() == '0') d.whole.remove_prefix(1);
  return d;
}

std::strong_ordering compare_magnitudes(const Digits& a, const Digits& b) {
  if (a.whole.size() != b.whole.size()) return a.whole.size() <=> b.whole.size();
  if (const int c = a.whole.compare(b.whole); c != 0) return c <=> 0;
  return a.fraction.compare(b.fraction) <=> 0;
}

// Removes differences of scale and length, so that equal values become identical. A long number
// that fits becomes a decimal, and so does one that a bigint holds; any other keeps its text.
Value normalised(const Value& v) {
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
  std::string_view text = v.as_text();
  if (text.find('.') != std::string_view::npos) {
    while (text.back() == '0') text.remove_suffix(1);
    if (text.back() == '.') text.remove_suffix(1);
  }
  if (text.size() > kMostCoefficient + 3) return Value::long_number(text);
  Arena unused;  // unused: the arena is for long numbers only, and this text is short
  const auto parsed = Value::parse_number(text, unused);
  if (parsed && parsed->kind() == Kind::decimal) return *parsed;
  std::int64_t whole = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), whole);
  const bool fits = error == std::errc{} && end == text.data() + text.size();
  return fits ? Value::integer(whole) : Value::long_number(text);
}

std::string plain(const Value& v) {
  std::string s;
  v.write_json(s);
  return s;
}

}  // namespace

std::optional<Value> Value::parse_number(std::string_view s, Arena& arena) {
  const bool negative = !s.empty() && s[0] == '-';
  if (negative) s.remove_prefix(1);
  std::string_view whole = take_digits(s);
  std::string_view fraction;
  if (whole.empty()) return std::nullopt;
  if (!s.empty() && s[0] == '.') {
    s.remove_prefix(1);
    fraction = take_digits(s);
    if (fraction.empty()) return std::nullopt;
  }
  long exponent = 0;
  if (!s.empty() && (s[0] == 'e' || s[0] == 'E')) {
    s.remove_prefix(1);
    if (s.size() > 1 && s[0] == '+' && is_digit(s[1])) s.remove_prefix(1);
    const auto [end, error] = std::from_chars(s.data(), s.data() + s.size(), exponent);
    if (error != std::errc{} || std::abs(exponent) >= kMostExponent) return std::nullopt;
    s = {end, static_cast<std::size_t>(s.data() + s.size() - end)};
  }
  if (!s.empty()) return std::nullopt;

  while (!whole.empty() && whole.front() == '0') whole.remove_prefix(1);
  const long scale = std::max(0L, static_cast<long>(fraction.size()) - exponent);
  // Zeros that the exponent adds after the last digit.
  const long padding = std::max(0L, exponent - static_cast<long>(fraction.size()));
  std::string digits(whole);
  digits += fraction;
  const auto significant = digits.find_first_not_of('0');
  if (significant == std::string::npos) {
    digits.clear();
  } else {
    digits.erase(0, significant);
    if (static_cast<long>(digits.size()) + padding - scale > kMostBeforePoint) return std::nullopt;
    digits.append(static_cast<std::size_t>(padding), '0');
  }
  if (scale > kMostAfterPoint) return std::nullopt;
  if (digits.size() <= kMostCoefficient && scale <= kMostCoefficient) {
    std::int64_t coefficient = 0;
    for (char c : digits) coefficient = coefficient * 10 + (c - '0');
    return decimal(negative ? -coefficient : coefficient, static_cast<std::uint8_t>(scale));
  }
  if (static_cast<long>(digits.size()) <= scale)
    digits.insert(0, static_cast<std::size_t>(scale) + 1 - digits.size(), '0');
  if (scale > 0) digits.insert(digits.size() - static_cast<std::size_t>(scale), 1, '.');
  const bool zero = digits.find_first_not_of("0.") == std::string::npos;
  if (negative && !zero) digits.insert(0, 1, '-');
  return long_number(arena.copy(digits));
}

Value Value::operator[](std::string_view key) const {
  if (kind_ != Kind::object) return {};
  const auto all = members();
  const auto it =
      std::lower_bound(all.begin(), all.end(), key,
                       [](const Member& m, std::string_view k) { return key_before(m.key, k); });
  return it != all.end() && it->key == key ? it->value : Value{};
}

std::optional<std::int64_t> Value::as_integer() const {
  if (!is_number()) return std::nullopt;
  const Value n = normalised(*this);
  return n.kind() == Kind::decimal && n.scale() == 0 ? std::optional(n.coefficient())
                                                     : std::nullopt;
}

int Value::sign() const {
  if (kind_ == Kind::decimal) return as_.coefficient < 0 ? -1 : as_.coefficient > 0;
  const auto text = as_text();
  if (text.find_first_of("123456789") == std::string_view::npos) return 0;
  return text[0] == '-' ? -1 : 1;
}

void Value::write_json(std::string& out) const {
  switch (kind_) {
    case Kind::absent:
    case Kind::null: out += "null"; break;
    case Kind::boolean: out += as_boolean() ? "true" : "false"; break;
    case Kind::decimal: write_decimal(as_.coefficient, scale_, out); break;
    case Kind::number: out += as_text(); break;
    case Kind::text: write_json_string(as_text(), out); break;
    case Kind::list: {
      char before = '[';
      for (const Value& item : items()) {
        out += before;
        item.write_json(out);
        before = ',';
      }
      out += size_ == 0 ? "[]" : "]";
      break;
    }
    case Kind::object: {
      char before = '{';
      for (const Member& m : members()) {
        out += before;
        write_json_string(m.key, out);
        out += ':';
        m.value.write_json(out);
        before = ',';
      }
      out += size_ == 0 ? "{}" : "}";
      break;
    }
  }
}

std::string Value::json() const {
  std::string out;
  write_json(out);
  return out;
}

std::string Value::printed() const { return kind_ == Kind::text ? std::string(as_text()) : json(); }

Value Value::copy_to(Arena& arena) const {
  Value copy = *this;
  switch (kind_) {
    case Kind::number:
    case Kind::text: copy.as_.text = arena.copy(as_text()).data(); break;
    case Kind::list: {
      auto to = arena.array<Value>(size_);
      for (std::size_t i = 0; i < size_; ++i) to[i] = items()[i].copy_to(arena);
      copy.as_.items = to.data();
      break;
    }
    case Kind::object: {
      auto to = arena.array<Member>(size_);
      for (std::size_t i = 0; i < size_; ++i)
        to[i] = {arena.copy(members()[i].key), members()[i].value.copy_to(arena)};
      copy.as_.members = to.data();
      break;
    }
    default: break;
  }
  return copy;
}

Value Value::copy_containers(Arena& arena) const {
  Value copy = *this;
  if (kind_ == Kind::list) {
    const auto to = arena.array<Value>(size_);
    for (std::size_t i = 0; i < size_; ++i) to[i] = items()[i].copy_containers(arena);
    copy.as_.items = to.data();
  } else if (kind_ == Kind::object) {
    const auto to = arena.array<Member>(size_);
    for (std::size_t i = 0; i < size_; ++i)
      to[i] = {members()[i].key, members()[i].value.copy_containers(arena)};
    copy.as_.members = to.data();
  }
  return copy;
}

bool identical(const Value& a, const Value& b) {
  if (a.kind() != b.kind()) return false;
  switch (a.kind()) {
    case Kind::absent:
    case Kind::null: return true;
    case Kind::boolean: return a.as_boolean() == b.as_boolean();
    case Kind::decimal: return a.coefficient() == b.coefficient() && a.scale() == b.scale();
    case Kind::number:
    case Kind::text: return a.as_text() == b.as_text();
    case Kind::list:
      return std::equal(a.items().begin(), a.items().end(), b.items().begin(), b.items().end(),
                        identical);
    case Kind::object:
      return std::equal(a.members().begin(), a.members().end(), b.members().begin(),
                        b.members().end(), [](const Member& x, const Member& y) {
                          return x.key == y.key && identical(x.value, y.value);
                        });
  }
  return false;
}

std::uint64_t hash_value(const Value& given) {
  const Value v = normalised(given);
  const auto kind = static_cast<std::uint64_t>(v.kind());
  std::uint64_t hash = kind;
  switch (v.kind()) {
    case Kind::absent:
    case Kind::null: return hash_word(kind);
    case Kind::boolean:
    case Kind::decimal:
      return hash_word(static_cast<std::uint64_t>(v.coefficient()), kind << 8U | v.scale());
    case Kind::number:
    case Kind::text: return hash_word(hash_text(v.as_text()), kind);
    case Kind::list:
      for (const Value& item : v.items()) hash = hash_word(hash_value(item), hash);
      return hash;
    case Kind::object:
      for (const Member& m : v.members())
        hash = hash_word(hash_value(m.value), hash_word(hash_text(m.key), hash));
      return hash;
  }
  return hash;
}

bool same_value(const Value& a, const Value& b) {
  if (a.is_number() && b.is_number())
    return identical(a, b) || identical(normalised(a), normalised(b));
  if (a.kind() != b.kind()) return false;
  switch (a.kind()) {
    case Kind::list:
      return std::equal(a.items().begin(), a.items().end(), b.items().begin(), b.items().end(),
                        same_value);
    case Kind::object:
      return std::equal(a.members().begin(), a.members().end(), b.members().begin(),
                        b.members().end(), [](const Member& x, const Member& y) {
                          return x.key == y.key && same_value(x.value, y.value);
                        });
    default: return identical(a, b);
  }
}

bool equal_keys(const Value& a, const Value& b) {
  if (identical(a, b)) return true;
  return a.is_number() && b.is_number() && identical(normalised(a), normalised(b));
}

std::uint64_t hash_key(const Value& v) {
  const Value n = normalised(v);
  const auto kind = static_cast<std::uint64_t>(n.kind());
  switch (n.kind()) {
    case Kind::boolean:
    case Kind::decimal:
      return hash_word(static_cast<std::uint64_t>(n.coefficient()), kind << 8U | n.scale());
    case Kind::number:
    case Kind::text: return hash_text(n.as_text());
    default: return hash_word(kind);
  }
}

std::strong_ordering compare_numbers(const Value& a, const Value& b) {
  if (a.kind() == Kind::decimal && b.kind() == Kind::decimal && a.scale() == b.scale()) {
    return a.coefficient() <=> b.coefficient();
  }
  if (const auto by_sign = a.sign() <=> b.sign(); by_sign != 0 || a.sign() == 0) return by_sign;
  const std::string x = plain(a);
  const std::string y = plain(b);
  const auto by_magnitude = compare_magnitudes(split(x), split(y));
  return a.sign() > 0 ? by_magnitude : 0 <=> by_magnitude;
}

std::strong_ordering compare_keys(const Value& a, const Value& b) {
  if (a.is_number() && b.is_number()) return compare_numbers(a, b);
  if (a.kind() != b.kind()) return a.kind() <=> b.kind();
  if (a.kind() == Kind::text) return a.as_text().compare(b.as_text()) <=> 0;
  if (a.kind() == Kind::boolean) return a.as_boolean() <=> b.as_boolean();
  return std::strong_ordering::equal;
}

std::size_t sort_members(std::span<Member> members) {
  const auto before = [](const Member& a, const Member& b) { return key_before(a.key, b.key); };
  if (!std::is_sorted(members.begin(), members.end(), before))
    std::stable_sort(members.begin(), members.end(), before);
  std::size_t kept = 0;
  for (std::size_t i = 0; i < members.size(); ++i) {
    if (kept > 0 && members[kept - 1].key == members[i].key) --kept;
    members[kept++] = members[i];
  }
  return kept;
}

Value make_object(std::span<Member> members, Arena& arena) {
  const std::size_t kept = sort_members(members);
  return Value::object(arena.copy(std::span<const Member>(members.first(kept))));
}

void write_json_string(std::string_view text, std::string& out) {
  out += '"';
  std::size_t plain_from = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x20 && c != '"' && c != '\\') continue;
    out += text.substr(plain_from, i - plain_from);
    plain_from = i + 1;
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\t': out += "\\t"; break;
      case '\r': out += "\\r"; break;
      default: {
        constexpr char kHex[] = "0123456789abcdef";
        out += "\\u00";
        out += kHex[c >> 4U];
        out += kHex[c & 15U];
      }
    }
  }
  out += text.substr(plain_from);
  out += '"';
}

}  // namespace product_upsert
