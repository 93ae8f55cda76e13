#include "core/value/json_text.hpp"

#include <simdjson.h>

#include <cstring>
#include <new>
#include <utility>
#include <vector>

#include "core/value/events.hpp"
#include "core/value/interrupts.hpp"
#include "core/value/json_fault.hpp"

namespace product_upsert {

static_assert(JsonText::kPadding >= simdjson::SIMDJSON_PADDING);

namespace ondemand = simdjson::ondemand;

namespace {

bool is_white(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }

}  // namespace

// No exception passes through simdjson: it returns errors as values and calls none of our
// functions.
class JsonText::Reading {
 public:
  std::optional<Value> read(std::string_view json, Arena& texts, Arena& containers) {
    const std::size_t first = json.find_first_not_of(" \n\t\r");
    if (first == std::string_view::npos || json.size() > kLongest) return std::nullopt;
    if (json[first] != '{' && json[first] != '[') return read_scalar(json, texts);
    text_ = json;
    texts_ = &texts;
    containers_ = &containers;
    pending_.clear();
    ondemand::document document;
    const auto failed =
        parser_.iterate(json.data(), json.size(), json.size() + kPadding).get(document);
    if (failed == simdjson::MEMALLOC) throw std::bad_alloc();
    ondemand::value root;
    if (failed != simdjson::SUCCESS || document.get_value().get(root) != simdjson::SUCCESS)
      return std::nullopt;
    Value value;
    if (!read_value(root, 1, value)) return std::nullopt;
    if (document.current_location().error() != simdjson::OUT_OF_BOUNDS) return std::nullopt;
    return value;
  }

 private:
  std::optional<Value> read_scalar(std::string_view json, Arena& texts) {
    if (find_json_fault(json)) return std::nullopt;
    // In a list, the text is a token like any other.
    auto list = texts.array<char>(json.size() + 2 + kPadding);
    list[0] = '[';
    std::memcpy(list.data() + 1, json.data(), json.size());
    list[json.size() + 1] = ']';
    std::memset(list.data() + json.size() + 2, ' ', kPadding);
    const auto read_list = read({list.data(), json.size() + 2}, texts, texts);
    if (!read_list || read_list->items().size() != 1) return std::nullopt;
    return read_list->items().front();
  }

  bool read_value(ondemand::value& from, int depth, Value& to) {
    const std::string_view token = token_of(from);
    if (token.empty()) return false;
    switch (token.front()) {
      case '{': return depth <= kMaxDepth && read_object(from, depth, to);
      case '[': return depth <= kMaxDepth && read_list(from, depth, to);
      case '"': {
        std::string_view text;
        if (!read_text(token, text) || from.get_raw_json_string().error() != simdjson::SUCCESS)
          return false;
        to = Value::text(text);
        return true;
      }
      case 't': to = Value::boolean(true); return token == "true";
      case 'f': to = Value::boolean(false); return token == "false";
      case 'n': to = Value::null(); return token == "null";
      default: {
        const auto number = read_json_number(token, *texts_);
        if (number) to = *number;
        return number.has_value();
      }
    }
  }

  bool read_object(ondemand::value& from, int depth, Value& to) {
    check_interrupts();
    ondemand::object object;
    if (from.get_object().get(object) != simdjson::SUCCESS) return false;
    const std::size_t start = pending_.size();
    for (auto result : object) {
      ondemand::field field;
      if (std::move(result).get(field) != simdjson::SUCCESS) return false;
      Member member;
      if (!read_key(field, member.key) || !read_value(field.value(), depth + 1, member.value))
        return false;
      pending_.push_back(member);
    }
    const std::span<Member> members(pending_.data() + start, pending_.size() - start);
    const std::size_t kept = sort_members(members);
    to = Value::object(containers_->copy(std::span<const Member>(members.data(), kept)));
    pending_.resize(start);
    return true;
  }

  bool read_list(ondemand::value& from, int depth, Value& to) {
    check_interrupts();
    ondemand::array list;
    if (from.get_array().get(list) != simdjson::SUCCESS) return false;
    const std::size_t start = pending_.size();
    for (auto result : list) {
      ondemand::value item;
      Member member;
      // NOLINTNEXTLINE(performance-move-const-arg): there is a get() of rvalues alone
      if (std::move(result).get(item) != simdjson::SUCCESS ||
          !read_value(item, depth + 1, member.value))
        return false;
      pending_.push_back(member);
    }
    auto items = containers_->array<Value>(pending_.size() - start);
    for (std::size_t i = 0; i < items.size(); ++i) items[i] = pending_[start + i].value;
    pending_.resize(start);
    to = Value::list(items);
    return true;
  }

  // The text up to the next token, without white space; empty at the end of the text.
  std::string_view token_of(ondemand::value& value) const {
    std::string_view token = value.raw_json_token();
    const char* const end = text_.data() + text_.size();
    if (token.data() < text_.data() || token.data() >= end ||
        token.size() > static_cast<std::size_t>(end - token.data()))
      return {};
    while (!token.empty() && is_white(token.back())) token.remove_suffix(1);
    return token;
  }

  bool read_text(std::string_view token, std::string_view& text) {
    if (token.size() < 2 || token.back() != '"') return false;
    text = token.substr(1, token.size() - 2);
    return text.find('\\') == std::string_view::npos || unescape(text);
  }

  bool read_key(ondemand::field& field, std::string_view& key) {
    const char* const start = field.key().raw();
    const char* const end = text_.data() + text_.size();
    const char* at = start;
    bool escaped = false;
    for (; at < end && *at != '"'; ++at) {
      if (*at != '\\') continue;
      escaped = true;
      ++at;
    }
    if (at >= end) return false;
    key = {start, static_cast<std::size_t>(at - start)};
    return !escaped || unescape(key);
  }

  // Decodes the text between quotes, which never gets longer.
  bool unescape(std::string_view& text) {
    auto room = texts_->array<char>(text.size() + kPadding);
    auto* to = reinterpret_cast<std::uint8_t*>(room.data());
    const auto* const from = reinterpret_cast<const std::uint8_t*>(text.data());
    if (parser_.unescape(ondemand::raw_json_string(from), to).get(text) != simdjson::SUCCESS)
      return false;
    return text.find('\0') == std::string_view::npos;
  }

  ondemand::parser parser_{kLongest};
  std::string_view text_;
  Arena* texts_ = nullptr;
  Arena* containers_ = nullptr;
  std::vector<Member> pending_;
};

JsonText::JsonText() : reading_(std::make_unique<Reading>()) {}

JsonText::~JsonText() = default;

std::optional<Value> JsonText::read(std::string_view json, Arena& texts, Arena& containers) {
  return reading_->read(json, texts, containers);
}

}  // namespace product_upsert
