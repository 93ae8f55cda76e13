#include "core/value/packed.hpp"

#include <string>

namespace product_upsert {

namespace {

constexpr unsigned kBits = 7;
constexpr unsigned kMore = 1U << kBits;

class Packer {
 public:
  explicit Packer(std::string& out) : out_(out) {}

  void value(const Value& v) {
    byte(static_cast<unsigned>(v.kind()));
    switch (v.kind()) {
      case Kind::absent:
      case Kind::null: break;
      case Kind::boolean: byte(v.as_boolean() ? 1 : 0); break;
      case Kind::decimal: {
        byte(v.scale());
        // The sign bit is last, so that small negative numbers are short too.
        const auto n = static_cast<std::uint64_t>(v.coefficient());
        number(n << 1U ^ (v.coefficient() < 0 ? ~std::uint64_t{0} : 0));
        break;
      }
      case Kind::number:
      case Kind::text: text(v.as_text()); break;
      case Kind::list:
        number(v.items().size());
        for (const Value& item : v.items()) value(item);
        break;
      case Kind::object:
        number(v.members().size());
        for (const Member& m : v.members()) {
          text(m.key);
          value(m.value);
        }
        break;
    }
  }

 private:
  void byte(unsigned b) { out_ += static_cast<char>(b); }
  void number(std::uint64_t n) {
    for (; n >= kMore; n >>= kBits) byte(static_cast<unsigned>(n & (kMore - 1)) | kMore);
    byte(static_cast<unsigned>(n));
  }
  void text(std::string_view s) {
    number(s.size());
    out_ += s;
  }

  std::string& out_;
};

class Unpacker {
 public:
  Unpacker(std::string_view packed, Arena& arena) : next_(packed.data()), arena_(arena) {}

  Value value() {
    switch (static_cast<Kind>(byte())) {
      case Kind::absent: return {};
      case Kind::null: return Value::null();
      case Kind::boolean: return Value::boolean(byte() != 0);
      case Kind::decimal: {
        const auto scale = static_cast<std::uint8_t>(byte());
        const std::uint64_t n = number();
        return Value::decimal(
            static_cast<std::int64_t>(n >> 1U ^ ((n & 1U) != 0 ? ~std::uint64_t{0} : 0)), scale);
      }
      case Kind::number: return Value::long_number(text());
      case Kind::text: return Value::text(text());
      case Kind::list: {
        const auto items = arena_.array<Value>(number());
        for (Value& item : items) item = value();
        return Value::list(items);
      }
      case Kind::object: {
        const auto members = arena_.array<Member>(number());
        for (Member& m : members) {
          m.key = text();
          m.value = value();
        }
        return Value::object(members);
      }
    }
    return {};
  }

 private:
  unsigned byte() { return static_cast<unsigned char>(*next_++); }
  std::uint64_t number() {
    std::uint64_t n = 0;
    for (unsigned shift = 0;; shift += kBits) {
      const unsigned b = byte();
      n |= std::uint64_t{b & (kMore - 1)} << shift;
      if (b < kMore) return n;
    }
  }
  std::string_view text() {
    const std::size_t size = number();
    const std::string_view s(next_, size);
    next_ += size;
    return s;
  }

  const char* next_;
  Arena& arena_;
};

}  // namespace

std::string_view pack(std::span<const Value> values, Arena& arena) {
  constexpr std::size_t kUsual = 1000;
  std::string bytes;
  bytes.reserve(kUsual);
  Packer packer(bytes);
  for (const Value& v : values) packer.value(v);
  return arena.copy(std::string_view(bytes));
}

void unpack(std::string_view packed, std::span<Value> values, Arena& arena) {
  Unpacker unpacker(packed, arena);
  for (Value& v : values) v = unpacker.value();
}

}  // namespace product_upsert
