#include "pg/types/jsonb.hpp"

#include <algorithm>
#include <cstdint>
#include <string>

#include "core/value/failure.hpp"
#include "pg/boundary/boundary.hpp"
#include "pg/types/numeric.hpp"
#include "pg/types/varlena.hpp"

extern "C" {
#include "utils/datum.h"
}

namespace product_upsert {

namespace {

[[noreturn]] void refuse_depth() {
  throw Refusal(Refused::limit, "JSON nests deeper than " + std::to_string(kMaxDepth) + " levels");
}

[[gnu::noinline]] void answer_interrupts() {
  Call([] { CHECK_FOR_INTERRUPTS(); });
}

// The children of a container in their order, and where the data of each begins. An entry holds the
// length of its data; every JB_OFFSET_STRIDE-th holds the offset of its end instead.
class Children {
 public:
  Children(const JsonbContainer* container, std::uint32_t first, std::uint32_t count)
      : entry_(container->children + first),
        base_(reinterpret_cast<const char*>(container->children + count)) {
    // Finds the end of the data before the first child.
    for (const JEntry* before = entry_; before != container->children;) {
      --before;
      end_ += JBE_OFFLENFLD(*before);
      if (JBE_HAS_OFF(*before)) break;
    }
  }

  JEntry next() {
    const JEntry entry = *entry_++;
    start_ = end_;
    JBE_ADVANCE_OFFSET(end_, entry);
    return entry;
  }
  std::string_view text() const { return {base_ + start_, end_ - start_}; }
  const char* aligned() const { return base_ + INTALIGN(start_); }
  const JsonbContainer* container() const {
    return reinterpret_cast<const JsonbContainer*>(aligned());
  }

 private:
  const JEntry* entry_;
  const char* base_;
  std::uint32_t start_ = 0;
  std::uint32_t end_ = 0;
};

class Walk {
 public:
  Walk(Arena& arena, JsonEvents& events) : arena_(arena), events_(events) {}

  void container(const JsonbContainer* container) {
    const std::uint32_t count = JsonContainerSize(container);
    if (JsonContainerIsObject(container)) {
      if (!events_.start_object(count)) return;
      Children keys(container, 0, 2 * count);
      Children values(container, count, 2 * count);
      for (std::uint32_t i = 0; i < count; ++i) {
        if (INTERRUPTS_PENDING_CONDITION()) answer_interrupts();
        keys.next();
        events_.key(keys.text());
        child(values);
      }
      events_.end_object();
      return;
    }
    Children items(container, 0, count);
    if (JsonContainerIsScalar(container)) return child(items);
    if (!events_.start_array(count)) return;
    for (std::uint32_t i = 0; i < count; ++i) {
      if (INTERRUPTS_PENDING_CONDITION()) answer_interrupts();
      child(items);
    }
    events_.end_array();
  }

 private:
  void child(Children& children) {
    const JEntry entry = children.next();
    switch (entry & JENTRY_TYPEMASK) {
      case JENTRY_ISSTRING: return events_.string(children.text());
      case JENTRY_ISNUMERIC: return events_.number(read_numeric(children.aligned(), arena_));
      case JENTRY_ISBOOL_TRUE: return events_.boolean(true);
      case JENTRY_ISBOOL_FALSE: return events_.boolean(false);
      case JENTRY_ISNULL: return events_.null();
      default: return container(children.container());
    }
  }

