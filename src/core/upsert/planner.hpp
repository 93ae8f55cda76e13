#pragma once

#include <vector>

#include "core/upsert/batch_state.hpp"
#include "core/upsert/field_sources.hpp"

namespace product_upsert {

// Determines what would be written for a document whose product is known or new: Item::changed,
// values that the profile computes, and Decision::final_keys. C1: absent keeps the stored value,
// null clears; C2: fields are required only for new products; rule 16: field actions; 54: computed
// prices; 57: what may change later. What must not be written becomes a failure of the item (C3:
// each is reported). Throws nothing of its own.
class Planner {
 public:
  explicit Planner(BatchState& state);
  // Plans items that their match allows to be written. Needs RelatedFields::read() of them. A stale
  // item is left as it is.
  void plan(const Items& items);

 private:
  void fill_in(std::uint32_t index);
  void fill_in_price(std::uint32_t index, std::size_t field);
  void check_given_id(std::uint32_t index);
  bool is_made_here(std::uint32_t index, std::size_t field) const;
  void plan_create(std::uint32_t index);
  void plan_update(std::uint32_t index);
  void plan_tombstone(std::uint32_t index);
  void keep_keys(std::uint32_t index);
  void check_ranges(std::uint32_t index);
  void check_lists(std::uint32_t index);
  void check_length(std::uint32_t index, const Field& field);
  void read_final_keys(std::uint32_t index);
  bool is_too_long(Item& item, const IdentityRule& rule, const Key& key) const;

  BatchState& state_;
  FieldSources sources_;
  std::vector<std::size_t> computed_;  // fields that may be computed, in order
  std::vector<ItemKey> keys_;          // of the item that is being read
};

}  // namespace product_upsert
