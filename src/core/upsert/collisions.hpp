#pragma once

#include <cstdint>
#include <span>

#include "core/upsert/batch_state.hpp"

namespace product_upsert {

// How documents of one call that want the same are told so, each naming the others (rule 32, fine
// points f and o).
class Collisions {
 public:
  explicit Collisions(BatchState& state) : state_(state) {}
  // The document at `index` is one of those at `positions` (ascending, counted over the call),
  // which are the same product (kNoRule) or want the same key of the rule. Adds a failure, unless
  // the document was told already that its keys contradict each other.
  void tell(std::uint32_t index, std::uint16_t rule, std::span<const std::uint64_t> positions);

 private:
  bool identifies(std::uint32_t index, std::uint16_t rule) const;

  BatchState& state_;
};

}  // namespace product_upsert
