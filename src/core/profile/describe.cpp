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

std::string shown(std::string_view text) {
  constexpr std::size_t kMostShown = 64;
  std::size_t end = 0;
  for (std::size_t count = 0; end < text.size() && count < kMostShown; ++count) {
    ++end;
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80) ++end;
  }
  std::string told(text.substr(0, end));
  if (end < text.size()) told += "...";
  return told;
}

std::string describe(const Value& value) {
  if (value.kind() == Kind::list || value.kind() == Kind::object || value.is_absent())
    return describe(value.kind());
  if (value.kind() != Kind::text) return shown(value.json());
  std::string quoted;
  write_json_string(shown(value.as_text()), quoted);
  return quoted;
}

}  // namespace product_upsert