  Arena& arena_;
  JsonEvents& events_;
};

Value tree(const JsonbContainer* container, int depth, Arena& arena);

Value leaf(Children& children, int depth, Arena& arena) {
  const JEntry entry = children.next();
  switch (entry & JENTRY_TYPEMASK) {
    case JENTRY_ISSTRING: return Value::text(children.text());
    case JENTRY_ISNUMERIC: return read_numeric(children.aligned(), arena);
    case JENTRY_ISBOOL_TRUE: return Value::boolean(true);
    case JENTRY_ISBOOL_FALSE: return Value::boolean(false);
    case JENTRY_ISNULL: return Value::null();
    default: return tree(children.container(), depth + 1, arena);
  }
}

Value tree(const JsonbContainer* container, int depth, Arena& arena) {
  if (depth > kMaxDepth) refuse_depth();
  const std::uint32_t count = JsonContainerSize(container);
  if (JsonContainerIsObject(container)) {
    Children keys(container, 0, 2 * count);
    Children values(container, count, 2 * count);
    const auto members = arena.array<Member>(count);
    for (Member& member : members) {
      keys.next();
      member.key = keys.text();
      member.value = leaf(values, depth, arena);
    }
    return Value::object(members);
  }
  Children children(container, 0, count);
  if (JsonContainerIsScalar(container)) return leaf(children, depth, arena);
  const auto items = arena.array<Value>(count);
  for (Value& item : items) item = leaf(children, depth, arena);
  return Value::list(items);
}

// Writes the bytes that convertToJsonb in jsonb_util.c writes. The data of each container is
// aligned to four from the start of the jsonb; the padding counts as part of the child. `Out` is
// std::string or GrowingBytes.
template <typename Out>
class Writer {
 public:
  explicit Writer(Out& out) : out_(out), start_(out.size()) {}

  void root(const Value& value) {
    out_.append(VARHDRSZ, '\0');
    if (value.kind() == Kind::object || value.kind() == Kind::list) {
      container(value);
    } else {
      const std::size_t header = open(1, JB_FARRAY | JB_FSCALAR, 1);
      std::uint32_t end = 0;
      entry(header, 0, value, end);
    }
    close();
  }

  // Begins an array at the root that grows item by item.
  void open_list(std::size_t items) {
    out_.append(VARHDRSZ, '\0');
    entries_ = open(items, JB_FARRAY, items);
  }
  void item(const Value& value) { entry(entries_, added_++, value, end_); }
  void close() {
    const std::size_t size = out_.size() - start_;
    if (size > MaxAllocSize) refuse_size();
    SET_VARSIZE(out_.data() + start_, size);
  }

 private:
  [[noreturn]] static void refuse_size() {
    throw Refusal(Refused::limit, "JSON value is too large");
  }

  void container(const Value& value) {
    std::uint32_t end = 0;
    if (value.kind() == Kind::list) {
      const auto items = value.items();
      const std::size_t entries = open(items.size(), JB_FARRAY, items.size());
      for (std::size_t i = 0; i < items.size(); ++i) entry(entries, i, items[i], end);
      return;
    }
    const auto members = value.members();
    const std::size_t entries = open(members.size(), JB_FOBJECT, 2 * members.size());
    for (std::size_t i = 0; i < members.size(); ++i) {
      out_ += members[i].key;
      finish(entries, i, JENTRY_ISSTRING, members[i].key.size(), end);
    }
    for (std::size_t i = 0; i < members.size(); ++i)
      entry(entries, members.size() + i, members[i].value, end);
  }

  // Makes room for a container's header and entries. Returns the offset of the entries.
  std::size_t open(std::size_t count, std::uint32_t flags, std::size_t entries) {
    if (count > JB_CMASK / 2) refuse_size();
    pad();
    const auto header = static_cast<std::uint32_t>(count) | flags;
    out_.append(reinterpret_cast<const char*>(&header), sizeof header);
    const std::size_t at = out_.size();
    out_.append(entries * sizeof(JEntry), '\0');
    return at;
  }

  void entry(std::size_t entries, std::size_t index, const Value& value, std::uint32_t& end) {
    const std::size_t before = out_.size();
    std::uint32_t type = JENTRY_ISNULL;
    switch (value.kind()) {
      case Kind::absent:
      case Kind::null: break;
      case Kind::boolean:
        type = value.as_boolean() ? JENTRY_ISBOOL_TRUE : JENTRY_ISBOOL_FALSE;
        break;
      case Kind::text:
        type = JENTRY_ISSTRING;
        out_ += value.as_text();
        break;
      case Kind::decimal:
      case Kind::number:
        if (!is_finite(value)) {
          type = JENTRY_ISSTRING;
          out_ += value.as_text();
          break;
        }
        type = JENTRY_ISNUMERIC;
        pad();
        number(value);
        break;
      case Kind::list:
      case Kind::object:
        type = JENTRY_ISCONTAINER;
        container(value);
        break;
    }
    finish(entries, index, type, out_.size() - before, end);
  }

