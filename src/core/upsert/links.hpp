#pragma once

#include <cstdint>
#include <utility>
#include <vector>

namespace product_upsert {

// In a call that is cut into batches, records which documents depend on others, by position. If one
// depends on a later document, that has to come first; such documents are decided before all the
// rest.
class Links {
 public:
  void add(std::uint64_t item, std::uint64_t on) {
    if (item != on) edges_.emplace_back(item, on);
  }
  bool empty() const { return edges_.empty(); }
  // The documents that come first, in sets: the documents of a set depend only on one another, so
  // each set can be decided by itself. Ascending, a set by its first document.
  std::vector<std::vector<std::uint64_t>> sets();

 private:
  std::vector<std::pair<std::uint64_t, std::uint64_t>> edges_;  // a document, and one it counts on
};

}  // namespace product_upsert
