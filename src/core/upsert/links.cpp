#include "core/upsert/links.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <unordered_map>

#include "core/value/disjoint_sets.hpp"
#include "core/value/hash.hpp"
#include "core/value/interrupts.hpp"

namespace product_upsert {

std::vector<std::vector<std::uint64_t>> Links::sets() {
  std::sort(edges_.begin(), edges_.end());
  edges_.erase(std::unique(edges_.begin(), edges_.end()), edges_.end());
  std::unordered_map<std::uint64_t, std::uint32_t, WordHash> places;  // among those that come first
  std::vector<std::uint64_t> positions;
  const auto place = [&](std::uint64_t position) {
    const auto next = static_cast<std::uint32_t>(positions.size());
    const auto [it, added] = places.try_emplace(position, next);
    if (added) positions.push_back(position);
    return it->second;
  };
  for (const auto& [item, on] : edges_) {
    if (on > item) place(on);
  }
  // The documents that come first bring all that they depend on.
  DisjointSets of_places;
  for (std::uint32_t next = 0; next < positions.size(); ++next) {
    check_interrupts();
    const std::uint64_t position = positions[next];
    auto edge =
        std::lower_bound(edges_.begin(), edges_.end(), std::pair(position, std::uint64_t{0}));
    for (; edge != edges_.end() && edge->first == position; ++edge) {
      const std::uint32_t on = place(edge->second);
      of_places.grow(positions.size());
      of_places.unite(on, next);
    }
    of_places.grow(positions.size());
  }
  std::vector<std::uint32_t> order(positions.size());
  std::iota(order.begin(), order.end(), 0U);
  std::sort(order.begin(), order.end(),
            [&](std::uint32_t a, std::uint32_t b) { return positions[a] < positions[b]; });
  std::vector<std::vector<std::uint64_t>> sets;
  std::map<std::uint32_t, std::size_t> known;
  for (const std::uint32_t i : order) {
    const auto [it, added] = known.try_emplace(of_places.first_of(i), sets.size());
    if (added) sets.emplace_back();
    sets[it->second].push_back(positions[i]);
  }
  return sets;
}

}  // namespace product_upsert
