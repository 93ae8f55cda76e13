#include "core/value/events.hpp"

#include <nlohmann/json.hpp>

#include <memory>

#include "core/value/failure.hpp"

namespace product_upsert {

namespace {

using nlohmann::json;

// Adapts nlohmann's SAX interface to ours. Its strings do not outlive the call, so they are copied.
class TextEvents final : public json::json_sax_t {
 public:
  TextEvents(Arena& arena, JsonEvents& events) : arena_(arena), events_(events) {}

  bool null() override {
    if (!skips()) events_.null();
    return true;
  }
  bool boolean(bool value) override {
    if (!skips()) events_.boolean(value);
    return true;
  }
  bool number_integer(number_integer_t value) override { return number(std::to_string(value)); }
  bool number_unsigned(number_unsigned_t value) override { return number(std::to_string(value)); }
  bool number_float(number_float_t, const string_t& raw) override { return number(raw); }
  bool string(string_t& value) override {
    if (!skips()) events_.string(keep(value));
    return true;
  }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t members) override {
    return start([&] { return events_.start_object(members); });
  }
  bool key(string_t& value) override {
    if (!skips()) events_.key(keep(value));
    return true;
  }
  bool end_object() override {
    return end([&] { events_.end_object(); });
  }
  bool start_array(std::size_t items) override {
    return start([&] { return events_.start_array(items); });
  }
  bool end_array() override {
    return end([&] { events_.end_array(); });
  }
  bool parse_error(std::size_t at, const std::string&,
                   const nlohmann::detail::exception& e) override {
    // nlohmann rejects a number that does not fit a double before it passes the text on.
    throw Refusal(Refused::invalid, "invalid JSON at byte " + std::to_string(at), e.what());
  }

 private:
  bool skips() const { return skipped_ > 0; }
  template <typename Event>
  bool start(Event event) {
    if (skips() || !event()) ++skipped_;
    return true;
  }
  template <typename Event>
  bool end(Event event) {
    if (skips()) --skipped_;
    else event();
    return true;
  }
  bool number(std::string_view text) {
    if (skips()) return true;
    const auto value = Value::parse_number(text, arena_);
    if (!value) throw Refusal(Refused::invalid, "number out of range");
    return events_.number(*value), true;
  }
  std::string_view keep(const std::string& s) {
    if (s.find('\0') != std::string::npos)
      throw Refusal(Refused::invalid, "text holds the character U+0000");
    return arena_.copy(s);
  }

  Arena& arena_;
  JsonEvents& events_;
  std::size_t skipped_ = 0;  // open containers whose events are skipped
};

}  // namespace

void parse_json(std::string_view text, Arena& arena, JsonEvents& events) {
  TextEvents adapter(arena, events);
  json::sax_parse(text, &adapter);
}

Value parse_json(std::string_view text, Arena& arena) {
  ValueBuilder builder(arena);
  parse_json(text, arena, builder);
  return builder.take();
}

bool ValueBuilder::open(Kind kind) {
  if (frames_.size() >= kMaxDepth) {
    throw Refusal(Refused::limit,
                  "JSON nests deeper than " + std::to_string(kMaxDepth) + " levels");
  }
  frames_.push_back({kind, pending_.size(), key_});
  return true;
}

void ValueBuilder::put(Value value) {
  if (frames_.empty()) {
    root_ = value;
  } else {
    pending_.push_back({key_, value});
  }
}

void ValueBuilder::end_object() {
  const Frame frame = frames_.back();
  frames_.pop_back();
  const std::span<Member> children(pending_.data() + frame.start, pending_.size() - frame.start);
  const std::size_t kept = sort_members(children);
  const auto members = arena_->copy(std::span<const Member>(children.data(), kept));
  pending_.resize(frame.start);
  key_ = frame.key;
  put(Value::object(members));
}

void ValueBuilder::end_array() {
  const Frame frame = frames_.back();
  frames_.pop_back();
  auto items = arena_->array<Value>(pending_.size() - frame.start);
  for (std::size_t i = 0; i < items.size(); ++i) items[i] = pending_[frame.start + i].value;
  pending_.resize(frame.start);
  key_ = frame.key;
  put(Value::list(items));
}

Value ValueBuilder::take() {
  const Value value = root_;
  root_ = Value();
  return value;
}

}  // namespace product_upsert
