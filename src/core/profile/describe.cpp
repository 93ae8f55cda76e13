#include "core/profile/describe.hpp"

#include "core/value/text.hpp"

namespace product_upsert {

const char* describe(Kind kind) {
  switch (kind) {
    case Kind::absent: return "nothing";
    case Kind::null: return "null";
    case Kind::boolean: return "a boolean";
    case Kind::decimal:
    case Kind::number: return "a number";
    case Kind::text: return "text";
    case Kind::list: return "a list";
    case Kind::object: return "an object";
  }
  return "";
}

std::string describe(const Value& value) {
  if (value.kind() == Kind::list || value.kind() == Kind::object || value.is_absent())
    return describe(value.kind());
  constexpr std::size_t kMostShown = 64;
  const std::string json = value.kind() == Kind::text ? std::string() : value.json();
  const std::string_view all = value.kind() == Kind::text ? value.as_text() : json;
  std::size_t end = 0;
  for (std::size_t shown = 0; end < all.size() && shown < kMostShown; ++shown) {
    ++end;
    while (end < all.size() && (static_cast<unsigned char>(all[end]) & 0xC0U) == 0x80) ++end;
  }
  std::string told(all.substr(0, end));
  if (end < all.size()) told += "…";
  if (value.kind() != Kind::text) return told;
  std::string quoted;
  write_json_string(told, quoted);
  return quoted;
}

}  // namespace product_upsert