  void number(const Value& value) {
    if (value.kind() == Kind::decimal) {
      alignas(4) char bytes[kDecimalBytes];
      out_.append(bytes, write_decimal(value, bytes));
      return;
    }
    const auto* const numeric = static_cast<const char*>(DatumGetPointer(make_numeric(value)));
    out_.append(numeric, VARSIZE(numeric));
    Call([numeric] { pfree(const_cast<char*>(numeric)); });
  }

  void finish(std::size_t entries, std::size_t index, std::uint32_t type, std::size_t length,
              std::uint32_t& end) {
    if (length > JENTRY_OFFLENMASK || end + length > JENTRY_OFFLENMASK) refuse_size();
    end += static_cast<std::uint32_t>(length);
    const JEntry entry = index % JB_OFFSET_STRIDE == 0 ? type | end | JENTRY_HAS_OFF
                                                       : type | static_cast<std::uint32_t>(length);
    std::memcpy(out_.data() + entries + index * sizeof(JEntry), &entry, sizeof entry);
  }

  void pad() { out_.append(INTALIGN(out_.size() - start_) - (out_.size() - start_), '\0'); }

  Out& out_;
  std::size_t start_;
  // The entries of the list at the root.
  std::size_t entries_ = 0;
  std::size_t added_ = 0;
  std::uint32_t end_ = 0;
};

}  // namespace

class JsonbList::State {
 public:
  explicit State(std::size_t count) : items(count) {
    writer.open_list(count);
    header = bytes.size();
  }
  // The first items show how large the list will be: room is made for that and a tenth more. But
  // never for much more than there is already, because the first items may be the only large ones.
  void expect() {
    constexpr std::size_t kSample = 64;
    constexpr std::size_t kMostAhead = std::size_t{64} << 20U;
    if (++added != kSample) return;
    const std::size_t ahead = (bytes.size() - header) / kSample * (items - added) / 10 * 11;
    bytes.expect(bytes.size() + std::min(ahead, kMostAhead));
  }
  GrowingBytes bytes;
  Writer<GrowingBytes> writer{bytes};
  std::size_t items;
  std::size_t header = 0;
  std::size_t added = 0;
};

JsonbList::JsonbList(std::size_t items) : state_(std::make_unique<State>(items)) {}

JsonbList::~JsonbList() = default;

void JsonbList::add(const Value& item) {
  state_->writer.item(item);
  state_->expect();
}

Datum JsonbList::finish() {
  state_->writer.close();
  return PointerGetDatum(state_->bytes.data());
}

void walk(const Jsonb* jsonb, Arena& arena, JsonEvents& events) {
  Walk(arena, events).container(&jsonb->root);
}

Value read_jsonb(const Jsonb* jsonb, Arena& arena) { return tree(&jsonb->root, 1, arena); }

Value read_jsonb(Datum datum, Arena& arena) {
  return read_jsonb(reinterpret_cast<const Jsonb*>(copy_varlena(datum, arena)), arena);
}

void write_jsonb(const Value& value, std::string& out) { Writer(out).root(value); }

Datum make_jsonb(const Value& value) {
  GrowingBytes bytes;
  Writer(bytes).root(value);
  return PointerGetDatum(bytes.data());
}

// jsonb_in leaves what it parses with, some kilobytes, in the memory of its caller.
Datum make_jsonb(std::string_view json) {
  return Call([json] {
    const MemoryContext parsing =
        AllocSetContextCreate(CurrentMemoryContext, "product_upsert jsonb", ALLOCSET_SMALL_SIZES);
    const MemoryContext kept = MemoryContextSwitchTo(parsing);
    const Datum parsed =
        DirectFunctionCall1(jsonb_in, CStringGetDatum(pnstrdup(json.data(), json.size())));
    MemoryContextSwitchTo(kept);
    const Datum result = datumCopy(parsed, false, -1);
    MemoryContextDelete(parsing);
    return result;
  });
}

}  // namespace product_upsert
