#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "core/related/related_state.hpp"
#include "core/value/hash.hpp"

namespace product_upsert {

// Matches variants by id or sku within the matched product (rules 22, 23, 26, 28), and determines
// what a document would change of them.
class Variants {
 public:
  using Items = RelatedState::Items;
  explicit Variants(RelatedState& state) : state_(state) {}

  // Reads the variants of matched products whose documents give any.
  void read(std::int64_t organization_id, const Items& items);
  // For a document that neither creates nor updates: checks that each variant has a sku, and each
  // sku occurs once.
  void check_names(std::uint32_t index);
  // Fills VariantState::changes, and adds the field to item.changed.
  void plan(std::uint32_t index);

 private:
  class Rows;
  VariantState& begin(std::uint32_t index);
  void found(std::uint32_t index, const StoredRow& row);
  void compare(const Value& given, const StoredRow& row, StoredVariant& variant);
  std::optional<VariantChange> plan_one(std::uint32_t index, std::uint32_t place);
  std::vector<std::uint32_t> check_named_once(std::uint32_t index);
  void require_fields(Item& item, const Value& variant, std::uint32_t place);
  void require_last(Item& item, const VariantState& state) const;
  bool replaces(const Item& item) const;
  bool was_told(const Item& item, const std::string& path);

  RelatedState& state_;
  // The paths of the failures that was_told() has seen of the item it was asked of last.
  struct Told {
    const Item* item = nullptr;
    std::size_t count = 0;
    std::unordered_set<std::string, TextHash, std::equal_to<>> paths;
  };
  Told told_;
};

}  // namespace product_upsert
