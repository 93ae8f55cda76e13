#include "core/related/parents.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <span>
#include <vector>

#include "core/document/merge.hpp"
#include "core/value/assert.hpp"
#include "core/value/interrupts.hpp"

namespace product_upsert {

namespace {

// The parents of products and documents: a forest, except for documents that would close a cycle.
// Nodes are small whole numbers, so that long walks only touch arrays.
class ParentGraph {
 public:
  static constexpr std::uint32_t kNone = ~0U;

  // The node of a product (its id), or of a document that creates one (~index).
  std::uint32_t node(std::int64_t name) {
    const auto [it, added] = nodes_.try_emplace(name, static_cast<std::uint32_t>(stored_.size()));
    if (added) {
      stored_.push_back(kNone);
      said_.push_back(kUnsaid);
    }
    return it->second;
  }
  void set_stored(std::uint32_t node, std::uint32_t parent) {
    PRODUCT_UPSERT_ASSERT(node < stored_.size() && (parent == kNone || parent < stored_.size()));
    stored_[node] = parent;
  }
  // Sets the parent by a document that stands; kNone: no parent.
  void say(std::uint32_t node, std::uint32_t parent) {
    PRODUCT_UPSERT_ASSERT(node < said_.size() && (parent == kNone || parent < said_.size()));
    said_[node] = parent;
  }
  void take_back(std::uint32_t node) { said_[node] = kUnsaid; }
  std::size_t size() const { return stored_.size(); }

  bool is_said(std::uint32_t node) const { return said_[node] != kUnsaid; }
  std::vector<std::int64_t> names() const {
    std::vector<std::int64_t> all(stored_.size());
    for (const auto& [name, node] : nodes_) all[node] = name;
    return all;
  }

  // Calls f for each node on a cycle to which one of the nodes leads, with the cycle's first node
  // as its name. Takes time linear in the number of nodes on the way.
  template <typename F>
  void each_on_cycle(std::span<const std::uint32_t> from, F f) {
    walks_.resize(stored_.size(), 0);
    const std::uint64_t before = last_walk_;
    for (const std::uint32_t start : from) {
      ++last_walk_;
      std::uint32_t at = start;
      while (at != kNone && walks_[at] <= before) {
        check_interrupts();
        walks_[at] = last_walk_;
        at = parent(at);
      }
      if (at == kNone || walks_[at] != last_walk_) continue;
      const std::uint32_t first = at;
      do {
        f(at, first);
        at = parent(at);
      } while (at != first);
    }
  }

 private:
  static constexpr std::uint32_t kUnsaid = kNone - 1;
  std::uint32_t parent(std::uint32_t node) const {
    return said_[node] == kUnsaid ? stored_[node] : said_[node];
  }
  std::map<std::int64_t, std::uint32_t> nodes_;  // ordered: callers choose the ids
  std::vector<std::uint32_t> stored_, said_;
  std::vector<std::uint64_t> walks_;  // the last walk that came to each node, from 1
  std::uint64_t last_walk_ = 0;
};

class StoredParents final : public TableSink {
 public:
  explicit StoredParents(ParentGraph& graph) : graph_(graph) {}
  void row(std::uint32_t, const StoredRow& v) override {
    const std::uint32_t node = graph_.node(v[0].as_integer().value_or(0));
    const auto parent = v[column_].as_integer();
    graph_.set_stored(node, parent ? graph_.node(*parent) : ParentGraph::kNone);
  }

 private:
  ParentGraph& graph_;
  std::size_t column_ = static_cast<std::size_t>(find_column(Table::product, "parent_product_id"));
};

// The nodes of each cycle, by the first of them.
using Cycles = std::map<std::uint32_t, std::vector<std::uint32_t>>;

// Tells which documents close the cycles. One that moves one of the products may break a cycle.
class CycleTeller {
 public:
  CycleTeller(const ParentGraph& graph, Wanting& wanting)
      : graph_(graph), wanting_(wanting), names_(graph.names()) {}

