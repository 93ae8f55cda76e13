#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "core/document/batch.hpp"

namespace product_upsert {

// Which documents of a call can only be written if others are: a child whose parent another
// document creates, or a key that another document's product gives up. Made again in each round.
class Dependencies {
 public:
  using Items = std::vector<std::uint32_t>;
  struct Edge {
    std::uint32_t item;
    std::uint32_t on;  // is written first
  };

  explicit Dependencies(Batch& batch) : batch_(batch) {}
  // Forgets all; ready for another round.
  void clear();
  // Starts with the items that are decided together, each of which is matched or new.
  void begin(const Items& items);

  // The item, of those given to begin(), whose product that is, if there is one.
  std::optional<std::uint32_t> document_of(std::int64_t product) const;
  // If `on` fails, or has failed in an earlier round, `item` fails with this failure.
  void add(std::uint32_t item, std::uint32_t on, Failure failure);
  // The two are written together or not at all, in any order.
  void tie(std::uint32_t a, std::uint32_t b) { ties_.push_back({a, b}); }
  // Makes every item fail that depends, directly or not, on a failed one. O(n log n).
  void fail_dependents();
  // The same for those that depend on these, which have just failed. Returns these and all that
  // fail with them.
  Items fail_dependents(Items failed);

  bool empty() const { return edges_.empty() && ties_.empty(); }
  std::span<const Edge> edges() const { return edges_; }
  std::span<const Edge> ties() const { return ties_; }
  // The items in sets that are written together or not at all, in the order of their first items;
  // in each set what others depend on comes first, as far as there is such an order.
  std::vector<Items> components(const Items& items) const;

 private:
  Batch& batch_;
  std::vector<Edge> edges_;
  std::vector<Failure> failures_;     // parallel to edges_
  std::vector<std::uint32_t> by_on_;  // edges that were there at the last look, by what comes first
  std::vector<Edge> ties_;
  mutable std::vector<std::pair<std::int64_t, std::uint32_t>> by_product_;  // sorted when asked
  mutable bool sorted_ = false;
};

// The items, ordered so that those that others depend on come first. Circles of edges are cut: an
// item that depends on one of `cut` does not wait for it. Items without edges keep their order,
// before the others. O(n log n).
struct Ordered {
  std::vector<std::uint32_t> items;
  std::vector<std::uint32_t> cut;
};
Ordered order_by_dependency(std::span<const std::uint32_t> items,
                            std::span<const Dependencies::Edge> edges);

}  // namespace product_upsert
