#include "fuzz/mutate.hpp"

#include <algorithm>
#include <utility>

namespace product_upsert {

namespace {

const std::vector<std::string>& values() {
  static const std::vector<std::string> words = {
      "null",
      "true",
      "false",
      "0",
      "1",
      "2",
      "3",
      "-1",
      "-0",
      "0.0",
      "1.50",
      "1e3",
      "1E-5",
      "12",
      "7.5",
      "0.00000000000000000001",
      "12345678901234567890123",
      "9223372036854775807",
      "9223372036854775808",
      "1000000000000000000",
      "2147483648",
      "-2147483649",
      "1e131071",
      "1e-16383",
      "1e400",
      "0e-20000",
      "\"\"",
      "\" \"",
      "\"x\"",
      "\" x \"",
      "\"\\u00a0\"",
      "\"\\u0000\"",
      "\"\\ud83d\\ude00\"",
      "\"M\"",
      "\"N\"",
      "\"1\"",
      "\"0\"",
      "\"2024-02-30\"",
      "\"2024-02-29\"",
      "\"2024-02-29T10:00:00Z\"",
      "\"2024-02-29T10:00:00+15:59\"",
      "\"123e4567-e89b-12d3-a456-426614174000\"",
      "\"123E4567-E89B-12D3-A456-42661417400\"",
      "[]",
      "{}",
      "[[]]",
      "[null]",
      "[\"a\"]",
      "[\"a\",\"b\",\"a\"]",
      "[1,[2,{\"a\":3}]]",
      "{\"a\":null}",
      "{\"id\":1}",
      "{\"id\":\"2\"}",
      "{\"reference\":\"r\"}",
      "[{\"id\":1},{\"id\":1}]",
      "{\"b\":1,\"a\":{\"c\":[]}}",
      "[{\"sku\":\"s1\",\"price\":1,\"position\":1}]",
      "[{\"sku\":\"s2\",\"price\":1,\"position\":1},{\"sku\":\"s2\"}]",
      "[{\"reference\":\"color\",\"value\":\"red\"}]",
      "{\"color\":\"red\",\"weight\":1.5}"};
  return words;
}

const std::vector<std::string>& tokens() {
  static const std::vector<std::string> words = {
      "{",    "}",        "[",           "]",  ",",  ":",  "\"",        "\\",      "\\u",
      "\xFF", "\xC2\xA0", "\xF0\x9F",    "e",  "-",  ".",  "+",         "00",      "\n",
      "/*",   "nul",      "{\"body\":[", "]}", "[{", "}]", "\"id\":1,", "\"a\":1,"};
  return words;
}

// Where a JSON value that begins at `at` ends; the text's end where it does not.
std::size_t value_end(std::string_view s, std::size_t at) {
  int depth = 0;
  bool quoted = false;
  for (; at < s.size(); ++at) {
    const char c = s[at];
    if (quoted) {
      if (c == '\\') ++at;
      else if (c == '"') quoted = false;
      continue;
    }
    if (c == '"') quoted = true;
    else if (c == '{' || c == '[') ++depth;
    else if (c == '}' || c == ']') {
      if (depth == 0) return at;
      if (--depth == 0) return at + 1;
    } else if (c == ',' && depth == 0) {
      return at;
    }
  }
  return s.size();
}

// A member somewhere: from its key's quote to the end of its value.
struct Place {
  std::size_t key = 0, value = 0, end = 0;
};

bool find_member(std::string_view s, Random& random, Place& place) {
  if (s.empty()) return false;
  std::size_t colon = s.find("\":", random.below(s.size()));
  if (colon == std::string_view::npos) colon = s.find("\":");
  if (colon == std::string_view::npos || colon == 0) return false;
  const std::size_t key = s.rfind('"', colon - 1);
  if (key == std::string_view::npos) return false;
  place = {key, colon + 2, value_end(s, colon + 2)};
  return true;
}

void change_bytes(std::string& s, Random& random) {
  const std::size_t at = random.below(s.size() + 1);
  switch (random.below(4)) {
    case 0: s.insert(at, random.pick(tokens())); break;
    case 1: s.erase(at, 1 + random.below(8)); break;
    case 2:
      if (at < s.size()) s[at] = static_cast<char>(random.next());
      break;
    default: s.insert(at, s.substr(at, random.below(40))); break;
  }
}

}  // namespace

void mutate(std::string& s, std::string_view other, Random& random) {
  Place a;
  Place b;
  if (random.percent(6) || !find_member(s, random, a)) return change_bytes(s, random);
  switch (random.below(8)) {
    case 0:
    case 1:
    case 2: s.replace(a.value, a.end - a.value, random.pick(values())); break;
    case 3: {  // take a member away
      std::size_t end = a.end;
      std::size_t key = a.key;
      if (end < s.size() && s[end] == ',') ++end;
      else if (key > 0 && s[key - 1] == ',') --key;
      s.erase(key, end - key);
      break;
    }
    case 4:  // a member of the other text
      if (find_member(other, random, b))
        s.insert(a.key, std::string(other.substr(b.key, b.end - b.key)) + ",");
      break;
    case 5:  // another value for it
      if (find_member(other, random, b))
        s.replace(a.value, a.end - a.value, other.substr(b.value, b.end - b.value));
      break;
    case 6:  // another name for it
      if (find_member(other, random, b))
        s.replace(a.key, a.value - a.key, other.substr(b.key, b.value - b.key));
      break;
    default: {  // one more nesting
      const bool list = random.percent(50);
      s.insert(a.end, list ? "]" : "}");
      s.insert(a.value, list ? "[" : "{\"a\":");
    }
  }
}

}  // namespace product_upsert
