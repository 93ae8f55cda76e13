#pragma once

#include <vector>

#include "core/upsert/batch_state.hpp"
#include "core/upsert/field_sources.hpp"

namespace product_upsert {

// What would be written of a document whose product is known, or is new: Item::changed, values that
// the profile has the engine say, and Decision::final_keys. C1: what is absent keeps what is
// stored, null clears; C2: what is required is so of new products alone; rule 16: field actions;
// 54: computed prices; 57: what may change later. What may not be written is a failure of the item
// (C3: each is reported). Throws nothing of its own.
class Planner {
 public:
  explicit Planner(BatchState& state) : state_(state), sources_(state) {}
  // The items may be written as far as their match goes. Needs RelatedFields::read() of them. A
  // stale one is left as it is.
  void plan(const Items& items);

 private:
  void fill_in(std::uint32_t index);
  void fill_in_price(std::uint32_t index, std::size_t field);
  void plan_create(std::uint32_t index);
  void plan_update(std::uint32_t index);
  void plan_tombstone(std::uint32_t index);
  void keep_keys(std::uint32_t index);
  void check_ranges(std::uint32_t index);
  void check_lists(std::uint32_t index);
  void read_final_keys(std::uint32_t index);
  bool is_too_long(Item& item, const IdentityRule& rule, const Key& key) const;

  BatchState& state_;
  FieldSources sources_;
  std::vector<ItemKey> keys_;  // of the item that is being read
};

}  // namespace product_upsert
