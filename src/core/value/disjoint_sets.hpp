#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <vector>

#include "core/value/assert.hpp"

namespace product_upsert {

// Sets of the numbers below size(), each of which is in one set; at first each is alone. A set is
// identified by its smallest number.
class DisjointSets {
 public:
  explicit DisjointSets(std::size_t size = 0) : above_(size) {
    std::iota(above_.begin(), above_.end(), 0U);
  }

  std::size_t size() const { return above_.size(); }
  void grow(std::size_t size) {
    while (above_.size() < size) above_.push_back(static_cast<std::uint32_t>(above_.size()));
  }
  // The smallest number of the set that has `n`.
  std::uint32_t first_of(std::uint32_t n) {
    PRODUCT_UPSERT_ASSERT(n < above_.size());
    while (above_[n] != n) n = above_[n] = above_[above_[n]];
    return n;
  }
  void unite(std::uint32_t a, std::uint32_t b) {
    a = first_of(a);
    b = first_of(b);
    PRODUCT_UPSERT_ASSERT(above_[a] == a && above_[b] == b);
    above_[std::max(a, b)] = std::min(a, b);
  }

 private:
  std::vector<std::uint32_t> above_;  // another number of the same set; of its first one itself
};

}  // namespace product_upsert