  // `items_of`: the documents of each node.
  void tell(const Cycles& cycles, const std::vector<std::uint32_t>& items_of) {
    for (const auto& [first, nodes] : cycles) {
      const auto lead = std::find_if(nodes.begin(), nodes.end(), [&](std::uint32_t n) {
        return graph_.is_said(n) && items_of[n] != ParentGraph::kNone;
      });
      if (lead == nodes.end()) continue;  // made by direct SQL
      const std::uint32_t item = items_of[*lead];
      for (const std::uint32_t n : nodes) {
        if (items_of[n] == item) continue;
        if (graph_.is_said(n) && items_of[n] != ParentGraph::kNone)
          wanting_.stands_with(item, items_of[n]);
        else if (names_[n] > 0) wanting_.wants_of(item, names_[n], Wanting::What::parent, 0);
      }
    }
  }

 private:
  const ParentGraph& graph_;
  Wanting& wanting_;
  std::vector<std::int64_t> names_;
};

}  // namespace

// The parents that standing documents set.
class Parents::Sayings {
 public:
  struct One {
    std::uint32_t item;
    std::uint32_t node;
  };
  ParentGraph graph;
  std::vector<One> all;
};

void Parents::note_moves(const Items& items) {
  may_move_ |= std::any_of(items.begin(), items.end(), [&](std::uint32_t i) {
    return state_.batch.value(state_.batch.items[i], *state_.parent_field).has_value() ||
           parent_document(i);
  });
}

void Parents::plan(std::uint32_t index) {
  Item& item = state_.batch.items[index];
  if (item.id == 0) return;
  references_.each_made(index, [&](std::size_t field, std::uint32_t maker) {
    const std::int64_t id = state_.batch.items[maker].id;
    const Column column = state_.batch.profile.fields[field].column;
    if (id == 0 || state_.batch.stored(item, column).as_integer() != id)
      item.changed.push_back(static_cast<std::uint16_t>(field));
  });
}

bool Parents::inserts_first(const Items& items) const {
  return std::any_of(items.begin(), items.end(), [&](std::uint32_t i) {
    bool refers = false;
    if (state_.batch.items[i].id != 0) {
      references_.each_made(i, [&](std::size_t, std::uint32_t maker) {
        refers = refers || state_.batch.items[maker].id == 0;
      });
    }
    return refers;
  });
}

// A document depends on the documents that create the products to which it refers.
void Parents::depend_on_makers(const Items& items) {
  for (std::uint32_t i : items) {
    references_.each_made(i, [&](std::size_t field, std::uint32_t maker) {
      if (maker != i) depend_on_maker(i, field, maker);
    });
  }
  state_.dependencies.fail_dependents();
}

void Parents::depend_on_maker(std::uint32_t index, std::size_t field, std::uint32_t maker) {
  const Field& f = state_.batch.profile.fields[field];
  const std::string named = "names the " + f.reference.resource + " of document " +
                            std::to_string(state_.batch.position(maker));
  const Code code = state_.parks(f.reference) ? Code::parked : Code::unknown_reference;
  const auto details = code == Code::parked ? Details().text("resource_type", f.reference.resource)
                                            : Details::Members();
  const bool gives_way = references_.gives_way(maker);
  if (gives_way || (state_.batch.items[maker].failures.empty() &&
                    !references_.will_have_name(index, field, maker))) {
    state_.batch.items[index].fail(
        code, f.name,
        named + (gives_way ? ", which is superseded" : ", which does not get that name"), details);
    return;
  }
  state_.dependencies.add(index, maker, {code, f.name, named + ", which is rejected", details});
}

// The parent that the document sets, if it sets one.
std::optional<std::int64_t> Parents::said_parent(std::uint32_t index) const {
  const Action action = state_.options.action(*state_.parent_field);
  if (action == Action::ignore ||
      state_.batch.discards(state_.batch.items[index], *state_.parent_field))
    return std::nullopt;
  if (action == Action::clear) return 0;
  if (const auto document = parent_document(index)) return node_name(*document);
  const Value& given = state_.batch.value(state_.batch.items[index], *state_.parent_field);
  if (given.is_absent()) return std::nullopt;
  return given.as_integer().value_or(0);
}

std::int64_t Parents::node_name(std::uint32_t index) const {
  const std::int64_t id = state_.batch.items[index].id;
  return id != 0 ? id : ~static_cast<std::int64_t>(index);
}

void Parents::check(std::int64_t organization_id, const Items& items) {
  depend_on_makers(items);
  if (!state_.parent_field) return;
  Sayings said;
  std::vector<std::int64_t> asked;     // products whose ancestors are needed
  std::optional<std::uint32_t> mover;  // the last document that moves a stored product
  bool below_stored = false;
  for (std::uint32_t i : items) {
    const Item& item = state_.batch.items[i];
    if (!item.failures.empty() || item.stale) continue;
    const auto parent = said_parent(i);
    if (!parent) continue;
    const std::int64_t held =
        state_.batch.stored(item, Column::parent_product_id).as_integer().value_or(0);
    // A parent that stays the same needs no check.
    if (*parent == held || (item.id != 0 && item.changed.empty())) continue;
    const std::uint32_t node = said.graph.node(node_name(i));
    said.graph.say(node, *parent == 0 ? ParentGraph::kNone : said.graph.node(*parent));
    said.all.push_back({i, node});
    below_stored |= *parent > 0;
    if (*parent > 0) asked.push_back(*parent);
    if (item.id == 0) continue;
    asked.push_back(item.id);
    // Another product that moves may end the ancestry.
    if (mover) state_.dependencies.tie(*mover, i);
    mover = i;
  }
  if (said.all.empty()) return;
  if (mover && below_stored) {
    if (!state_.options.read_only) state_.related.lock_parents(organization_id);
    is_locked_ = true;
    StoredParents stored(said.graph);
    state_.related.read_ancestors(organization_id, asked, stored);
  }
  fail_cycles(said);
}

// The product of a failed document stays where it is, which may close another cycle: one that goes
// through that product.
void Parents::fail_cycles(Sayings& said) {
  const Field& field = state_.batch.profile.fields[*state_.parent_field];
  const std::size_t nodes = said.graph.size();
  std::vector<std::vector<std::uint32_t>> items_at(nodes);
  std::vector<std::uint32_t> items_of(nodes, ParentGraph::kNone);
  std::vector<std::uint32_t> node_of(state_.batch.items.size(), ParentGraph::kNone);
  for (const Sayings::One& s : said.all) {
    items_at[s.node].push_back(s.item);
    items_of[s.node] = s.item;
    node_of[s.item] = s.node;
  }
  std::optional<CycleTeller> teller;
  if (state_.wanting != nullptr) teller.emplace(said.graph, *state_.wanting);
  std::vector<std::uint32_t> changed(nodes);
  std::iota(changed.begin(), changed.end(), 0U);
  while (!changed.empty()) {
    Cycles cycles;
    said.graph.each_on_cycle(
        changed, [&](std::uint32_t node, std::uint32_t first) { cycles[first].push_back(node); });
    if (teller) teller->tell(cycles, items_of);
    Items failed;
    for (const auto& [first, on_cycle] : cycles) {
      for (const std::uint32_t node : on_cycle) {
        for (const std::uint32_t i : items_at[node]) {
          if (!state_.batch.items[i].failures.empty()) continue;
          state_.batch.items[i].fail(Code::range, field.name,
                                     "would make the product its own ancestor");
          failed.push_back(i);
        }
      }
    }
    changed.clear();
    for (const std::uint32_t i : state_.dependencies.fail_dependents(std::move(failed))) {
      if (node_of[i] == ParentGraph::kNone) continue;
      said.graph.take_back(node_of[i]);
      changed.push_back(node_of[i]);
    }
  }
}

}  // namespace product_upsert
