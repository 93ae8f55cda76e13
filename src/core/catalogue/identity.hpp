#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/catalogue/column.hpp"
#include "core/value/hash.hpp"
#include "core/value/pages.hpp"
#include "core/value/unicode.hpp"
#include "core/value/value.hpp"

namespace product_upsert {

// A row of product_identity: the definition that both the unique index and the matcher come from.
struct IdentityRule {
  std::string name;
  std::vector<Column> fields;
  std::vector<Column> required;  // the rule holds for products that have all of these
  bool nulls_equal = false;
  std::vector<Fold> folds{};  // parallel to fields; empty: all are compared exactly

  bool uses(Column column) const;
  // How it compares these of its columns; empty: all exactly.
  std::vector<Fold> folds_of(std::span<const Column> columns) const;
};

struct IdentityRules {
  std::vector<IdentityRule> rules;

  // Index, or -1.
  int find(std::string_view name) const;
  // Columns that any rule uses.
  ColumnSet columns() const;
};

// The longest key, in bytes over all its values, that fits an index entry.
constexpr std::size_t kLongestKey = 2500;

// A product's key under one rule: the fields' values in the rule's order; null where it has none.
struct Key {
  std::span<const Value> values;
  std::uint64_t hash = 0;
  // False where a nullable field was not said at all: such a key names a product only if no other
  // rule does (fine point g).
  bool complete = true;

  // What `hash` is made of: its values, in order.
  void add_to_hash(const Value& value) { hash = hash_word(hash_key(value), hash); }
};

bool same_key(const Key& a, const Key& b);

// As a rule compares it: a text folded, anything else as it is.
Value folded(Fold fold, const Value& value, Arena& arena);

// Reads a key; `get(column)` gives a Value, absent where nothing is known. Nothing where the
// product has no key under the rule.
template <typename Get>
std::optional<Key> read_key(const IdentityRule& rule, Get get, Arena& arena) {
  for (Column c : rule.required) {
    if (!get(c).has_value()) return std::nullopt;
  }
  auto values = arena.array<Value>(rule.fields.size());
  Key key;
  for (std::size_t i = 0; i < values.size(); ++i) {
    Value v = get(rule.fields[i]);
    if (v.is_absent()) {
      key.complete = false;
      v = Value::null();
    }
    if (!rule.folds.empty()) v = folded(rule.folds[i], v, arena);
    values[i] = v;
    key.add_to_hash(v);
  }
  key.values = values;
  return key;
}

// Finds equal keys within a batch; open addressing over item numbers. By hand, since the hashes are
// there already, and std::unordered_map would take a node from the heap for each key.
class KeyMap {
 public:
  explicit KeyMap(std::size_t expected);
  // The item that already holds the key, or `item` where it is the first.
  std::uint32_t add(const Key& key, std::uint32_t item);
  // The item that holds the key, or kNone.
  std::uint32_t find(const Key& key) const;
  static constexpr std::uint32_t kNone = ~0U;

 private:
  // Small, so that most of a large table's stand in the processor's cache.
  struct Slot {
    std::uint32_t tag = 0;  // of the hash
    std::uint32_t entry = kNone;
  };
  struct Entry {
    Key key;
    std::uint32_t item;
  };
  static std::uint32_t tag(const Key& key) { return static_cast<std::uint32_t>(key.hash >> 32U); }
  std::size_t probe(const Key& key) const;
  void rehash();
  LargeVector<Slot> slots_;
  LargeVector<Entry> entries_;
};

}  // namespace product_upsert
