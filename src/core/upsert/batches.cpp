// Engine: a call that is cut into batches, whose documents collide as if it were one.
#include <algorithm>

#include "core/upsert/engine.hpp"
#include "core/value/interrupts.hpp"

namespace product_upsert {

// Judged against what was stored before the call: here the collisions are those of one batch.
void Engine::survey_collisions(const Group& group) {
  const std::int64_t organization = group.organization_id;
  for (std::uint32_t index : group.items) {
    check_interrupts();
    const std::uint64_t position = batch_.position(index);
    const Item& item = batch_.items[index];
    if (item.id != 0 && item.decided_by != nullptr) {
      const auto first = ledger_->note_product(organization, item.id, {position, false});
      if (first != position) ledger_->collide(kNoRule, first, position);
    }
    for (const ItemKey& k : work_[index].final_keys) {
      const auto first = ledger_->note_key(organization, k.rule, k.key, position);
      if (first != position) ledger_->collide(k.rule, first, position);
    }
  }
}

void Engine::apply_surveyed(const Group& group) {
  for (std::uint32_t index : group.items) {
    for (const Ledger::Collision* c : ledger_->collisions_of(batch_.position(index))) {
      if (c->rule != kNoRule || batch_.items[index].decided_by != nullptr)
        collide(index, c->rule, c->positions);
    }
  }
}

// Documents that are what one of an earlier batch is, or would have been.
void Engine::find_earlier(const Group& group) {
  const std::int64_t organization = group.organization_id;
  for (std::uint32_t index : group.items) {
    check_interrupts();
    if (!ledger_->collisions_of(batch_.position(index)).empty()) continue;
    const Item& item = batch_.items[index];
    if (item.id != 0 && item.decided_by != nullptr) {
      if (const auto earlier = ledger_->product(organization, item.id)) {
        collide_with_earlier(index, kNoRule, earlier->position);
        continue;
      }
    }
    const Work& work = work_[index];
    const auto by_key = std::find_if(
        work.final_keys.begin(), work.final_keys.end(),
        [&](const ItemKey& k) { return ledger_->key(organization, k.rule, k.key) != 0; });
    if (by_key != work.final_keys.end()) {
      collide_with_earlier(index, by_key->rule,
                           ledger_->key(organization, by_key->rule, by_key->key));
      continue;
    }
    if (item.id != 0) continue;
    for (const ItemKey& k : work.keys) {
      const std::int64_t id = ledger_->released(organization, k.rule, k.key);
      if (id == 0 || !is_asked(k.rule)) continue;
      collide_with_earlier(index, k.rule, ledger_->product(organization, id)->position);
      break;
    }
  }
}

// What else was found wrong with the document comes of what the earlier one wrote.
void Engine::collide_with_earlier(std::uint32_t index, std::uint16_t rule, std::uint64_t position) {
  if (options_.skip_rejects && ledger_->pass() == Ledger::Pass::writing)
    throw Ledger::AcrossBatches{};
  const std::uint64_t both[] = {position, batch_.position(index)};
  collide(index, rule, both);
  auto& failures = batch_.items[index].failures;
  std::rotate(failures.begin(), failures.end() - 1, failures.end());
}

// Whether the holder of a key that the document wants has it from an earlier document.
bool Engine::is_earlier(std::uint32_t index, std::uint16_t rule, std::int64_t holder) {
  if (ledger_->pass() == Ledger::Pass::survey) return false;
  const std::int64_t organization = batch_.items[index].organization_id;
  const auto earlier = ledger_->product(organization, holder);
  if (!earlier || !ledger_->collisions_of(batch_.position(index)).empty()) return false;
  const ItemKey* const wanted = find_key(work_[index].final_keys, rule);
  const bool newly =
      earlier->created ||
      (wanted != nullptr && ledger_->key(organization, rule, wanted->key) == earlier->position);
  if (newly) collide_with_earlier(index, rule, earlier->position);
  return newly;
}

// Whether the document names that product only by what an earlier one has made of it.
bool Engine::is_named_newly(std::uint32_t index, std::uint16_t rule, std::int64_t product) const {
  if (ledger_ == nullptr || ledger_->pass() != Ledger::Pass::writing) return false;
  const std::int64_t organization = batch_.items[index].organization_id;
  const auto earlier = ledger_->product(organization, product);
  const ItemKey* const said = find_key(work_[index].keys, rule);
  return earlier && said != nullptr &&
         (earlier->created || ledger_->key(organization, rule, said->key) == earlier->position);
}

// A key that an earlier document took from its product is anybody's now; but who names that product
// by it, and another one by another rule, means two.
void Engine::check_released(const Group& group) {
  if (ledger_->pass() == Ledger::Pass::survey) return;
  for (std::uint32_t index : group.items) {
    for (const ItemKey& k : work_[index].final_keys) {
      const std::int64_t id = ledger_->released(group.organization_id, k.rule, k.key);
      if (id == 0 || id == batch_.items[index].id) continue;
      // A document that matched nothing else was that product: see find_earlier.
      const ItemKey* const said = find_key(work_[index].keys, k.rule);
      if (batch_.items[index].id != 0 && is_asked(k.rule) && said != nullptr &&
          same_key(said->key, k.key))
        taken(index, k, id, Said::in_full);
    }
  }
}

void Engine::note_batch() {
  for (std::uint32_t i = 0; i < batch_.items.size(); ++i) {
    check_interrupts();
    const Item& item = batch_.items[i];
    const std::uint64_t position = batch_.position(i);
    const bool created = item.status == Status::created;
    if (item.id != 0 && (created || item.decided_by != nullptr))
      ledger_->note_product(item.organization_id, item.id, {position, created});
    const bool writing = ledger_->pass() == Ledger::Pass::writing;
    if (writing && (created || item.status == Status::updated) && is_awaited(i))
      throw Ledger::AcrossBatches{};
    if (created) continue;
    if (writing && item.status != Status::unchanged) note_claims(i);
    for (const ItemKey& k : work_[i].final_keys)
      ledger_->note_key(item.organization_id, k.rule, k.key, position);
    if (item.status == Status::updated) note_released(item);
  }
}

void Engine::note_released(const Item& item) {
  for (std::uint16_t r = 0; r < rules_.rules.size(); ++r) {
    const IdentityRule& rule = rules_.rules[r];
    if (!touches(item, rule)) continue;
    const auto key = read_key(
        rule, [&](Column c) { return batch_.stored(item, c); }, batch_.arena);
    if (key) ledger_->note_released(item.organization_id, r, *key, item.id);
  }
}

}  // namespace product_upsert
