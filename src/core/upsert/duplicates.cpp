// Engine: documents of one call that are the same product (on_duplicate).
#include <algorithm>

#include "core/upsert/engine.hpp"

namespace product_upsert {

// Documents of one product count once, where the caller asks for that: one of them leads, the
// others follow. What they do not settle collides as ever.
void Engine::settle_duplicates(const Group& group) {
  if (options_.on_duplicate == OnDuplicate::reject || group.items.size() < 2) return;
  const auto settle = [&](auto&& table, auto&& key_of) {
    std::unordered_map<std::uint32_t, Items> sets;
    for (std::uint32_t i : group.items) {
      if (batch_.items[i].status != Status::pending) continue;
      const Key* const key = key_of(i);
      if (key == nullptr) continue;
      const std::uint32_t first = table.add(*key, i);
      if (first == i) continue;
      Items& all = sets[first];
      if (all.empty()) all.push_back(first);
      all.push_back(i);
    }
    for (const auto& [first, items] : sets) lead(items);
  };
  // By the product that they matched, then by the keys by which new ones would be found.
  std::vector<Value> ids(batch_.items.size());
  std::vector<Key> keys(batch_.items.size());
  settle(KeyTable(group.items.size()), [&](std::uint32_t i) -> const Key* {
    const Item& item = batch_.items[i];
    if (item.id == 0 || item.decided_by == nullptr) return nullptr;
    ids[i] = Value::integer(item.id);
    keys[i] = Key{{&ids[i], 1}, 0, true};
    keys[i].add_to_hash(ids[i]);
    return &keys[i];
  });
  for (const std::uint16_t rule : match_rules_) {
    settle(KeyTable(group.items.size()), [&](std::uint32_t i) -> const Key* {
      if (batch_.items[i].id != 0) return nullptr;
      for (const ItemKey& k : work_[i].keys) {
        if (k.rule == rule) return &k.key;
      }
      return nullptr;
    });
  }
}

// Documents of one product, in input order.
void Engine::lead(const Items& items) {
  if (options_.on_duplicate == OnDuplicate::same) {
    const bool same = std::all_of(items.begin() + 1, items.end(),
                                  [&](std::uint32_t i) { return says_the_same(items.front(), i); });
    if (!same) return;
    for (auto i = items.begin() + 1; i != items.end(); ++i) follow(*i, items.front());
    return;
  }
  // One that fails by itself does not stand.
  const auto last = std::find_if(items.rbegin(), items.rend(),
                                 [&](std::uint32_t i) { return batch_.items[i].failures.empty(); });
  if (last == items.rend()) return;
  for (std::uint32_t i : items) {
    if (i == *last) continue;
    if (batch_.items[i].failures.empty()) follow(i, *last);
    else set_aside(i);
  }
}

// Fails by itself, and stands in nobody's way.
void Engine::set_aside(std::uint32_t index) {
  work_[index].final_keys = {};
  batch_.items[index].status = Status::rejected;
}

void Engine::follow(std::uint32_t index, std::uint32_t leader) {
  Item& item = batch_.items[index];
  item.status = Status::unchanged;
  item.superseded = options_.on_duplicate == OnDuplicate::last;
  item.changed.clear();
  item.failures.clear();
  work_[index].final_keys = {};
  if (parts_) parts_->forget(index);
  followers_.emplace_back(index, leader);
}

// What the document says in a field by itself.
const Value& Engine::said(std::uint32_t index, std::size_t field) const {
  for (const auto& [f, value] : work_[index].overruled) {
    if (f == field) return value;
  }
  return batch_.value(batch_.items[index], field);
}

bool Engine::says_the_same(std::uint32_t a, std::uint32_t b) const {
  if (batch_.items[a].failures.empty() != batch_.items[b].failures.empty()) return false;
  for (const std::uint16_t field : batch_.fields()) {
    const Value& x = said(a, field);
    const Value& y = said(b, field);
    if (x.kind() != y.kind() || (x.has_value() && !identical(x, y))) return false;
  }
  const Value& x = batch_.items[a].unknown;
  const Value& y = batch_.items[b].unknown;
  return x.kind() == y.kind() && (!x.has_value() || identical(x, y));
}

// Once the leaders are written the others are told of their product; those of a leader that was not
// are decided anew.
void Engine::join_followers(std::vector<Group>& groups) {
  for (const auto& [index, leader] : std::exchange(followers_, {})) {
    Item& item = batch_.items[index];
    const Item& led = batch_.items[leader];
    if (led.status == Status::rejected || led.status == Status::pending) {
      item.superseded = false;
      forget(index);
      const auto group = std::find_if(groups.begin(), groups.end(), [&](const Group& g) {
        return g.organization_id == item.organization_id;
      });
      group->items.push_back(index);
      continue;
    }
    item.id = led.id;
    item.version = led.version;
    item.result = led.result;
    if (item.decided_by == nullptr) item.decided_by = led.decided_by;
  }
  // In input order: the last one is to be told.
  for (Group& group : groups) std::sort(group.items.begin(), group.items.end());
}

}  // namespace product_upsert
