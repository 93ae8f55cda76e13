#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/value/events.hpp"
#include "core/value/value.hpp"
#include "pg/boundary/compat.hpp"

namespace product_upsert {

// Tells the events of a jsonb with a four-byte header, straight from its binary form. The views
// point into the jsonb, which must outlive them; long numbers go to the arena. Answers interrupts
// between members and items. It goes as deep as the events let it.
void walk(const Jsonb* jsonb, Arena& arena, JsonEvents& events);

// The same as a tree; text points into the jsonb. Throws Refusal where it nests deeper than
// kMaxDepth.
Value read_jsonb(const Jsonb* jsonb, Arena& arena);
// Any jsonb datum, toasted or not; nothing of the value points into it.
Value read_jsonb(Datum datum, Arena& arena);

// Bytes of a jsonb with a four-byte header, appended to `out`, whose end must be aligned to four.
void write_jsonb(const Value& value, std::string& out);
// Palloc'ed.
Datum make_jsonb(const Value& value);
Datum make_jsonb(std::string_view json);

// Makes a jsonb array item by item, so that they need not be there at once.
class JsonbList {
 public:
  // Exactly so many items will be added. The memory is that of the current context.
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
