#include "core/upsert/duplicates.hpp"

#include <algorithm>
#include <iterator>
#include <unordered_map>
#include <vector>

#include "core/value/assert.hpp"
#include "core/value/disjoint_sets.hpp"
#include "core/value/text.hpp"

namespace product_upsert {

// First by the matched product, then by the keys that would find a new one: two documents with
// different keys may both be the same product as a third.
void Duplicates::settle(const Group& group) {
  if (state_.options.on_duplicate == OnDuplicate::reject) return;
  if (has_returned_) follow_settled(group);
  if (group.items.size() < 2) return;
  std::unordered_map<std::int64_t, Items> sets;
  for (std::uint32_t i : group.items) {
    const Item& item = state_.batch.items[i];
    if (item.status == Status::pending && item.id != 0 && item.decided_by != nullptr)
      sets[item.id].push_back(i);
  }
  find_made_together(group, sets);
  for (const auto& [name, items] : sets) {
    if (items.size() > 1) lead(items);
  }
}

// Groups documents of new products that share a key, identified by ~ of their first one. A document
// that fails by itself does not connect others; it joins the first that it meets.
void Duplicates::find_made_together(const Group& group,
                                    std::unordered_map<std::int64_t, Items>& found) const {
  DisjointSets sets(state_.batch.items.size());
  std::vector<KeyMap> tables(state_.match.asked().size(), KeyMap(0));
  std::unordered_map<std::uint64_t, std::uint32_t> found_by;
  for (const bool stands : {true, false}) {
    for (std::uint32_t i : group.items) {
      const Item& item = state_.batch.items[i];
      if (item.status != Status::pending || item.id != 0 || item.failures.empty() != stands)
        continue;
      bool met = false;
      for (std::size_t t = 0; t < tables.size(); ++t) {
        const ItemKey* const key = find_key(state_.decisions[i].keys, state_.match.asked()[t]);
        if (key == nullptr) continue;
        const std::uint32_t first = tables[t].add(key->key, i);
        if (first == i || (met && !stands)) continue;
        sets.unite(first, i);
        met = true;
      }
      const FoundBy* const by = state_.match.indirect() != kNoRule && state_.related_fields
                                    ? state_.related_fields->found_by(i)
                                    : nullptr;
      if (by == nullptr || !state_.decisions[i].planned) continue;
      for (const std::uint64_t value : by->values) {
        const std::uint32_t first = found_by.emplace(value, i).first->second;
        if (first == i || (met && !stands)) continue;
        sets.unite(first, i);
        met = true;
      }
    }
  }
  std::vector<std::uint32_t> sizes(sets.size(), 0);
  for (std::uint32_t i : group.items) ++sizes[sets.first_of(i)];
  for (std::uint32_t i : group.items) {
    const std::uint32_t first = sets.first_of(i);
    if (sizes[first] > 1) found[~static_cast<std::int64_t>(first)].push_back(i);
  }
}

// Documents that an earlier round placed behind another stay there.
void Duplicates::follow_settled(const Group& group) {
  std::unordered_map<std::int64_t, std::uint32_t> last;
  for (std::uint32_t i = 0; i < state_.batch.items.size(); ++i) {
    const Item& item = state_.batch.items[i];
    const bool stands = item.status == Status::created || item.status == Status::updated ||
                        item.status == Status::unchanged;
    if (stands && item.id != 0 && item.organization_id == group.organization_id) last[item.id] = i;
  }
  for (std::uint32_t i : group.items) {
    const Item& item = state_.batch.items[i];
    if (item.status != Status::pending || item.id == 0 || !item.failures.empty()) continue;
    if (const auto it = last.find(item.id);
        it != last.end() && it->second > i && !is_older(it->second, i))
      follow(i, it->second);
  }
}

// Documents of one product, in input order. One that fails by itself cannot lead.
void Duplicates::lead(const Items& items) {
  const auto stands = [&](std::uint32_t i) { return state_.batch.items[i].failures.empty(); };
  const bool by_last = state_.options.on_duplicate == OnDuplicate::last;
  if (!by_last && !std::all_of(items.begin() + 1, items.end(),
                               [&](std::uint32_t i) { return says_the_same(items.front(), i); }))
    return;
  Items standing;
  std::copy_if(items.begin(), items.end(), std::back_inserter(standing), stands);
  const std::uint32_t leader = by_last && !standing.empty() ? find_last(standing) : items.front();
  for (std::uint32_t i : items) {
    if (!stands(i)) set_aside(i);
    else if (i != leader) follow(i, leader);
  }
}

// The document that would win if each were a call of its own: the last that is not older than what
// is stored, nor than one before it.
std::uint32_t Duplicates::find_last(const Items& items) const {
  std::uint32_t last = items.front();
  std::optional<std::uint32_t> newest;
  for (std::uint32_t i : items) {
    if (state_.batch.items[i].stale || (newest && is_older(i, *newest))) continue;
    last = i;
    if (judged_at(i)) newest = i;
  }
  return last;
}

bool Duplicates::is_older(std::uint32_t a, std::uint32_t b) const {
  const auto first = judged_at(a);
  const auto second = judged_at(b);
  return first && second && *first < *second;
}

// The timestamp that the document is judged by, if it has one.
std::optional<std::int64_t> Duplicates::judged_at(std::uint32_t index) const {
  if (!state_.batch.profile.judged_by) return std::nullopt;
  const Value& said =
      state_.batch.value(state_.batch.items[index], *state_.batch.profile.judged_by);
  if (said.kind() != Kind::text) return std::nullopt;
  return micros_since_epoch(said.as_text());
}

// The document fails by itself, and does not affect others.
void Duplicates::set_aside(std::uint32_t index) {
  Item& item = state_.batch.items[index];
  state_.decisions[index].final_keys = {};
  item.status = Status::rejected;
  if (item.id == 0) item.decided_by = nullptr;
}

void Duplicates::follow(std::uint32_t index, std::uint32_t leader) {
  PRODUCT_UPSERT_ASSERT(index != leader && state_.batch.items[index].failures.empty());
  PRODUCT_UPSERT_ASSERT(state_.batch.items[index].organization_id ==
                        state_.batch.items[leader].organization_id);
  Item& item = state_.batch.items[index];
  item.status = Status::unchanged;
  const bool by_last = state_.options.on_duplicate == OnDuplicate::last;
  // Behind the last that counts are only those that are older than it, or than one before it.
  item.stale = item.stale || (by_last && index > leader);
  item.superseded = by_last && !item.stale;
  item.changed.clear();
  state_.decisions[index].final_keys = {};
  if (state_.related_fields) state_.related_fields->forget(index);
  followers_.emplace_back(index, leader);
}

bool Duplicates::says_the_same(std::uint32_t a, std::uint32_t b) const {
  if (state_.batch.items[a].failures.empty() != state_.batch.items[b].failures.empty())
    return false;
  if (state_.batch.items[a].tombstone != state_.batch.items[b].tombstone) return false;
  // What they say of products that the call makes is no longer among their values.
  if (state_.related_fields && !state_.related_fields->refer_alike(a, b)) return false;
  for (const std::uint16_t field : state_.batch.fields()) {
    const Value& x = state_.said(a, field);
    const Value& y = state_.said(b, field);
    if (x.kind() != y.kind() || (x.has_value() && !identical(x, y))) return false;
  }
  const Value& x = state_.batch.items[a].unknown;
  const Value& y = state_.batch.items[b].unknown;
  return x.kind() == y.kind() && (!x.has_value() || identical(x, y));
}

void Duplicates::join(std::vector<Group>& groups) {
  const auto followers = std::exchange(followers_, {});
  // A leader may follow another one by now, so this goes from the last to the first.
  // clang 14 does not compile std::views::reverse. NOLINTNEXTLINE(modernize-loop-convert)
  for (auto it = followers.rbegin(); it != followers.rend(); ++it) {
    const auto [index, leader] = *it;
    Item& item = state_.batch.items[index];
    const Item& led = state_.batch.items[leader];
    const bool rejected = led.status == Status::rejected;
    if (rejected && state_.options.on_duplicate == OnDuplicate::same) {
      item.status = Status::rejected;
      item.failures = led.failures;
      item.id = led.id;
      item.version = led.version;
      item.decided_by = led.decided_by;
      continue;
    }
    if (rejected || led.status == Status::pending) {
      item.superseded = false;
      state_.forget(index);
      has_returned_ = true;
      const auto group = std::find_if(groups.begin(), groups.end(), [&](const Group& g) {
        return g.organization_id == item.organization_id;
      });
      PRODUCT_UPSERT_ASSERT(group != groups.end());
      group->items.push_back(index);
      continue;
    }
    item.id = led.id;
    item.version = led.version;
    item.result = led.result;
    if (item.decided_by == nullptr) item.decided_by = led.decided_by;
  }
  // In input order, since the last one is the one answered.
  for (Group& group : groups) std::sort(group.items.begin(), group.items.end());
}

}  // namespace product_upsert
