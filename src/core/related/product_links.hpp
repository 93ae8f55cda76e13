#pragma once

#include <cstdint>

#include "core/related/related_state.hpp"

namespace product_upsert {

// Rows of other tables that a product is linked to: features, families (rules 12, 16, 42). Of one
// field at a time; documents say ids by then, see References.
class ProductLinks {
 public:
  using Items = RelatedState::Items;
  explicit ProductLinks(RelatedState& state) : state_(state) {}

  void read(std::int64_t organization_id, const Items& items, std::size_t field);
  // Adds the field to item.changed where the links would differ.
  void plan(std::uint32_t index, std::size_t field);
  // False: another writer was there first.
  bool write(std::int64_t organization_id, const Items& items, std::size_t field, TakenKey taken);

 private:
  RelatedState& state_;
};

}  // namespace product_upsert
