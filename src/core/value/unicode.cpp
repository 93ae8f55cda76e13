#include "core/value/unicode.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include <utf8proc.h>

#include "core/value/text.hpp"

namespace product_upsert {

namespace {

// recipe: fold
constexpr std::pair<Fold, const char*> kFolds[] = {{Fold::exact, "exact"},
                                                   {Fold::letter_case, "case"},
                                                   {Fold::nfc, "nfc"},
                                                   {Fold::compatible, "compatible"},
                                                   {Fold::gtin, "gtin"}};

constexpr std::size_t kGtin = 14;

// Decodes the first character; returns it and its length in bytes.
std::pair<utf8proc_int32_t, std::size_t> first_character(std::string_view s) {
  utf8proc_int32_t c = -1;
  const auto n = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(s.data()),
                                  static_cast<utf8proc_ssize_t>(s.size()), &c);
  // Invalid UTF-8 is taken byte by byte.
  if (n <= 0) return {-1, 1};
  return {c, static_cast<std::size_t>(n)};
}

bool is_ascii(std::string_view s) {
  for (const char c : s) {
    if (static_cast<unsigned char>(c) >= 0x80) return false;
  }
  return true;
}

using Characters = std::vector<utf8proc_int32_t>;

// Decomposes a text. False if it is not UTF-8.
bool decompose(std::string_view s, utf8proc_option_t options, Characters& all) {
  std::size_t used = 0;
  int bound_class = 0;  // unused without UTF8PROC_CHARBOUND
  while (!s.empty()) {
    const auto [c, n] = first_character(s);
    if (c < 0) return false;
    s.remove_prefix(n);
    auto room = static_cast<utf8proc_ssize_t>(all.size() - used);
    auto made = utf8proc_decompose_char(c, all.data() + used, room, options, &bound_class);
    if (made > room) {
      all.resize(2 * all.size() + static_cast<std::size_t>(made));
      room = static_cast<utf8proc_ssize_t>(all.size() - used);
      made = utf8proc_decompose_char(c, all.data() + used, room, options, &bound_class);
    }
    if (made < 0) return false;
    used += static_cast<std::size_t>(made);
  }
  all.resize(used);
  return true;
}

// Puts combining marks into their canonical order. utf8proc does that too (utf8proc_map), but takes
// minutes for a text of 100,000 marks.
void order_marks(Characters& all) {
  const auto rank = [](utf8proc_int32_t c) { return utf8proc_get_property(c)->combining_class; };
  const auto is_ranked = [&](utf8proc_int32_t c) { return rank(c) != 0; };
  for (auto first = all.begin(); first != all.end();) {
    first = std::find_if(first, all.end(), is_ranked);
    const auto last = std::find_if_not(first, all.end(), is_ranked);
    std::stable_sort(first, last, [&](auto a, auto b) { return rank(a) < rank(b); });
    first = last;
  }
}

std::string mapped(std::string_view s, int flags) {
  const auto options = static_cast<utf8proc_option_t>(flags);
  Characters all(s.size());
  if (!decompose(s, options, all)) return std::string(s);
  order_marks(all);
  const auto count = static_cast<utf8proc_ssize_t>(all.size());
  all.push_back(0);  // utf8proc_reencode needs the space
  const auto n = utf8proc_reencode(all.data(), count, options);
  if (n < 0) return std::string(s);
  return std::string(reinterpret_cast<const char*>(all.data()), static_cast<std::size_t>(n));
}

// One pass is not always enough: characters may compose when one between them is removed.
std::string mapped_to_the_end(std::string_view s, int options) {
  std::string once = mapped(s, options);
  for (int i = 0; i < 4; ++i) {
    std::string again = mapped(once, options);
    if (again == once) break;
    once = std::move(again);
  }
  return once;
}

bool is_separator(utf8proc_int32_t c) {
  switch (utf8proc_category(c)) {
    case UTF8PROC_CATEGORY_PD:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_ZS: return true;
    default: return c == '\'' || c == '"' || c == '=';
  }
}

// 4006381333931 and "4006381-33393 1" are equal. A text is not changed if it has no digits, or more
// than a GTIN has, or anything but digits and what separates them: an ASIN in the column of GTINs,
// and what spreadsheets make of a GTIN (4.00638E+12, 4006381333931.0), would become the GTIN of
// another product.
std::string gtin(std::string_view s) {
  std::string digits;
  for (std::string_view rest = s; !rest.empty();) {
    const auto [c, n] = first_character(rest);
    rest.remove_prefix(n);
    if (c >= '0' && c <= '9') digits += static_cast<char>(c);
    else if (!is_separator(c)) return std::string(s);
  }
  if (digits.empty() || digits.size() > kGtin) return std::string(s);
  return std::string(kGtin - digits.size(), '0') + digits;
}

bool is_mark(utf8proc_int32_t c) {
  const auto category = utf8proc_category(c);
  return category == UTF8PROC_CATEGORY_MN || category == UTF8PROC_CATEGORY_MC ||
         category == UTF8PROC_CATEGORY_ME;
}

bool is_invisible(utf8proc_int32_t c) {
  switch (utf8proc_category(c)) {
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP: return true;
    case UTF8PROC_CATEGORY_ZS: return c != ' ';
    default: return false;
  }
}

void put_escape(utf8proc_int32_t c, std::string& out) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  const bool wide = c > 0xFFFF;
  out += wide ? "\\u{" : "\\u";
  int digits = 4;
  while (digits < 6 && (c >> (4 * digits)) != 0) ++digits;
  while (digits-- > 0) out += kDigits[static_cast<std::size_t>(c >> (4 * digits)) & 0xFU];
  if (wide) out += '}';
}

}  // namespace

