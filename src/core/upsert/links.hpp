#pragma once

#include <cstdint>
#include <utility>
#include <vector>

namespace product_upsert {

// Of a call that is cut into batches: which documents count on others, by their positions. Where
// one counts on a later one that has to come first: documents that are to be decided ahead of all
// the rest.
class Links {
 public:
  void add(std::uint64_t item, std::uint64_t on) {
    if (item != on) edges_.emplace_back(item, on);
  }
  bool empty() const { return edges_.empty(); }
  // The documents that come first, in sets: those of a set count on one another alone, so that each
  // can be decided by itself. Ascending, a set by its first document.
  std::vector<std::vector<std::uint64_t>> sets();

 private:
  std::vector<std::pair<std::uint64_t, std::uint64_t>> edges_;  // a document, and one it counts on
};

}  // namespace product_upsert
