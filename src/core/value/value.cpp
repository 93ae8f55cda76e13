#include "core/value/value.hpp"

#include <algorithm>

#include "core/value/hash.hpp"
#include "core/value/number.hpp"

namespace product_upsert {

Value Value::operator[](std::string_view key) const {
  if (kind_ != Kind::object) return {};
  const auto all = members();
  const auto it =
      std::lower_bound(all.begin(), all.end(), key,
                       [](const Member& m, std::string_view k) { return key_before(m.key, k); });
  return it != all.end() && it->key == key ? it->value : Value{};
}

void Value::write_json(std::string& out) const {
  switch (kind_) {
    case Kind::absent:
    case Kind::null: out += "null"; break;
    case Kind::boolean: out += as_boolean() ? "true" : "false"; break;
    case Kind::decimal: write_decimal(as_.coefficient, scale_, out); break;
    case Kind::number: out += as_text(); break;
    case Kind::text: write_json_string(as_text(), out); break;
    case Kind::list: {
      char before = '[';
      for (const Value& item : items()) {
        out += before;
        item.write_json(out);
        before = ',';
      }
      out += size_ == 0 ? "[]" : "]";
      break;
    }
    case Kind::object: {
      char before = '{';
      for (const Member& m : members()) {
        out += before;
        write_json_string(m.key, out);
        out += ':';
        m.value.write_json(out);
        before = ',';
      }
      out += size_ == 0 ? "{}" : "}";
      break;
    }
  }
}

std::string Value::json() const {
  std::string out;
  write_json(out);
  return out;
}

std::string Value::printed() const { return kind_ == Kind::text ? std::string(as_text()) : json(); }

Value Value::copy_to(Arena& arena) const {
  Value copy = *this;
  switch (kind_) {
    case Kind::number:
    case Kind::text: copy.as_.text = arena.copy(as_text()).data(); break;
    case Kind::list: {
      auto to = arena.array<Value>(size_);
      for (std::size_t i = 0; i < size_; ++i) to[i] = items()[i].copy_to(arena);
      copy.as_.items = to.data();
      break;
    }
    case Kind::object: {
      auto to = arena.array<Member>(size_);
      for (std::size_t i = 0; i < size_; ++i)
        to[i] = {arena.copy(members()[i].key), members()[i].value.copy_to(arena)};
      copy.as_.members = to.data();
      break;
    }
    default: break;
  }
  return copy;
}

Value Value::copy_containers(Arena& arena) const {
  Value copy = *this;
  if (kind_ == Kind::list) {
    const auto to = arena.array<Value>(size_);
    for (std::size_t i = 0; i < size_; ++i) to[i] = items()[i].copy_containers(arena);
    copy.as_.items = to.data();
  } else if (kind_ == Kind::object) {
    const auto to = arena.array<Member>(size_);
    for (std::size_t i = 0; i < size_; ++i)
      to[i] = {members()[i].key, members()[i].value.copy_containers(arena)};
    copy.as_.members = to.data();
  }
  return copy;
}

bool identical(const Value& a, const Value& b) {
  if (a.kind() != b.kind()) return false;
  switch (a.kind()) {
    case Kind::absent:
    case Kind::null: return true;
    case Kind::boolean: return a.as_boolean() == b.as_boolean();
    case Kind::decimal: return a.coefficient() == b.coefficient() && a.scale() == b.scale();
    case Kind::number:
    case Kind::text: return a.as_text() == b.as_text();
    case Kind::list:
      return std::equal(a.items().begin(), a.items().end(), b.items().begin(), b.items().end(),
                        identical);
    case Kind::object:
      return std::equal(a.members().begin(), a.members().end(), b.members().begin(),
                        b.members().end(), [](const Member& x, const Member& y) {
                          return x.key == y.key && identical(x.value, y.value);
                        });
  }
  return false;
}

std::uint64_t hash_value(const Value& given) {
  std::string room;
  const Value v = normalised(given, room);
  const auto kind = static_cast<std::uint64_t>(v.kind());
  std::uint64_t hash = kind;
  switch (v.kind()) {
    case Kind::absent:
    case Kind::null: return hash_word(kind);
    case Kind::boolean:
    case Kind::decimal:
      return hash_word(static_cast<std::uint64_t>(v.coefficient()), kind << 8U | v.scale());
    case Kind::number:
    case Kind::text: return hash_word(hash_text(v.as_text()), kind);
    case Kind::list:
      for (const Value& item : v.items()) hash = hash_word(hash_value(item), hash);
      return hash;
    case Kind::object:
      for (const Member& m : v.members())
        hash = hash_word(hash_value(m.value), hash_word(hash_text(m.key), hash));
      return hash;
  }
  return hash;
}

bool same_value(const Value& a, const Value& b) {
  if (a.is_number() && b.is_number()) return equal_keys(a, b);
  if (a.kind() != b.kind()) return false;
  switch (a.kind()) {
    case Kind::list:
      return std::equal(a.items().begin(), a.items().end(), b.items().begin(), b.items().end(),
                        same_value);
    case Kind::object:
      return std::equal(a.members().begin(), a.members().end(), b.members().begin(),
                        b.members().end(), [](const Member& x, const Member& y) {
                          return x.key == y.key && same_value(x.value, y.value);
                        });
    default: return identical(a, b);
  }
}

bool equal_keys(const Value& a, const Value& b) {
  if (identical(a, b)) return true;
  if (!a.is_number() || !b.is_number()) return false;
  std::string room_of_a;
  std::string room_of_b;
  return identical(normalised(a, room_of_a), normalised(b, room_of_b));
}

std::uint64_t hash_key(const Value& v) {
  std::string room;
  const Value n = normalised(v, room);
  const auto kind = static_cast<std::uint64_t>(n.kind());
  switch (n.kind()) {
    case Kind::boolean:
    case Kind::decimal:
      return hash_word(static_cast<std::uint64_t>(n.coefficient()), kind << 8U | n.scale());
    case Kind::number:
    case Kind::text: return hash_text(n.as_text());
    default: return hash_word(kind);
  }
}

std::strong_ordering compare_keys(const Value& a, const Value& b) {
  if (a.is_number() && b.is_number()) return compare_numbers(a, b);
  if (a.kind() != b.kind()) return a.kind() <=> b.kind();
  if (a.kind() == Kind::text) return a.as_text().compare(b.as_text()) <=> 0;
  if (a.kind() == Kind::boolean) return a.as_boolean() <=> b.as_boolean();
  return std::strong_ordering::equal;
}

std::size_t sort_members(std::span<Member> members) {
  const auto before = [](const Member& a, const Member& b) { return key_before(a.key, b.key); };
  if (!std::is_sorted(members.begin(), members.end(), before))
    std::stable_sort(members.begin(), members.end(), before);
  std::size_t kept = 0;
  for (std::size_t i = 0; i < members.size(); ++i) {
    if (kept > 0 && members[kept - 1].key == members[i].key) --kept;
    members[kept++] = members[i];
  }
  return kept;
}

Value make_object(std::span<Member> members, Arena& arena) {
  const std::size_t kept = sort_members(members);
  return Value::object(arena.copy(std::span<const Member>(members.first(kept))));
}

void write_json_string(std::string_view text, std::string& out) {
  out += '"';
  std::size_t plain_from = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x20 && c != '"' && c != '\\') continue;
    out += text.substr(plain_from, i - plain_from);
    plain_from = i + 1;
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\t': out += "\\t"; break;
      case '\r': out += "\\r"; break;
      default: {
        constexpr char kHex[] = "0123456789abcdef";
        out += "\\u00";
        out += kHex[c >> 4U];
        out += kHex[c & 15U];
      }
    }
  }
  out += text.substr(plain_from);
  out += '"';
}

}  // namespace product_upsert