const char* name(Fold fold) {
  for (const auto& [known, word] : kFolds) {
    if (known == fold) return word;
  }
  return "";
}

std::optional<Fold> find_fold(std::string_view name) {
  for (const auto& [fold, word] : kFolds) {
    if (name == word) return fold;
  }
  return std::nullopt;
}

std::string list_folds() {
  std::string all;
  for (const auto& [fold, word] : kFolds) add_to_list(all, word);
  return all;
}

std::string folded(Fold fold, std::string_view utf8) {
  std::string out;
  switch (fold) {
    case Fold::exact: return std::string(utf8);
    case Fold::letter_case:
      if (is_ascii(utf8)) return lowered(utf8);
      out = mapped_to_the_end(utf8, UTF8PROC_CASEFOLD | UTF8PROC_COMPOSE | UTF8PROC_STABLE);
      break;
    case Fold::nfc:
      if (is_ascii(utf8)) return std::string(utf8);
      out = mapped_to_the_end(utf8, UTF8PROC_COMPOSE | UTF8PROC_STABLE);
      break;
    case Fold::compatible:
      if (is_ascii(utf8)) return lowered(utf8);
      out = mapped_to_the_end(utf8, UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_COMPOSE |
                                        UTF8PROC_IGNORE | UTF8PROC_STABLE);
      break;
    case Fold::gtin: return gtin(utf8);
  }
  return out.empty() ? std::string(utf8) : out;
}

std::size_t leading_ignorable(std::string_view s) {
  if (s.empty() || static_cast<unsigned char>(s[0]) < 0xC2) return 0;
  const auto [c, n] = first_character(s);
  if (c < 0) return 0;
  // Default_Ignorable_Code_Point of Unicode's DerivedCoreProperties.
  constexpr std::pair<utf8proc_int32_t, utf8proc_int32_t> kRanges[] = {
      {0x00AD, 0x00AD},   {0x034F, 0x034F},  {0x061C, 0x061C}, {0x115F, 0x1160}, {0x17B4, 0x17B5},
      {0x180B, 0x180F},   {0x200B, 0x200F},  {0x202A, 0x202E}, {0x2060, 0x206F}, {0x3164, 0x3164},
      {0xFE00, 0xFE0F},   {0xFEFF, 0xFEFF},  {0xFFA0, 0xFFA0}, {0xFFF0, 0xFFF8}, {0x1BCA0, 0x1BCA3},
      {0x1D173, 0x1D17A}, {0xE0000, 0xE0FFF}};
  for (const auto& [first, last] : kRanges) {
    if (c >= first && c <= last) return n;
  }
  return 0;
}

bool has_control(std::string_view s) {
  for (std::size_t i = 0; i < s.size(); ++i) {
    const auto c = static_cast<unsigned char>(s[i]);
    if (c < 0x20 || c == 0x7F) return true;
    if (c == 0xC2 && i + 1 < s.size() && static_cast<unsigned char>(s[i + 1]) < 0xA0) return true;
  }
  return false;
}

std::string legible(std::string_view s) {
  const bool composed = is_ascii(s) || mapped(s, UTF8PROC_COMPOSE | UTF8PROC_STABLE) == s;
  std::string out;
  for (std::size_t at = 0; at < s.size();) {
    const std::string_view rest = s.substr(at);
    const auto [c, n] = first_character(rest);
    const bool outer = c == ' ' && (at == 0 || at + n == s.size());
    const bool escaped = c >= 0 && (outer || is_invisible(c) || leading_ignorable(rest) != 0 ||
                                    (!composed && is_mark(c)));
    if (escaped) put_escape(c, out);
    else out += rest.substr(0, n);
    at += n;
  }
  return out;
}

}  // namespace product_upsert
