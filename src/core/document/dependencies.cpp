#include "core/document/dependencies.hpp"

#include <algorithm>
#include <numeric>
#include <set>
#include <unordered_map>

#include "core/value/assert.hpp"
#include "core/value/disjoint_sets.hpp"

namespace product_upsert {

namespace {

using Items = Dependencies::Items;
using Edge = Dependencies::Edge;

}  // namespace

void Dependencies::clear() {
  edges_.clear();
  failures_.clear();
  by_on_.clear();
  ties_.clear();
  by_product_.clear();
}

void Dependencies::begin(const Items& items) {
  by_product_.clear();
  sorted_ = false;
  for (std::uint32_t i : items) {
    if (batch_.items[i].id != 0) by_product_.emplace_back(batch_.items[i].id, i);
  }
}

std::optional<std::uint32_t> Dependencies::document_of(std::int64_t product) const {
  if (!sorted_) std::sort(by_product_.begin(), by_product_.end());
  sorted_ = true;
  const auto it = std::lower_bound(by_product_.begin(), by_product_.end(), std::pair(product, 0U));
  if (it == by_product_.end() || it->first != product) return std::nullopt;
  return it->second;
}

void Dependencies::add(std::uint32_t item, std::uint32_t on, Failure failure) {
  PRODUCT_UPSERT_ASSERT(item < batch_.items.size() && on < batch_.items.size());
  edges_.push_back({item, on});
  failures_.push_back(std::move(failure));
}

void Dependencies::fail_dependents() {
  Items failed;
  for (const Edge& e : edges_) {
    if (!batch_.items[e.on].failures.empty()) failed.push_back(e.on);
  }
  std::sort(failed.begin(), failed.end());
  failed.erase(std::unique(failed.begin(), failed.end()), failed.end());
  fail_dependents(std::move(failed));
}

Items Dependencies::fail_dependents(Items failed) {
  if (by_on_.size() != edges_.size()) {
    by_on_.resize(edges_.size());
    std::iota(by_on_.begin(), by_on_.end(), 0U);
    std::stable_sort(by_on_.begin(), by_on_.end(),
                     [&](std::uint32_t a, std::uint32_t b) { return edges_[a].on < edges_[b].on; });
  }
  Items waiting = failed;
  while (!waiting.empty()) {
    const std::uint32_t on = waiting.back();
    waiting.pop_back();
    auto next =
        std::lower_bound(by_on_.begin(), by_on_.end(), on,
                         [&](std::uint32_t e, std::uint32_t i) { return edges_[e].on < i; });
    for (; next != by_on_.end() && edges_[*next].on == on; ++next) {
      const std::uint32_t index = edges_[*next].item;
      Item& item = batch_.items[index];
      if (!item.failures.empty()) continue;
      item.failures.push_back(failures_[*next]);
      failed.push_back(index);
      waiting.push_back(index);
    }
  }
  return failed;
}

std::vector<Items> Dependencies::components(const Items& items) const {
  std::unordered_map<std::uint32_t, std::uint32_t> places;
  for (std::uint32_t p = 0; p < items.size(); ++p) places.emplace(items[p], p);
  PRODUCT_UPSERT_ASSERT(places.size() == items.size());
  DisjointSets sets(items.size());
  const auto join = [&](const Edge& e) {
    const auto a = places.find(e.item);
    const auto b = places.find(e.on);
    if (a != places.end() && b != places.end()) sets.unite(a->second, b->second);
  };
  std::for_each(edges_.begin(), edges_.end(), join);
  std::for_each(ties_.begin(), ties_.end(), join);
  std::vector<Items> components;
  std::vector<std::uint32_t> component_of(items.size());
  for (std::uint32_t p = 0; p < items.size(); ++p) {
    const std::uint32_t set = sets.first_of(p);
    if (set == p) {
      component_of[p] = static_cast<std::uint32_t>(components.size());
      components.emplace_back();
    }
    components[component_of[set]].push_back(items[p]);
  }
  std::vector<std::vector<Edge>> edges(components.size());
  for (const Edge& e : edges_) {
    const auto a = places.find(e.item);
    if (a != places.end() && places.contains(e.on))
      edges[component_of[sets.first_of(a->second)]].push_back(e);
  }
  for (std::size_t c = 0; c < components.size(); ++c) {
    if (components[c].size() > 1)
      components[c] = order_by_dependency(components[c], edges[c]).items;
  }
  return components;
}

Ordered order_by_dependency(std::span<const std::uint32_t> items, std::span<const Edge> edges) {
  std::unordered_map<std::uint32_t, std::uint32_t> places;  // of the items that have edges
  std::vector<std::uint32_t> nodes;
  for (const Edge& e : edges) {
    for (std::uint32_t i : {e.item, e.on}) {
      if (places.emplace(i, nodes.size()).second) nodes.push_back(i);
    }
  }
  std::vector<std::vector<std::uint32_t>> followers(nodes.size());
  std::vector<std::uint32_t> waits(nodes.size(), 0);  // how many each item waits for
  for (const Edge& e : edges) {
    if (e.item == e.on) continue;
    followers[places[e.on]].push_back(places[e.item]);
    ++waits[places[e.item]];
  }
  Ordered ordered;
  for (std::uint32_t i : items) {
    if (!places.contains(i)) ordered.items.push_back(i);
  }
  std::vector<std::uint32_t> ready;
  std::set<std::uint32_t> awaited;  // items that others still wait for
  for (std::uint32_t n = 0; n < nodes.size(); ++n) {
    awaited.insert(nodes[n]);
    if (waits[n] == 0) ready.push_back(n);
  }
  const auto release = [&](std::uint32_t node) {
    if (awaited.erase(nodes[node]) == 0) return;
    for (std::uint32_t f : followers[node]) {
      if (--waits[f] == 0) ready.push_back(f);
    }
  };
  const std::size_t all = ordered.items.size() + nodes.size();
  while (ordered.items.size() < all) {
    while (!ready.empty()) {
      const std::uint32_t node = ready.back();
      ready.pop_back();
      ordered.items.push_back(nodes[node]);
      release(node);
    }
    if (awaited.empty()) break;
    // Only items in a cycle, or waiting for one, are left. Each item is cut once, so this ends.
    ordered.cut.push_back(*awaited.begin());
    release(places[*awaited.begin()]);
  }
  PRODUCT_UPSERT_ASSERT(ordered.items.size() == all);
  PRODUCT_UPSERT_ASSERT(awaited.empty());
  return ordered;
}

}  // namespace product_upsert
