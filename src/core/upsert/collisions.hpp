#pragma once

#include <cstdint>
#include <span>

#include "core/upsert/batch_state.hpp"

namespace product_upsert {

// Reports collisions to documents of one call that want the same thing; each names the others (rule
// 32, fine points f and o).
class Collisions {
 public:
  explicit Collisions(BatchState& state) : state_(state) {}
  // The documents at `positions` (ascending, counted over the call) are the same product (kNoRule)
  // or want the same key of the rule; `index` is one of them. Adds a failure, unless the document
  // has already been told that its own keys contradict each other.
  void tell(std::uint32_t index, std::uint16_t rule, std::span<const std::uint64_t> positions);

 private:
  bool identifies(std::uint32_t index, std::uint16_t rule) const;

  BatchState& state_;
};

}  // namespace product_upsert
