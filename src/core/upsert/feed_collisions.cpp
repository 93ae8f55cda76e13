#include "core/upsert/feed_collisions.hpp"

#include <algorithm>
#include <iterator>

#include "core/related/related_fields.hpp"
#include "core/value/hash.hpp"
#include "core/value/interrupts.hpp"

namespace product_upsert {

void FeedCollisions::survey(const Group& group) {
  const std::int64_t organization = group.organization_id;
  for (std::uint32_t index : group.items) {
    check_interrupts();
    const std::uint64_t position = state_.batch.position(index);
    const Item& item = state_.batch.items[index];
    if (item.id != 0 && item.decided_by != nullptr) {
      const auto first = ledger_.note_product(organization, item.id, {position, false});
      if (first != position) ledger_.collide(kNoRule, first, position);
    }
    for (const ItemKey& k : state_.decisions[index].final_keys) {
      const auto first = ledger_.note_key(organization, k.rule, k.key, position);
      if (first != position) ledger_.collide(k.rule, first, position);
    }
    link_to_takers(index);
    survey_found_by(index);
  }
}

// A document may say a key that its product will not have: a free id, or a field that an action
// ignores. The document that gives that key to its own product is written after it.
void FeedCollisions::link_to_takers(std::uint32_t index) {
  const Decision& decision = state_.decisions[index];
  const std::int64_t organization = state_.batch.items[index].organization_id;
  const std::uint64_t position = state_.batch.position(index);
  for (const ItemKey& said : decision.keys) {
    if (!state_.match.is_asked(said.rule)) continue;
    const ItemKey* const taken = find_key(decision.final_keys, said.rule);
    if (taken != nullptr && same_key(taken->key, said.key)) continue;
    const auto taker = ledger_.key(organization, said.rule, said.key);
    if (taker != 0 && taker != position) ledger_.link(taker, position);
  }
}

void FeedCollisions::tell_surveyed(const Group& group) {
  for (std::uint32_t index : group.items) {
    for (const Ledger::Collision* c : ledger_.collisions_of(state_.batch.position(index))) {
      if (c->rule != kNoRule || state_.batch.items[index].decided_by != nullptr)
        collisions_.tell(index, c->rule, c->positions);
    }
  }
}

void FeedCollisions::find_earlier(const Group& group) {
  const std::int64_t organization = group.organization_id;
  for (std::uint32_t index : group.items) {
    check_interrupts();
    if (!ledger_.collisions_of(state_.batch.position(index)).empty()) continue;
    const Item& item = state_.batch.items[index];
    if (item.id != 0 && item.decided_by != nullptr) {
      if (const auto earlier = ledger_.product(organization, item.id)) {
        collide(index, kNoRule, earlier->position);
        continue;
      }
    }
    const Decision& decision = state_.decisions[index];
    const auto by_key = std::find_if(
        decision.final_keys.begin(), decision.final_keys.end(),
        [&](const ItemKey& k) { return ledger_.key(organization, k.rule, k.key) != 0; });
    if (by_key != decision.final_keys.end()) {
      collide(index, by_key->rule, ledger_.key(organization, by_key->rule, by_key->key));
      continue;
    }
    if (const std::uint64_t earlier = earlier_alike(index); earlier != 0) {
      collide(index, state_.match.indirect(), earlier);
      continue;
    }
    if (item.id != 0) continue;
    for (const ItemKey& k : decision.keys) {
      const std::int64_t id = ledger_.released(organization, k.rule, k.key);
      if (id == 0 || !state_.match.is_asked(k.rule)) continue;
      collide(index, k.rule, ledger_.product(organization, id)->position);
      break;
    }
  }
}

// Null if it is not looked up so, or is not to be written.
const FoundBy* FeedCollisions::found_by(std::uint32_t index) const {
  if (state_.match.indirect() == kNoRule || state_.related_fields == nullptr) return nullptr;
  return state_.decisions[index].planned ? state_.related_fields->found_by(index) : nullptr;
}

// See Uniqueness::find_found_alike.
void FeedCollisions::survey_found_by(std::uint32_t index) {
  const FoundBy* const by = found_by(index);
  if (by == nullptr) return;
  const Item& item = state_.batch.items[index];
  const std::int64_t organization = item.organization_id;
  const std::uint64_t position = state_.batch.position(index);
  for (const std::uint64_t value : by->values) {
    const Key key{{}, value, true};
    const auto first = ledger_.note_key(organization, Ledger::kFoundBy, key, position);
    const Key of{{}, hash_word(value, static_cast<std::uint64_t>(item.id)), true};
    const auto of_product = ledger_.note_key(organization, Ledger::kFoundByOf, of, position);
    if (item.tombstone) ledger_.note_key(organization, Ledger::kFoundByGone, key, position);
    if (first == position || (item.id != 0 && of_product == first)) continue;
    const bool claimed = by->unique && !item.tombstone &&
                         ledger_.key(organization, Ledger::kFoundByGone, key) != first;
    if (!claimed) ledger_.collide(state_.match.indirect(), first, position);
  }
}

std::uint64_t FeedCollisions::earlier_alike(std::uint32_t index) const {
  const FoundBy* const by = found_by(index);
  if (by == nullptr) return 0;
  const Item& item = state_.batch.items[index];
  for (const std::uint64_t value : by->values) {
    const Key key{{}, value, true};
    if (const auto earlier = ledger_.key(item.organization_id, Ledger::kFoundBy, key); earlier != 0)
      return earlier;
    const std::int64_t id = ledger_.released(item.organization_id, Ledger::kFoundBy, key);
    if (id == 0 || item.id != 0) continue;
    if (const auto earlier = ledger_.product(item.organization_id, id)) return earlier->position;
  }
  return 0;
}

void FeedCollisions::note_found_by(std::uint32_t index) {
  const FoundBy* const by = found_by(index);
  if (by == nullptr || ledger_.pass() != Ledger::Pass::writing) return;
  const std::int64_t organization = state_.batch.items[index].organization_id;
  for (const std::uint64_t value : by->values)
    ledger_.note_key(organization, Ledger::kFoundBy, {{}, value, true},
                     state_.batch.position(index));
}

void FeedCollisions::note_given_up(const Group& group) {
  if (ledger_.pass() != Ledger::Pass::writing || state_.match.indirect() == kNoRule ||
      state_.related_fields == nullptr)
    return;
  Items items;
  std::copy_if(group.pending.begin(), group.pending.end(), std::back_inserter(items),
               [&](std::uint32_t i) { return state_.batch.items[i].id != 0; });
  state_.related_fields->each_given_up(
      group.organization_id, items, [&](std::uint32_t i, std::uint64_t hash) {
        ledger_.note_released(group.organization_id, Ledger::kFoundBy, {{}, hash, true},
                              state_.batch.items[i].id);
      });
}

// What else was found wrong with the document comes of what the earlier one wrote.
void FeedCollisions::collide(std::uint32_t index, std::uint16_t rule, std::uint64_t position) {
  if (state_.options.skip_rejects && ledger_.pass() == Ledger::Pass::writing)
    throw Ledger::AcrossBatches{};
  const std::uint64_t both[] = {position, state_.batch.position(index)};
  collisions_.tell(index, rule, both);
  auto& failures = state_.batch.items[index].failures;
  std::rotate(failures.begin(), failures.end() - 1, failures.end());
}

bool FeedCollisions::is_earlier(std::uint32_t index, std::uint16_t rule, std::int64_t holder) {
  if (ledger_.pass() == Ledger::Pass::survey) return false;
  const std::int64_t organization = state_.batch.items[index].organization_id;
  const auto earlier = ledger_.product(organization, holder);
  if (!earlier || !ledger_.collisions_of(state_.batch.position(index)).empty()) return false;
  const ItemKey* const wanted = find_key(state_.decisions[index].final_keys, rule);
  const bool newly =
      earlier->created ||
      (wanted != nullptr && ledger_.key(organization, rule, wanted->key) == earlier->position);
  if (newly) collide(index, rule, earlier->position);
  return newly;
}

bool FeedCollisions::is_named_newly(std::uint32_t index, std::uint16_t rule,
                                    std::int64_t product) const {
  if (ledger_.pass() != Ledger::Pass::writing) return false;
  const std::int64_t organization = state_.batch.items[index].organization_id;
  const auto earlier = ledger_.product(organization, product);
  const ItemKey* const said = find_key(state_.decisions[index].keys, rule);
  return earlier && said != nullptr &&
         (earlier->created || ledger_.key(organization, rule, said->key) == earlier->position);
}

bool FeedCollisions::is_earlier_product(std::uint32_t index, std::int64_t product) const {
  return ledger_.pass() == Ledger::Pass::writing &&
         ledger_.product(state_.batch.items[index].organization_id, product);
}

void FeedCollisions::each_named_by_released(
    const Group& group,
    const std::function<void(std::uint32_t index, const ItemKey& key, std::int64_t product)>& f) {
  if (ledger_.pass() == Ledger::Pass::survey) return;
  for (std::uint32_t index : group.items) {
    for (const ItemKey& k : state_.decisions[index].final_keys) {
      const std::int64_t id = ledger_.released(group.organization_id, k.rule, k.key);
      if (id == 0 || id == state_.batch.items[index].id) continue;
      // A document that matched nothing else was that product: see find_earlier.
      const ItemKey* const said = find_key(state_.decisions[index].keys, k.rule);
      if (state_.batch.items[index].id != 0 && state_.match.is_asked(k.rule) && said != nullptr &&
          same_key(said->key, k.key))
        f(index, k, id);
    }
  }
}

void FeedCollisions::note_released(const Item& item) {
  const auto rules = static_cast<std::uint16_t>(state_.rules.rules.size());
  for (std::uint16_t r = 0; r < rules; ++r) {
    const IdentityRule& rule = state_.rules.rules[r];
    if (!state_.touches(item, rule)) continue;
    const auto key = read_key(
        rule, [&](Column c) { return state_.batch.stored(item, c); }, state_.batch.arena);
    if (key) ledger_.note_released(item.organization_id, r, *key, item.id);
  }
}

}  // namespace product_upsert
