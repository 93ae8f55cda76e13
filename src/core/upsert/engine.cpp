#include "core/upsert/engine.hpp"

#include <algorithm>
#include <iterator>
#include <map>

#include "core/answer/answer.hpp"
#include "core/answer/related_answers.hpp"
#include "core/document/merge.hpp"
#include "core/upsert/levels.hpp"
#include "core/upsert/match_words.hpp"
#include "core/upsert/prepare.hpp"
#include "core/upsert/rights.hpp"
#include "core/upsert/rounds.hpp"
#include "core/value/interrupts.hpp"
#include "core/value/stopwatch.hpp"

namespace product_upsert {

namespace {

// If the document has other failures too, waiting for the row would not help.
void forget_parking(Item& item) {
  for (Failure& failure : item.failures) {
    if (failure.code == Code::parked) failure.code = Code::unknown_reference;
  }
}

}  // namespace

Engine::Engine(const IdentityRules& rules, const Options& options, Catalogue& catalogue,
               Batch& batch, Ledger* ledger)
    : match_(rules, options, batch.profile),
      state_(match_, options, catalogue, batch),
      collisions_(state_),
      feed_(ledger == nullptr ? nullptr
                              : std::make_unique<FeedBatch>(state_, *ledger, collisions_)),
      matcher_(state_, feed_ ? &feed_->collisions : nullptr),
      match_check_(state_),
      planner_(state_),
      own_types_(state_),
      duplicates_(state_),
      uniqueness_(state_, collisions_, feed_.get()),
      writer_(state_) {
  drop_ignored(batch, options, match_);
  choose_columns(batch, options, match_.all());
  if (batch.profile.has_related_fields) {
    if (options.wants_products)
      related_answers_ = std::make_shared<RelatedAnswers>(batch.profile, batch.answer_columns);
    related_fields_ = std::make_unique<RelatedFields>(options, catalogue.related(), batch,
                                                      state_.dependencies, related_answers_.get());
    if (feed_) related_fields_->set_wanting(&feed_->links);
    state_.related_fields = related_fields_.get();
  }
}

std::string Engine::explain() const {
  return match_words(match_, state_.decisions[0].keys, matcher_.candidates());
}

std::vector<Group> Engine::group_by_organization() const {
  std::vector<Group> groups;
  std::map<std::int64_t, std::size_t> places;
  for (std::uint32_t i = 0; i < state_.batch.items.size(); ++i) {
    const Item& item = state_.batch.items[i];
    if (item.status != Status::pending) continue;
    if (groups.empty() || groups.back().organization_id != item.organization_id) {
      const auto [place, added] = places.try_emplace(item.organization_id, groups.size());
      if (added) groups.push_back({item.organization_id, {}, {}, {}});
      groups[place->second].items.push_back(i);
    } else {
      groups.back().items.push_back(i);
    }
  }
  // All writers use the same order.
  std::sort(groups.begin(), groups.end(),
            [](const Group& a, const Group& b) { return a.organization_id < b.organization_id; });
  return groups;
}

void Engine::run(const std::function<void()>& done_reading) {
  auto groups = group_by_organization();
  if (groups.empty()) return abort_on_rejects();
  resolve(groups);
  if (state_.options.read_only) return decide_all(groups);
  Rounds(state_, writer_, duplicates_).run(groups, [&] { decide_all(groups); });
  abort_on_rejects();  // for rows that were kept out
  if (feed_) feed_->note_batch(state_);
  if (state_.options.wants_products) show(done_reading);
}

// Finds the rows that documents name beside their product.
void Engine::resolve(const std::vector<Group>& groups) {
  const Stopwatch stopwatch(effort_.deciding);
  own_types_.check_said();
  for (const Group& group : groups) {
    if (related_fields_) related_fields_->resolve(group.organization_id, group.items);
  }
}

// Decides all documents without writing anything.
void Engine::decide_all(std::vector<Group>& groups) {
  const Stopwatch stopwatch(effort_.deciding);
  ++effort_.rounds;
  state_.clear();
  matcher_.clear();
  duplicates_.clear();
  state_.catalogue.at_one_time([&] {
    for (const Group& group : groups) decide(group);
  });
  if (feed_) feed_->links.note_links();
  abort_on_rejects();
  for (Group& group : groups) {
    group.pending.clear();
    for (std::uint32_t i : group.items) {
      if (state_.batch.items[i].status == Status::pending) group.pending.push_back(i);
    }
    if (feed_) feed_->collisions.note_given_up(group);
  }
}

void Engine::decide(const Group& group) {
  matcher_.look_up(group);
  plan(group);
  duplicates_.settle(group);
  if (state_.options.on_duplicate == OnDuplicate::reject) return check(group);
  // The others are represented by these.
  Group standing{group.organization_id, {}, {}, {}};
  std::copy_if(group.items.begin(), group.items.end(), std::back_inserter(standing.items),
               [&](std::uint32_t i) { return state_.batch.items[i].status == Status::pending; });
  check(standing);
}

// Checks documents against one another, other products, and the caller's permissions.
void Engine::check(const Group& group) {
  state_.dependencies.begin(group.items);
  uniqueness_.find_collisions(group);
  uniqueness_.check_taken(group);
  if (related_fields_) related_fields_->check(group.organization_id, group.items);
  check_rights(state_, group);
  // The last check, because the parents depend on which documents stand.
  if (related_fields_) related_fields_->check_parents(group.organization_id, group.items);
  state_.dependencies.fail_dependents();
  settle(group);
  show_unchanged(group);
  if (state_.options.wants_levels) decide_levels(state_, group);
}

void Engine::plan(const Group& group) {
  Items standing;
  for (std::uint32_t i : group.items) {
    check_interrupts();
    const bool stands = matcher_.choose(i) && match_check_.stands(i);
    if (stands) standing.push_back(i);
    const Item& item = state_.batch.items[i];
    // Every failure is reported, also of a document whose variants are not planned. A tombstone
    // says nothing of them.
    if (related_fields_ && (!stands || (item.stale && !item.tombstone)))
      related_fields_->check_variant_names(i);
  }
  if (related_fields_) {
    Items speaking;  // documents that say more than which product they mean
    std::copy_if(standing.begin(), standing.end(), std::back_inserter(speaking),
                 [&](std::uint32_t i) { return !state_.batch.items[i].tombstone; });
    related_fields_->read(group.organization_id, speaking);
  }
  planner_.plan(standing);
  own_types_.check_merged(standing);
}

// Rejects failed documents, and finishes those that change nothing.
void Engine::settle(const Group& group) {
  const Profile& profile = state_.batch.profile;
  for (std::uint32_t index : group.items) {
    check_interrupts();
    Item& item = state_.batch.items[index];
    if (item.status != Status::pending) continue;  // another document stands for it
    if (item.deleted && !item.stale && !item.stored.empty())
      item.deleted = merged(state_.batch, item, Column::is_deleted, state_.options).as_boolean();
    if (const Field* const f = item.deleted ? profile.field_of(Column::is_deleted) : nullptr) {
      const auto place = profile.index_of(*f);
      const Value& said = state_.batch.value(item, place);
      item.says_deleted = said.kind() == Kind::boolean && said.as_boolean();
    }
    if (!item.failures.empty()) {
      item.status = Status::rejected;
      if (!is_parked(item)) forget_parking(item);
      if (item.id == 0) item.decided_by = nullptr;  // nothing was found or created
    } else if (item.removes) {
      item.deleted = false;
      if (state_.options.wants_products) item.result = state_.answer_of_stored(item);
    } else if (item.id == 0 && item.tombstone) {
      item.status = Status::unchanged;
    } else if (item.id != 0 && item.changed.empty()) {
      item.status = Status::unchanged;
      if (state_.options.wants_products) item.result = state_.answer_of_stored(item);
    }
  }
}

// Reads what answers show of unchanged products beyond their rows. This uses the same snapshot as
// the rows, so that the answer was true at one moment. The same holds for products that are
// deleted.
void Engine::show_unchanged(const Group& group) {
  if (!related_answers_) return;
  if (state_.related_fields) state_.related_fields->give_unchanged();
  std::vector<RelatedAnswers::Subject> subjects;
  for (std::uint32_t i : group.items) {
    const Item& item = state_.batch.items[i];
    if ((item.status == Status::unchanged || item.removes) && !item.result.empty())
      subjects.push_back({item.id, item.result});
  }
  if (!subjects.empty())
    related_answers_->read(state_.catalogue.related(), group.organization_id, subjects);
}

void Engine::abort_on_rejects() {
  if (feed_) feed_->check_refused(state_);
  if (state_.options.skip_rejects || state_.options.read_only) return;
  const bool any = std::any_of(state_.batch.items.begin(), state_.batch.items.end(),
                               [](const Item& i) { return i.status == Status::rejected; });
  if (any) throw refuse_batch(state_.batch);
}

// Reads what answers show beyond the products' own rows. Memory that is no longer needed is
// released first.
void Engine::show(const std::function<void()>& done_reading) {
  related_fields_.reset();
  state_.related_fields = nullptr;
  state_.decisions = {};
  state_.others = {};
  if (done_reading) done_reading();
  state_.batch.keep_results();
  if (!related_answers_) return;
  std::map<std::int64_t, std::vector<RelatedAnswers::Subject>> subjects;
  for (const Item& item : state_.batch.items) {
    if (item.status != Status::rejected && item.id != 0)
      subjects[item.organization_id].push_back({item.id, item.result});
  }
  for (const auto& [organization_id, products] : subjects)
    related_answers_->read(state_.catalogue.related(), organization_id, products);
  state_.batch.related_answers = std::move(related_answers_);
}

}  // namespace product_upsert
