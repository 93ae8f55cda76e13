#include "core/profile/coerce.hpp"

#include <algorithm>

#include "core/value/text.hpp"

namespace product_upsert {

namespace {

// Nobody means a text by a number that ends in a hundred zeros or more (1e100, not 1e99).
bool is_vast(const Value& number) {
  return number.kind() == Kind::number && number.as_text().find('e') != std::string_view::npos;
}

}  // namespace

// recipe: type
Value coerced(FieldType type, const Value& v, Arena& arena) {
  if (type == FieldType::text)
    return v.is_number() && !is_vast(v) ? Value::text(arena.copy(v.printed())) : v;
  if (type == FieldType::boolean && v.is_number()) {
    const auto i = v.as_integer();
    return i && (*i == 0 || *i == 1) ? Value::boolean(*i == 1) : v;
  }
  if (v.kind() != Kind::text) return v;
  const std::string_view s = trim(v.as_text());
  if (type == FieldType::boolean) {
    const std::string word = lowered(s);
    if (word == "1" || word == "true" || word == "yes") return Value::boolean(true);
    if (word.empty() || word == "0" || word == "false" || word == "no")
      return Value::boolean(false);
  } else if (type == FieldType::integer || type == FieldType::decimal) {
    // Only JSON's notation of numbers: a code with leading zeros is not a number.
    const std::string_view digits = s.substr(s.starts_with('-') ? 1 : 0);
    const bool padded =
        digits.size() > 1 && digits[0] == '0' && digits[1] >= '0' && digits[1] <= '9';
    if (padded) return v;
    if (const auto number = Value::parse_number(s, arena)) return *number;
  }
  return v;
}

}  // namespace product_upsert
