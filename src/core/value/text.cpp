#include "core/value/text.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <chrono>

#include "core/value/digit.hpp"
#include "core/value/unicode.hpp"

namespace product_upsert {

namespace {

bool starts(std::string_view s, std::string_view prefix) {
  return s.substr(0, prefix.size()) == prefix;
}

// The length in bytes of a white space character at the start of `s`; 0 if there is none.
std::size_t leading_space(std::string_view s) {
  if (s.empty()) return 0;
  const auto first = static_cast<unsigned char>(s[0]);
  if (first < 0x80) return first == ' ' || (first >= 0x09 && first <= 0x0D) ? 1 : 0;
  if (first == 0xC2) return starts(s, "\xC2\x85") || starts(s, "\xC2\xA0") ? 2 : 0;
  if (s.size() < 3) return 0;
  const auto third = static_cast<unsigned char>(s[2]);
  if (starts(s, "\xE1\x9A\x80") || starts(s, "\xE2\x81\x9F") || starts(s, "\xE3\x80\x80")) return 3;
  if (!starts(s, "\xE2\x80")) return 0;
  const bool space =
      (third >= 0x80 && third <= 0x8A) || third == 0xA8 || third == 0xA9 || third == 0xAF;
  return space ? 3 : 0;
}

// The same for all characters that C8 counts as white space at the ends of a key.
std::size_t leading_blank(std::string_view s) {
  const std::size_t n = leading_space(s);
  return n > 0 ? n : leading_ignorable(s);
}

std::size_t trailing_blank(std::string_view s) {
  for (std::size_t n = 1; n <= 4 && n <= s.size(); ++n) {
    if (leading_blank(s.substr(s.size() - n)) == n) return n;
  }
  return 0;
}

// Removes exactly `count` digits from the front and returns their value; -1 if they are not there.
int take_digits(std::string_view& s, std::size_t count) {
  if (s.size() < count ||
      !std::all_of(s.begin(), s.begin() + static_cast<std::ptrdiff_t>(count), is_digit))
    return -1;
  int value = 0;
  for (std::size_t i = 0; i < count; ++i) value = value * 10 + (s[i] - '0');
  s.remove_prefix(count);
  return value;
}

bool take(std::string_view& s, char c) {
  if (s.empty() || s[0] != c) return false;
  s.remove_prefix(1);
  return true;
}

bool take_date(std::string_view& s) {
  const int year = take_digits(s, 4);
  if (year < 1 || !take(s, '-')) return false;
  const int month = take_digits(s, 2);
  if (month < 1 || month > 12 || !take(s, '-')) return false;
  const int day = take_digits(s, 2);
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return day >= 1 && day <= kDays[month - 1] + (month == 2 && leap ? 1 : 0);
}

bool take_offset(std::string_view& s) {
  if (take(s, 'Z') || take(s, 'z')) return true;
  if (!take(s, '+') && !take(s, '-')) return false;
  const int hours = take_digits(s, 2);
  if (hours < 0 || hours > 15) return false;
  if (s.empty()) return true;
  take(s, ':');
  const int minutes = take_digits(s, 2);
  return minutes >= 0 && minutes <= 59;
}

}  // namespace

std::string_view trim(std::string_view utf8) {
  while (const std::size_t n = leading_blank(utf8)) utf8.remove_prefix(n);
  while (const std::size_t n = trailing_blank(utf8)) utf8.remove_suffix(n);
  return utf8;
}

bool is_identity_text(std::string_view utf8) {
  return !utf8.empty() && trim(utf8).size() == utf8.size() && !has_control(utf8);
}

bool has_white_space(std::string_view utf8) {
  for (std::size_t i = 0; i < utf8.size(); ++i) {
    if (leading_space(utf8.substr(i)) > 0) return true;
  }
  return false;
}

std::size_t count_characters(std::string_view utf8) {
  return static_cast<std::size_t>(std::count_if(utf8.begin(), utf8.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

bool is_utf8(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto first = static_cast<unsigned char>(bytes[0]);
    const std::size_t length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    if (first == 0 || (first >= 0x80 && first < 0xC2) || first > 0xF4 || bytes.size() < length)
      return false;
    char32_t code = length == 1 ? first : first & (0x7FU >> length);
    for (std::size_t i = 1; i < length; ++i) {
      const auto next = static_cast<unsigned char>(bytes[i]);
      if ((next & 0xC0U) != 0x80) return false;
      code = code << 6U | (next & 0x3FU);
    }
    // Not longer than necessary, no half of a surrogate pair, and within Unicode.
    const bool proper = length < 3    ? true
                        : length == 3 ? code >= 0x800 && (code < 0xD800 || code > 0xDFFF)
                                      : code >= 0x10000 && code <= 0x10FFFF;
    if (!proper) return false;
    bytes.remove_prefix(length);
  }
  return true;
}

bool is_date(std::string_view text) { return take_date(text) && text.empty(); }

bool is_timestamp(std::string_view s) {
  if (!take_date(s) || !(take(s, 'T') || take(s, 't') || take(s, ' '))) return false;
  const int hour = take_digits(s, 2);
  if (hour < 0 || hour > 23 || !take(s, ':')) return false;
  const int minute = take_digits(s, 2);
  if (minute < 0 || minute > 59) return false;
  if (take(s, ':')) {
    const int second = take_digits(s, 2);
    if (second < 0 || second > 59) return false;
    if (take(s, '.')) {
      const std::string_view before = s;
      while (!s.empty() && is_digit(s[0])) s.remove_prefix(1);
      if (s.size() == before.size()) return false;
    }
  }
  return take_offset(s) && s.empty();
}

std::int64_t micros_since_epoch(std::string_view s) {
  const std::chrono::year year(take_digits(s, 4));
  s.remove_prefix(1);
  const std::chrono::month month(static_cast<unsigned>(take_digits(s, 2)));
  s.remove_prefix(1);
  const std::chrono::year_month_day day(year, month,
                                        std::chrono::day(static_cast<unsigned>(take_digits(s, 2))));
  s.remove_prefix(1);
  std::int64_t seconds =
      std::chrono::sys_days(day).time_since_epoch().count() * std::int64_t{86400};
  seconds += std::int64_t{take_digits(s, 2)} * 3600;
  s.remove_prefix(1);
  seconds += std::int64_t{take_digits(s, 2)} * 60;
  if (take(s, ':')) seconds += take_digits(s, 2);
  std::int64_t micros = 0;
  if (take(s, '.')) {
    for (int unit = 100'000; !s.empty() && is_digit(s[0]); unit /= 10, s.remove_prefix(1))
      micros += std::int64_t{s[0] - '0'} * unit;
  }
  if (!s.empty() && (s[0] == '+' || s[0] == '-')) {
    const std::int64_t sign = s[0] == '+' ? 1 : -1;
    s.remove_prefix(1);
    seconds -= sign * take_digits(s, 2) * 3600;
    take(s, ':');
    if (!s.empty()) seconds -= sign * take_digits(s, 2) * 60;
  }
  return seconds * 1'000'000 + micros;
}

namespace {

// Halves go away from the beginning of 2000.
std::int64_t rounded_micros(std::int64_t micros, int decimals) {
  constexpr std::int64_t kBeginning = 946'684'800'000'000;
  std::int64_t unit = 1;
  for (int d = decimals; d < 6; ++d) unit *= 10;
  const std::int64_t since = micros - kBeginning;
  const std::int64_t half = unit / 2;
  return kBeginning + (since + (since < 0 ? -half : half)) / unit * unit;
}

}  // namespace

std::optional<std::string> canonical_timestamp(std::string_view text, int decimals) {
  const std::chrono::sys_time<std::chrono::microseconds> time{
      std::chrono::microseconds(rounded_micros(micros_since_epoch(text), decimals))};
  const auto midnight = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day day(midnight);
  if (static_cast<int>(day.year()) < 1 || static_cast<int>(day.year()) > 9999) return std::nullopt;
  std::string out;
  // Puts a number of so many digits, and a character after it.
  const auto put = [&](std::int64_t number, std::size_t digits, char behind) {
    const std::string plain = std::to_string(number);
    out.append(digits - plain.size(), '0');
    out += plain;
    out += behind;
  };
  const std::int64_t micros = (time - midnight).count();
  const std::int64_t seconds = micros / 1'000'000;
  put(static_cast<int>(day.year()), 4, '-');
  put(static_cast<unsigned>(day.month()), 2, '-');
  put(static_cast<unsigned>(day.day()), 2, 'T');
  put(seconds / 3600, 2, ':');
  put(seconds / 60 % 60, 2, ':');
  put(seconds % 60, 2, '.');
  const std::int64_t fraction = micros % 1'000'000;
  if (fraction % 1000 == 0) put(fraction / 1000, 3, 'Z');
  else put(fraction, 6, 'Z');
  return out;
}

std::pair<std::string, std::string> instants_of(std::string_view timestamp, std::size_t decimals) {
  constexpr std::size_t kMinutes = 16, kSeconds = 3, kMicroseconds = 6;
  std::string head(timestamp.substr(0, kMinutes));
  std::string_view offset = timestamp.substr(kMinutes);
  if (offset.starts_with(':')) {
    head += offset.substr(0, kSeconds);
    offset.remove_prefix(kSeconds);
  } else {
    head += ":00";
  }
  std::string fraction;
  if (take(offset, '.')) {
    for (; !offset.empty() && is_digit(offset[0]); offset.remove_prefix(1)) fraction += offset[0];
  }
  fraction.resize(decimals, '0');
  const auto instant = [&](char digit) {
    std::string text = head + '.' + fraction;
    text.append(kMicroseconds - decimals, digit);
    return text + std::string(offset);
  };
  return {instant('0'), instant('9')};
}

std::string lowered(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return lower;
}

void add_to_list(std::string& list, std::string_view word) {
  if (!list.empty()) list += ", ";
  list += word;
}

std::string joined(std::span<const std::string> words) {
  std::string list;
  for (const std::string& word : words) add_to_list(list, word);
  return list;
}

bool is_uuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : std::isxdigit(static_cast<unsigned char>(text[i])) == 0)
      return false;
  }
  return true;
}

std::optional<std::int64_t> read_id(std::string_view text) {
  if (text.empty() || text.front() < '1' || text.front() > '9') return std::nullopt;
  std::int64_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return id;
}

std::string derived_uuid(std::int64_t organization_id, std::int64_t id) {
  // Each step is reversible, so different ids of an organization get different uuids.
  const auto mix = [](std::uint64_t x) {
    for (int i = 0; i < 2; ++i) {
      x ^= x >> 32U;
      x *= 0xD6E8FEB86659FD93U;
    }
    return x ^ (x >> 32U);
  };
  const std::uint64_t organization = mix(static_cast<std::uint64_t>(organization_id));
  const std::uint64_t first = mix(static_cast<std::uint64_t>(id) ^ organization);
  const std::uint64_t second = mix(first + organization);
  // RFC 9562, version 8. The four bits that the version replaces are kept in the other half.
  const std::uint64_t high = (first & ~std::uint64_t{0xF000}) | 0x8000U;
  const std::uint64_t low =
      0x8000000000000000U | (first & 0xF000U) << 46U | (second & 0x03FFFFFFFFFFFFFFU);
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const std::uint64_t half : {high, low}) {
    for (int shift = 60; shift >= 0; shift -= 4) {
      if (text.size() == 8 || text.size() == 13 || text.size() == 18 || text.size() == 23)
        text += '-';
      text += kDigits[half >> static_cast<unsigned>(shift) & 0xFU];
    }
  }
  return text;
}

}  // namespace product_upsert
