#include "core/value/json_fault.hpp"

#include <algorithm>
#include <cctype>

#include "core/value/digit.hpp"
#include "core/value/events.hpp"
#include "core/value/interrupts.hpp"
#include "core/value/json_text.hpp"

namespace product_upsert {

namespace {

constexpr std::string_view kSpace = " \n\t\r";
constexpr std::size_t kMostShown = 64;

// The length of the character that begins there; 0 if it is not valid UTF-8.
std::size_t character(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) {
    return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0U;
  };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0U) != 0x80U) return 0;
  }
  const unsigned second = byte(1);
  const bool overlong = (first == 0xE0 && second < 0xA0) || (first == 0xF0 && second < 0x90);
  const bool beyond = (first == 0xED && second > 0x9F) || (first == 0xF4 && second > 0x8F);
  return overlong || beyond ? 0 : length;
}

// Follows the grammar of RFC 8259, a byte at a time.
class Search {
 public:
  explicit Search(std::string_view text) : text_(text) {}

  std::optional<JsonFault> run() {
    if (text_.size() > JsonText::kLongest)
      return JsonFault{0, "it is longer than " + std::to_string(JsonText::kLongest) + " bytes"};
    space();
    if (value(1)) {
      space();
      if (at_ < text_.size()) fail("the end is expected");
    }
    return std::move(fault_);
  }

 private:
  bool fail(std::string message) { return fail_at(at_, std::move(message)); }
  bool fail_at(std::size_t at, std::string message) {
    if (!fault_) fault_ = JsonFault{at, std::move(message)};
    return false;
  }
  bool is(char c) const { return at_ < text_.size() && text_[at_] == c; }
  bool take(char c) {
    if (!is(c)) return false;
    ++at_;
    return true;
  }
  void space() { at_ = skip_json_space(text_, at_); }

  bool value(int depth) {
    if (is('{') || is('[')) {
      if (depth > kMaxDepth)
        return fail("it nests deeper than " + std::to_string(kMaxDepth) + " levels");
      check_interrupts();
      return is('{') ? object(depth) : list(depth);
    }
    if (is('"')) return string();
    for (const std::string_view word : {"true", "false", "null"}) {
      if (text_.substr(at_, word.size()) != word) continue;
      at_ += word.size();
      return true;
    }
    if (is('-') || (at_ < text_.size() && is_digit(text_[at_]))) return number();
    return fail("a value is expected");
  }

  bool object(int depth) {
    ++at_;
    space();
    if (take('}')) return true;
    for (;;) {
      space();
      if (!is('"')) return fail("a key is expected");
      if (!string()) return false;
      space();
      if (!take(':')) return fail("':' is expected");
      space();
      if (!value(depth + 1)) return false;
      space();
      if (take('}')) return true;
      if (!take(',')) return fail("',' or '}' is expected");
    }
  }

  bool list(int depth) {
    ++at_;
    space();
    if (take(']')) return true;
    for (;;) {
      space();
      if (!value(depth + 1)) return false;
      space();
      if (take(']')) return true;
      if (!take(',')) return fail("',' or ']' is expected");
    }
  }

  bool string() {
    const std::size_t start = at_++;
    while (at_ < text_.size() && text_[at_] != '"') {
      if (static_cast<unsigned char>(text_[at_]) < 0x20)
        return fail("a control character must be escaped");
      if (text_[at_] == '\\') {
        if (!escape()) return false;
        continue;
      }
      const std::size_t length = character(text_, at_);
      if (length == 0) return fail("the text is not UTF-8");
      at_ += length;
    }
    return take('"') || fail_at(start, "a text is not closed");
  }

  bool escape() {
    const std::size_t start = at_++;
    if (at_ >= text_.size()) return fail_at(start, "an escape is not complete");
    const char c = text_[at_++];
    if (c != 'u')
      return std::string_view(R"("\/bfnrt)").find(c) != std::string_view::npos ||
             fail_at(start, "an escape is not known");
    const long unit = hex();
    if (unit < 0) return fail_at(start, "an escape is not complete");
    if (unit == 0) return fail_at(start, "the character U+0000 cannot be stored");
    if (unit < 0xD800 || unit > 0xDFFF) return true;
    if (unit > 0xDBFF || !take('\\') || !take('u')) return lone(start);
    const long low = hex();
    return (low >= 0xDC00 && low <= 0xDFFF) || lone(start);
  }
  bool lone(std::size_t start) {
    return fail_at(start, "half of a surrogate pair stands by itself");
  }
  long hex() {
    long unit = 0;
    for (int i = 0; i < 4; ++i, ++at_) {
      if (at_ >= text_.size()) return -1;
      const char c = text_[at_];
      if (is_digit(c)) unit = unit * 16 + (c - '0');
      else if (c >= 'a' && c <= 'f') unit = unit * 16 + (c - 'a' + 10);
      else if (c >= 'A' && c <= 'F') unit = unit * 16 + (c - 'A' + 10);
      else return -1;
    }
    return unit;
  }

