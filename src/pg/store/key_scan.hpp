#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "core/catalogue/catalogue.hpp"
#include "pg/direct/table_reader.hpp"

namespace product_upsert {

// Finds products by their keys while reading the whole table: if a batch is large compared with the
// table, that is several times cheaper than a descent of the index for every key.
class KeyScan final : public ProductFilter {
 public:
  // The groups and the sink, which is told what is found, must outlive it.
  KeyScan(std::span<const KeyGroup> groups, FoundSink& sink);

  // The columns of all keys.
  const ColumnSet& columns() const { return columns_; }
  // Whether keys have these values of columns(). take() tells the sink which.
  bool wants(std::span<const Value> values) override;
  void take(const StoredProduct& product) override;

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

  FoundSink& sink_;
  ColumnSet columns_;
  std::vector<Rule> rules_;
  std::vector<std::pair<std::uint32_t, std::uint16_t>> wanted_;  // items and rules, of a row
  std::vector<Value> key_;
  Arena arena_;  // holds folded values
};

}  // namespace product_upsert
