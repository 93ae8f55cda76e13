#pragma once

#include <algorithm>
#include <compare>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include "core/value/arena.hpp"
#include "core/value/assert.hpp"

namespace product_upsert {

enum class Kind : std::uint8_t {
  absent,  // nothing was said
  null,
  boolean,
  decimal,  // exact: coefficient × 10^-scale, at most 18 digits
  number,   // exact, too long for decimal: text, see as_text()
  text,     // UTF-8; also dates, timestamps and uuids
  list,
  object,  // members in jsonb's order: by key length, then bytes; keys distinct
};

struct Member;

constexpr std::int64_t kCoefficientLimit = 1'000'000'000'000'000'000;  // 10^18

// A JSON value of a document or of a stored product (C5: numbers are exact decimals, never held by
// a double). Sixteen bytes, trivially copyable, owns nothing: the data it points to is in an Arena,
// in the jsonb it was read from, or static.
class Value {
 public:
  constexpr Value() = default;
  static constexpr Value null() { return Value(Kind::null); }
  static constexpr Value boolean(bool b) {
    Value v(Kind::boolean);
    v.as_.coefficient = b ? 1 : 0;
    return v;
  }
  // To be written, or to be a key: one of more than eighteen digits is not identical to what a
  // reader makes of the number; see whole().
  static constexpr Value integer(std::int64_t i) {
    Value v(Kind::decimal);
    v.as_.coefficient = i;
    return v;
  }
  // The same as any reader has it: the text of a long one is kept in the arena.
  static Value whole(std::int64_t i, Arena& arena);
  // |coefficient| < kCoefficientLimit and scale <= 18 must hold.
  static constexpr Value decimal(std::int64_t coefficient, std::uint8_t scale) {
    PRODUCT_UPSERT_ASSERT(scale <= 18);
    PRODUCT_UPSERT_ASSERT(coefficient > -kCoefficientLimit && coefficient < kCoefficientLimit);
    Value v(Kind::decimal);
    v.as_.coefficient = coefficient;
    v.scale_ = scale;
    return v;
  }
  // Any JSON number text, exponent included; text of a long one is kept in the arena.
  // Nothing where PostgreSQL's numeric could not hold it, or where it is not a number.
  static std::optional<Value> parse_number(std::string_view s, Arena& arena);
  // `kept`: see as_text(); it must outlive the value.
  static Value long_number(std::string_view kept) {
    return sized(Kind::number, kept.data(), kept.size());
  }
  static Value text(std::string_view s) { return sized(Kind::text, s.data(), s.size()); }
  static Value list(std::span<const Value> items) {
    return sized(Kind::list, items.data(), items.size());
  }
  // Members must stand in jsonb's order with distinct keys; see sort_members.
  static Value object(std::span<const Member> members);

  Kind kind() const { return kind_; }
  bool is_absent() const { return kind_ == Kind::absent; }
  bool is_null() const { return kind_ == Kind::null; }
  bool has_value() const { return kind_ > Kind::null; }
  bool is_number() const { return kind_ == Kind::decimal || kind_ == Kind::number; }

  bool as_boolean() const { return as_.coefficient != 0; }
  // Of a long number, what PostgreSQL's numeric prints, but for a hundred zeros or more at its end
  // or behind its point, for which an exponent stands: 12e131070, 12e-16383. Empty for other
  // scalars.
  std::string_view as_text() const {
    PRODUCT_UPSERT_ASSERT(size_ == 0 || kind_ == Kind::text || kind_ == Kind::number);
    return {as_.text, size_};
  }
  std::span<const Value> items() const {
    PRODUCT_UPSERT_ASSERT(size_ == 0 || kind_ == Kind::list);
    return {as_.items, size_};
  }
  std::span<const Member> members() const;
  std::int64_t coefficient() const { return as_.coefficient; }
  std::uint8_t scale() const { return scale_; }

  // The member's value, or an absent one; absent too where this is not an object.
  Value operator[](std::string_view key) const;
  // A whole number that a bigint holds (1, 1.0 and 1e3 are whole).
  std::optional<std::int64_t> as_integer() const;
  // -1, 0, 1; numbers only.
  int sign() const;

