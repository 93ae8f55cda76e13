#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "core/document/batch.hpp"

namespace product_upsert {

// Which documents of a call can be written only if others are: a child of a parent that another
// one makes, a key that another one's product gives up. Of one round: made anew with each.
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
  // The items that are decided together, each matched or found new.
  void begin(const Items& items);

  // The item, of those since begin(), whose product that is, if it is one's.
  std::optional<std::uint32_t> document_of(std::int64_t product) const;
  // Where `on` fails, or has failed in an earlier round, `item` fails with that.
  void add(std::uint32_t item, std::uint32_t on, Failure failure);
  // The two are written together or not at all, in any order.
  void tie(std::uint32_t a, std::uint32_t b) { ties_.push_back({a, b}); }
  // Has everything fail that depends, directly or not, on an item that has failed. Linear.
  void fail_dependents();

  bool empty() const { return edges_.empty() && ties_.empty(); }
  std::span<const Edge> edges() const { return edges_; }
  std::span<const Edge> ties() const { return ties_; }
  // The items in sets that are written together or not at all, in the order of their first items;
  // in each set what others depend on comes first, as far as there is such an order.
  std::vector<Items> components(const Items& items) const;

 private:
  Batch& batch_;
  std::vector<Edge> edges_;
  std::vector<Failure> failures_;  // parallel to edges_
  std::vector<Edge> ties_;
  mutable std::vector<std::pair<std::int64_t, std::uint32_t>> by_product_;  // sorted when asked
  mutable bool sorted_ = false;
};

// The items in an order in which what others depend on comes first. Where edges go round in a
// circle they are cut: what depends on an item of `cut` does not wait for it. Items without edges
// keep their order, in front of the others. Linear, but for a factor log n.
struct Ordered {
  std::vector<std::uint32_t> items;
  std::vector<std::uint32_t> cut;
};
Ordered order_by_dependency(std::span<const std::uint32_t> items,
                            std::span<const Dependencies::Edge> edges);

}  // namespace product_upsert
