#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/value/events.hpp"
#include "core/value/value.hpp"
#include "pg/boundary/compat.hpp"

namespace product_upsert {

// Sends the events of a jsonb that has a four-byte header, read directly from its binary form. The
// views point into the jsonb, which must outlive them; long numbers go to the arena. Checks for
// interrupts between members and items. The depth is limited only by `events`.
void walk(const Jsonb* jsonb, Arena& arena, JsonEvents& events);

// The same as a tree. Text points into the jsonb. Throws Refusal if it is nested deeper than
// kMaxDepth.
Value read_jsonb(const Jsonb* jsonb, Arena& arena);
// Reads any jsonb datum, toasted or not. The value does not point into it.
Value read_jsonb(Datum datum, Arena& arena);

// Appends the bytes of a jsonb with a four-byte header to `out`, whose size must be a multiple of
// four.
void write_jsonb(const Value& value, std::string& out);
// The result is palloc'ed.
Datum make_jsonb(const Value& value);
Datum make_jsonb(std::string_view json);

// Makes a jsonb array item by item, so that not all items have to be in memory at once.
class JsonbList {
 public:
  // Exactly `items` items must be added. The memory belongs to the current context.
  explicit JsonbList(std::size_t items);
  ~JsonbList();
  JsonbList(const JsonbList&) = delete;
  JsonbList& operator=(const JsonbList&) = delete;
  void add(const Value& item);
  Datum finish();

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace product_upsert