  // Appends JSON text, members in the order they stand in. PostgreSQL reads the same numbers and
  // scales from it, but may print them longer.
  void write_json(std::string& out) const;
  std::string json() const;
  // Text as it is; anything else as JSON text.
  std::string printed() const;
  // Copies everything the value points at into the arena.
  Value copy_to(Arena& arena) const;
  // The same, but for texts and long numbers, which stay where they are.
  Value copy_containers(Arena& arena) const;

 private:
  explicit constexpr Value(Kind kind) : kind_(kind) {}
  template <typename T>
  static Value sized(Kind kind, const T* data, std::size_t size);

  Kind kind_ = Kind::absent;
  std::uint8_t scale_ = 0;
  std::uint32_t size_ = 0;
  union {
    std::int64_t coefficient;
    const char* text;
    const Value* items;
    const Member* members;
  } as_ = {0};
};

struct Member {
  std::string_view key;
  Value value;
};

static_assert(sizeof(Value) == 16);

// Finds members of an object by keys, which must be asked for in jsonb's order, each once.
class MemberWalk {
 public:
  explicit MemberWalk(const Value& object)
      : left_(object.kind() == Kind::object ? object.members() : std::span<const Member>()) {}
  // The member's value, or an absent one.
  Value take(std::string_view key);

 private:
  std::span<const Member> left_;
};

inline std::span<const Member> Value::members() const {
  PRODUCT_UPSERT_ASSERT(size_ == 0 || kind_ == Kind::object);
  return {as_.members, size_};
}

// jsonb's order of keys: shorter first, then bytes.
inline bool key_before(std::string_view a, std::string_view b) {
  return a.size() != b.size() ? a.size() < b.size() : a < b;
}

// In jsonb's order, each key once.
inline bool are_in_order(std::span<const Member> members) {
  return std::adjacent_find(members.begin(), members.end(), [](const Member& a, const Member& b) {
           return !key_before(a.key, b.key);
         }) == members.end();
}

inline Value Value::object(std::span<const Member> members) {
  PRODUCT_UPSERT_ASSERT(are_in_order(members));
  return sized(Kind::object, members.data(), members.size());
}

inline Value MemberWalk::take(std::string_view key) {
  while (!left_.empty()) {
    const Member& next = left_.front();
    if (next.key.size() > key.size()) break;
    const int order = next.key.size() < key.size() ? -1 : next.key.compare(key);
    if (order > 0) break;
    left_ = left_.subspan(1);
    if (order == 0) return next.value;
  }
  return {};
}

// Same kind, same content, numbers equal in value and in scale (1.00 is not 1.0: fine point i).
bool identical(const Value& a, const Value& b);
// The same, with numbers by value at every depth: 1.00 is 1.0 (fine point i).
bool same_value(const Value& a, const Value& b);
// Equal for values that same_value() finds equal.
std::uint64_t hash_value(const Value& given);
// The same in a column, where null is nothing at all.
inline bool same_content(const Value& a, const Value& b) {
  if (!a.has_value() || !b.has_value()) return a.has_value() == b.has_value();
  return same_value(a, b);
}
// Numbers by value alone (2 equals 2.0), text byte for byte; what identity compares by.
bool equal_keys(const Value& a, const Value& b);
std::uint64_t hash_key(const Value& v);
// Order for numbers by value; both must be numbers.
std::strong_ordering compare_numbers(const Value& a, const Value& b);
// Total order over scalars, for a fixed order of writes: kind, then content (text by bytes).
std::strong_ordering compare_keys(const Value& a, const Value& b);

// Puts members into jsonb's order; of equal keys the last one stays. Returns how many are left.
std::size_t sort_members(std::span<Member> members);

// An object of such members, whose order it changes.
Value make_object(std::span<Member> members, Arena& arena);

// Appends a JSON string literal.
void write_json_string(std::string_view text, std::string& out);

inline Value Value::whole(std::int64_t i, Arena& arena) {
  if (i > -kCoefficientLimit && i < kCoefficientLimit) return integer(i);
  return long_number(arena.copy(std::string_view(std::to_string(i))));
}

template <typename T>
Value Value::sized(Kind kind, const T* data, std::size_t size) {
  PRODUCT_UPSERT_ASSERT(size <= std::numeric_limits<std::uint32_t>::max());
  Value v(kind);
  v.size_ = static_cast<std::uint32_t>(size);
  if constexpr (std::is_same_v<T, char>) v.as_.text = data;
  else if constexpr (std::is_same_v<T, Value>) v.as_.items = data;
  else v.as_.members = data;
  return v;
}

}  // namespace product_upsert