  bool number() {
    const std::size_t start = at_;
    take('-');
    if (!take('0') && !digits()) return fail_at(start, "a number is malformed");
    if (take('.') && !digits()) return fail_at(start, "a number is malformed");
    if (take('e') || take('E')) {
      if (!take('+')) take('-');
      if (!digits()) return fail_at(start, "a number is malformed");
    }
    // PostgreSQL's own reader counts these characters to the same token.
    if (at_ < text_.size() && (std::isalnum(static_cast<unsigned char>(text_[at_])) || is('_')))
      return fail_at(start, "a number is malformed");
    Arena unused;
    return Value::parse_number(text_.substr(start, at_ - start), unused).has_value() ||
           fail_at(start, "a number is out of range");
  }
  bool digits() {
    const std::size_t start = at_;
    while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
    return at_ > start;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::optional<JsonFault> fault_;
};

// Most numbers have few digits and no exponent.
std::optional<Value> read_plain_number(std::string_view text, std::size_t first) {
  constexpr std::size_t kMostDigits = 18;
  const std::size_t digits = text.size() - first;
  if (digits == 0 || digits > kMostDigits || !is_digit(text[first])) return std::nullopt;
  if (text[first] == '0' && digits > 1 && text[first + 1] != '.') return std::nullopt;
  std::int64_t coefficient = 0;
  std::size_t point = text.size();
  for (std::size_t i = first; i < text.size(); ++i) {
    if (text[i] == '.' && point == text.size() && i + 1 < text.size()) point = i;
    else if (is_digit(text[i])) coefficient = coefficient * 10 + (text[i] - '0');
    else return std::nullopt;
  }
  const std::size_t scale = point == text.size() ? 0 : text.size() - point - 1;
  return Value::decimal(first == 1 ? -coefficient : coefficient, static_cast<std::uint8_t>(scale));
}

std::size_t skip_string(std::string_view text, std::size_t at) {
  for (++at; at < text.size(); ++at) {
    if (text[at] == '"') return at + 1;
    if (text[at] == '\\') ++at;
  }
  return std::string_view::npos;
}

}  // namespace

std::optional<JsonFault> find_json_fault(std::string_view text) { return Search(text).run(); }

std::size_t skip_json_space(std::string_view text, std::size_t at) {
  return std::min(text.find_first_not_of(kSpace, at), text.size());
}

std::size_t skip_json(std::string_view text, std::size_t at) {
  if (at >= text.size()) return at;
  if (text[at] == '"') return skip_string(text, at);
  if (text[at] != '{' && text[at] != '[')
    return std::min(text.find_first_of(" \n\t\r,]}", at), text.size());
  std::size_t open = 0;
  while (at < text.size()) {
    switch (text[at]) {
      case '"':
        at = skip_string(text, at);
        if (at == std::string_view::npos) return at;
        continue;
      case '{':
      case '[':
        if (++open % 1024 == 0) check_interrupts();
        break;
      case '}':
      case ']':
        if (--open == 0) return at + 1;
        break;
      default: break;
    }
    ++at;
  }
  return std::string_view::npos;
}

std::optional<Value> read_json_number(std::string_view text, Arena& arena) {
  const std::size_t first = text.starts_with('-') ? 1 : 0;
  if (const auto plain = read_plain_number(text, first)) return plain;
  const bool zero_before =
      text.size() > first + 1 && text[first] == '0' && is_digit(text[first + 1]);
  return zero_before ? std::nullopt : Value::parse_number(text, arena);
}

std::string_view json_advice(std::string_view text, std::size_t at) {
  const std::size_t begin = skip_json_space(text.substr(0, 64), 0);
  const std::string_view all = text.substr(std::min(begin, text.size()));
  const std::string_view fault = text.substr(std::min(at, text.size()));
  if (all.starts_with("{\"{") || all.starts_with("{\"["))
    return "This is a PostgreSQL array. Pass one JSON text: JSON.stringify(documents), "
           "json.dumps(documents).";
  if (all.starts_with("[object ")) return "This is not JSON: pass JSON.stringify(document).";
  for (const std::string_view word : {"NaN", "Infinity", "-Infinity", "undefined", "None"})
    if (fault.starts_with(word)) return "JSON has no such word: use null.";
  for (const std::string_view word : {"True", "False"})
    if (fault.starts_with(word)) return "In JSON, use true and false.";
  if (fault.starts_with('\'')) return "JSON strings have double quotes, as json.dumps writes them.";
  return {};
}

std::string shown_piece(std::string_view text, std::size_t at) {
  std::string piece;
  std::size_t shown = 0;
  for (; at < text.size() && text[at] != '\n' && text[at] != '\r'; ++shown) {
    if (shown == kMostShown) return piece + "...";
    const std::size_t length = character(text, at);
    if (length == 0) piece += '?';
    else piece += text.substr(at, length);
    at += std::max<std::size_t>(length, 1);
  }
  const std::size_t last = piece.find_last_not_of(" \t");
  return piece.substr(0, last == std::string::npos ? 0 : last + 1);
}

}  // namespace product_upsert
