#include "core/upsert/levels.hpp"

#include <algorithm>
#include <vector>

#include "core/document/merge.hpp"
#include "core/value/interrupts.hpp"

namespace product_upsert {

namespace {

// For each open item: whether the level exists among the stored products, or among those items of
// `seen` that come before it.
std::vector<char> find_known(BatchState& state, const Group& group, const IdentityRule& as_rule,
                             const Items& seen, const Items& open) {
  KeyMap table(seen.size());
  std::vector<char> known(state.batch.items.size(), 0);
  KeyGroups keys;
  auto next = open.begin();
  for (std::uint32_t i : seen) {
    check_interrupts();
    const Key key = *read_key(
        as_rule,
        [&](Column c) { return merged(state.batch, state.batch.items[i], c, state.options); },
        state.batch.arena);
    const bool first = table.add(key, i) == i;
    if (next == open.end() || *next != i) continue;
    ++next;
    if (!first) {
      known[i] = 1;
      continue;
    }
    keys.add(i, 0, as_rule, key);
  }
  if (const auto lookups = keys.take(); !lookups.empty())
    state.catalogue.find_existing(group.organization_id, lookups,
                                  [&](std::uint32_t i) { known[i] = 1; });
  return known;
}

}  // namespace

void decide_levels(BatchState& state, const Group& group) {
  const ProfileRule* leveled = nullptr;
  for (std::uint16_t r : state.match.asked()) {
    const ProfileRule* p = state.batch.profile.rule(state.rules.rules[r].name);
    if (leveled == nullptr && p != nullptr && !p->levels.empty()) leveled = p;
  }
  if (leveled == nullptr) return;
  const auto rule = static_cast<std::uint16_t>(state.rules.find(leveled->rule));
  // What the document says, and what the product will have: a field action may keep it out.
  const auto has_key = [&](std::uint32_t index) {
    if (find_key(state.decisions[index].keys, rule) == nullptr) return false;
    if (state.options.actions.empty()) return true;
    const auto value = [&](Column c) {
      return merged(state.batch, state.batch.items[index], c, state.options);
    };
    return read_key(state.rules.rules[rule], value, state.batch.arena).has_value();
  };
  Items open;  // created; the level is not yet known
  Items seen;  // count as stored for later documents
  for (std::uint32_t i : group.items) {
    if (state.batch.items[i].status != Status::pending) continue;
    if (!state.batch.items[i].failures.empty() || state.batch.items[i].removes) continue;
    seen.push_back(i);  // whatever rule found it: its product may get the level by it
    if (state.batch.items[i].id == 0 && has_key(i)) open.push_back(i);
  }
  for (std::size_t l = 0; l < leveled->levels.size() && !open.empty(); ++l) {
    const Level& level = leveled->levels[l];
    if (l + 1 == leveled->levels.size()) {
      for (std::uint32_t i : open) state.batch.items[i].decided_by = level.name.c_str();
      return;
    }
    const IdentityRule as_rule{
        level.name, level.columns, {}, true, state.rules.rules[rule].folds_of(level.columns)};
    const std::vector<char> known = find_known(state, group, as_rule, seen, open);
    Items still;
    for (std::uint32_t i : open) {
      if (known[i] != 0) still.push_back(i);
      else state.batch.items[i].decided_by = level.name.c_str();
    }
    open = std::move(still);
  }
}

}  // namespace product_upsert
