#pragma once

#include <span>
#include <vector>

#include "core/catalogue/catalogue.hpp"

namespace product_upsert {

// Finds products by their keys while reading the whole table: if a batch is large compared with the
// table, that is several times cheaper than a descent of the index for every key.
class KeyScan {
 public:
  // The groups must outlive this object. `columns`: those that each row has.
  KeyScan(std::span<const KeyGroup> groups, const ColumnSet& columns);

  // Columns of keys that are not in `columns`. Each row must have them too, after the others.
  ColumnSet extra() const { return extra_; }
  // Reports the keys that the product has; `extra` are its values of extra().
  void probe(const StoredProduct& product, std::span<const Value> extra, FoundSink& sink);

 private:
  struct Rule {
    std::uint16_t rule;
    std::span<const Column> columns;
    std::span<const Fold> folds;
    std::vector<std::uint32_t> items;  // by key number
    std::vector<std::uint32_t> next;   // by key number: the next one with the same key
    KeyMap numbers;
    std::vector<std::size_t> places;  // of the columns: row values, then extra ones
  };
  Rule& rule_of(const KeyGroup& group);

  ColumnSet extra_;
  std::vector<Rule> rules_;
  std::vector<Value> key_;
  Arena arena_;  // holds folded values
};

}  // namespace product_upsert
