#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "core/catalogue/column.hpp"
#include "core/catalogue/identity.hpp"
#include "core/value/pages.hpp"
#include "core/value/value.hpp"

namespace product_upsert {

// Keys to look up that share a list of columns and a pattern of nulls, so that one index scan a
// key answers, null or not.
struct KeyGroup {
  std::span<const Column> columns;
  std::uint16_t rule = 0;               // the caller's own mark, handed back
  std::vector<std::uint32_t> items;     // the caller's own number of each key, handed back
  LargeVector<Value> keys;              // items.size() × columns.size(), row by row
  std::vector<std::uint64_t> hashes{};  // Key::hash of each, where known
  std::span<const Fold> folds{};        // of the columns, as in IdentityRule; the keys are folded

  void add(std::uint32_t item, const Key& key) {
    items.push_back(item);
    keys.insert(keys.end(), key.values.begin(), key.values.end());
    hashes.push_back(key.hash);
  }
  // Whether that value of the keys is null: in all of them, or in none.
  bool is_null(std::size_t place) const { return !keys[place].has_value(); }
};

// Sorts keys into groups.
class KeyGroups {
 public:
  // `expected` is about how many keys of each rule will come, where that is known.
  explicit KeyGroups(std::size_t expected = 0) : expected_(expected) {}
  void add(std::uint32_t item, std::uint16_t rule, std::span<const Column> columns, const Key& key,
           std::span<const Fold> folds = {});
  void add(std::uint32_t item, std::uint16_t rule, const IdentityRule& of, const Key& key) {
    add(item, rule, of.fields, key, of.folds);
  }
  // By rule, then by pattern; nothing may be added after it.
  std::vector<KeyGroup> take();

 private:
  struct OfRule {
    KeyGroup* last = nullptr;                // keys come in runs of one pattern
    std::map<std::string, KeyGroup> groups;  // by pattern
  };
  std::size_t expected_;
  std::vector<OfRule> rules_;
};

}  // namespace product_upsert
