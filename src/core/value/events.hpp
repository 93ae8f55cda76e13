#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "core/value/arena.hpp"
#include "core/value/value.hpp"

namespace product_upsert {

// The events of a walk over JSON, in order; the same for a jsonb (src/pg/types/jsonb.hpp) and for
// JSON text (parse_json below), so that tests and the fuzzer run the same code as the database.
// Follows nlohmann's SAX interface, with views instead of strings and exact numbers.
class JsonEvents {
 public:
  virtual ~JsonEvents() = default;
  virtual void null() = 0;
  virtual void boolean(bool value) = 0;
  virtual void number(Value value) = 0;  // Kind::decimal or Kind::number
  virtual void string(std::string_view value) = 0;
  // `members`, `items`: ~0 if not known. False: nothing inside is reported, nor its end.
  virtual bool start_object(std::size_t members) = 0;
  virtual void key(std::string_view key) = 0;
  virtual void end_object() = 0;
  virtual bool start_array(std::size_t items) = 0;
  virtual void end_array() = 0;
};

// Deeper nesting is refused wherever JSON is read. The depth of a document is counted in the
// document itself, wherever it is in the input (fine point p).
constexpr int kMaxDepth = 512;

// Walks JSON text. Views passed to the events, and long numbers, live in the arena. Throws Refusal
// (invalid) if the text is not JSON, contains a NUL, or a number that PostgreSQL's numeric cannot
// hold. The events limit the depth.
void parse_json(std::string_view text, Arena& arena, JsonEvents& events);
Value parse_json(std::string_view text, Arena& arena);

// Builds the Value of one JSON document from events; lists and objects are made in the arena. Text
// is not copied: the views must outlive the value. Throws Refusal (limit) if it would nest deeper
// than kMaxDepth.
class ValueBuilder final : public JsonEvents {
 public:
  explicit ValueBuilder(Arena& arena) : arena_(&arena) {}
  void null() override { put(Value::null()); }
  void boolean(bool value) override { put(Value::boolean(value)); }
  void number(Value value) override { put(value); }
  void string(std::string_view value) override { put(Value::text(value)); }
  bool start_object(std::size_t) override { return open(Kind::object); }
  void key(std::string_view key) override { key_ = key; }
  void end_object() override;
  bool start_array(std::size_t) override { return open(Kind::list); }
  void end_array() override;

  bool complete() const { return frames_.empty() && root_.kind() != Kind::absent; }
  // The value built; the builder is ready for the next one.
  Value take();

 private:
  struct Frame {
    Kind kind;
    std::size_t start;     // where its children begin in pending_
    std::string_view key;  // under which its value goes into the parent
  };
  bool open(Kind kind);
  void put(Value value);

  Arena* arena_;
  std::vector<Frame> frames_;
  std::vector<Member> pending_;
  std::string_view key_;
  Value root_;
};

}  // namespace product_upsert
