#include "core/document/document_text.hpp"

#include <algorithm>
#include <cstring>
#include <string>

#include "core/value/interrupts.hpp"
#include "core/value/json_fault.hpp"

namespace product_upsert {

namespace {

constexpr std::size_t kUnknown = ~std::size_t{0};  // the number of documents is unknown

std::string_view trimmed(std::string_view text) {
  text.remove_prefix(skip_json_space(text, 0));
  const std::size_t last = text.find_last_not_of(" \n\t\r");
  return text.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

// Windows writes a byte order mark at the start of a file, so joined files have them in between
// too.
std::string_view without_mark(std::string_view text) {
  constexpr std::string_view kMark = "\xEF\xBB\xBF";
  if (text.starts_with(kMark)) text.remove_prefix(kMark.size());
  return text;
}

}  // namespace

void DocumentText::read(std::string_view text, Lines lines) {
  text_ = without_mark(text);
  shown_ = text_.substr(0, text_.find_last_not_of(" \n\t\r") + 1);
  switch (reader_.shape()) {
    case DocumentReader::Shape::one: return read_one(trimmed(text_));
    case DocumentReader::Shape::many: return read_many(lines);
    case DocumentReader::Shape::each: read_document(trimmed(text_), 0);
  }
}

void DocumentText::read_one(std::string_view text) {
  const auto value = read_value(text);
  if (!value) return tell_fault(text, 0);
  const std::string& envelope = reader_.batch().profile.list_member;
  const Value documents = envelope.empty() ? Value() : (*value)[envelope];
  if (documents.kind() != Kind::list) return tell(*value);
  reader_.start_object(kUnknown);
  reader_.key(envelope);
  reader_.start_array(documents.items().size());
  for (const Value& document : documents.items()) tell(document);
  reader_.end_array();
  reader_.end_object();
}

void DocumentText::read_many(Lines lines) {
  const std::size_t start = skip_json_space(text_, 0);
  const char first = start < text_.size() ? text_[start] : ' ';
  if (first == '[') {
    reader_.start_array(kUnknown);
    read_behind(read_list(start));
    return reader_.end_array();
  }
  const std::string_view whole = trimmed(text_);
  const bool one_object = first == '{' && skip_json(whole, 0) == whole.size();
  std::size_t list = 0;
  if (one_object && find_envelope(start, list)) return read_envelope(start, list);
  const bool a_line_each = first == '{' && !one_object;
  const auto value = a_line_each || whole.empty() ? std::nullopt : read_value(whole);
  // Valid JSON of another shape is refused for its shape.
  if (value && (lines == Lines::no || value->kind() != Kind::object)) return tell(*value);
  reader_.start_array(kUnknown);
  if (value && texts_ != nullptr) texts_->emplace(reader_.batch().items.size(), whole);
  if (value) tell(*value);
  else if (lines == Lines::yes) read_lines();
  else tell_fault(whole, 0);
  reader_.end_array();
}

void DocumentText::read_lines() {
  std::size_t line = 1;
  for (std::size_t start = 0; start < text_.size(); ++line) {
    check_interrupts();
    const std::size_t end = std::min(text_.find('\n', start), text_.size());
    const std::string_view json = trimmed(without_mark(text_.substr(start, end - start)));
    if (!json.empty()) read_document(json, line);
    start = end + 1;
  }
}

// Whether the last member with the envelope's name is a list, and where that list begins.
bool DocumentText::find_envelope(std::size_t object, std::size_t& list) {
  const std::string& wanted = reader_.batch().profile.list_member;
  if (wanted.empty()) return false;
  bool found = false;
  for (std::size_t at = object + 1;;) {
    const std::size_t key = skip_json_space(text_, at);
    if (key >= text_.size() || text_[key] != '"') return false;
    const std::size_t colon = skip_json_space(text_, skip_json(text_, key));
    if (colon >= text_.size() || text_[colon] != ':') return false;
    const std::size_t value = skip_json_space(text_, colon + 1);
    if (value >= text_.size()) return false;
    if (has_key(text_.substr(key, colon - key), wanted)) {
      found = text_[value] == '[';
      list = value;
    }
    at = skip_json_space(text_, skip_json(text_, value));
    if (at >= text_.size()) return false;
    if (text_[at] == '}') return found;
    if (text_[at++] != ',') return false;
  }
}

bool DocumentText::has_key(std::string_view quoted, std::string_view key) {
  const auto value = read_value(trimmed(quoted));
  return value && value->kind() == Kind::text && value->as_text() == key;
}

void DocumentText::read_envelope(std::size_t object, std::size_t list) {
  reader_.start_object(kUnknown);
  reader_.key(reader_.batch().profile.list_member);
  reader_.start_array(kUnknown);
  const std::size_t end = read_list(list);
  // The rest of the object must be valid JSON too.
  if (end != std::string_view::npos) {
    std::string rest(text_.substr(object, list - object));
    rest += "[]";
    rest += text_.substr(end);
    if (const auto fault = find_json_fault(rest)) {
      const std::size_t before = list - object;
      const std::size_t at = fault->at < before ? object + fault->at : end + fault->at - before - 2;
      tell_fault_at(fault->message, std::min(at, text_.size()), 0, 0);
    }
  }
  reader_.end_array();
  reader_.end_object();
}

// Returns the end of the list, or npos if it cannot be found. In that case the fault was reported
// as a document.
std::size_t DocumentText::read_list(std::size_t at) {
  at = skip_json_space(text_, at + 1);
  if (at < text_.size() && text_[at] == ']') return at + 1;
  for (;;) {
    check_interrupts();
    const std::size_t start = skip_json_space(text_, at);
    const std::size_t end = skip_json(text_, start);
    if (end == std::string_view::npos) {
      tell_fault(text_.substr(start), 0);
      return end;
    }
    const bool good = read_document(text_.substr(start, end - start), 0);
    at = skip_json_space(text_, end);
    if (at < text_.size() && text_[at] == ']') return at + 1;
    if (at < text_.size() && text_[at] == ',') {
      ++at;
      continue;
    }
    if (good) tell_fault_at("',' or ']' is expected", at, 0, 0);
    return std::string_view::npos;
  }
}

void DocumentText::read_behind(std::size_t at) {
  if (at == std::string_view::npos) return;
  at = skip_json_space(text_, at);
  if (at < text_.size()) tell_fault_at("the end is expected", at, 0, 0);
}

bool DocumentText::read_document(std::string_view json, std::size_t line) {
  const auto value = read_value(json);
  if (value && texts_ != nullptr) texts_->emplace(reader_.batch().items.size(), json);
  if (value) tell(*value);
  else tell_fault(json, line);
  return value.has_value();
}

void DocumentText::tell(const Value& value) {
  switch (value.kind()) {
    case Kind::object:
      if (!reader_.start_object(value.members().size())) return;
      for (const Member& m : value.members()) reader_.member(m.key, m.value);
      return reader_.end_object();
    case Kind::list: reader_.start_array(value.items().size()); return;  // is refused for its shape
    case Kind::boolean: return reader_.boolean(value.as_boolean());
    case Kind::decimal:
    case Kind::number: return reader_.number(value);
    case Kind::text: return reader_.string(value.as_text());
    default: return reader_.null();
  }
}

// `line`: the line in the text, from 1; 0 if the text does not have one document a line.
void DocumentText::tell_fault(std::string_view json, std::size_t line) {
  const auto begin = static_cast<std::size_t>(json.data() - text_.data());
  const auto fault = find_json_fault(json);
  tell_fault_at(fault ? fault->message : "it is not JSON", begin + (fault ? fault->at : 0), line,
                line == 0 ? 0 : begin);
}

void DocumentText::tell_fault_at(const std::string& what, std::size_t at, std::size_t line,
                                 std::size_t line_begin) {
  const std::string byte = std::to_string(at - line_begin + 1);
  Details details;
  details.number("byte", static_cast<std::int64_t>(at - line_begin + 1));
  if (line != 0) details.number("line", static_cast<std::int64_t>(line));
  const std::string_view advice = json_advice(text_, at);
  if (!advice.empty()) details.text("hint", advice);
  const std::string where =
      " at byte " + byte + (line == 0 ? "" : " of line " + std::to_string(line));
  const std::string piece = at < shown_.size() ? shown_piece(shown_, at) : "";
  reader_.unreadable(
      "cannot be read: " + what + where + (piece.empty() ? ", where it ends" : ": " + piece),
      details);
}

std::optional<Value> DocumentText::read_value(std::string_view json) {
  containers_.reset();
  return json_.read(padded(json), memory_, containers_);
}

// The text that follows is the padding; at the end of the text there is none.
std::string_view DocumentText::padded(std::string_view json) {
  const auto end = static_cast<std::size_t>(json.data() - text_.data()) + json.size();
  if (end + JsonText::kPadding <= text_.size()) return json;
  auto copy = memory_.array<char>(json.size() + JsonText::kPadding);
  std::copy(json.begin(), json.end(), copy.begin());
  std::memset(copy.data() + json.size(), ' ', JsonText::kPadding);
  return {copy.data(), json.size()};
}

}  // namespace product_upsert
