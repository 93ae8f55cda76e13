#include "core/upsert/rounds.hpp"

#include <algorithm>
#include <cstddef>

namespace product_upsert {

namespace {

// So many rounds lost to concurrent writers are bad luck no more: somebody hides the product.
constexpr int kMostLostRounds = 50;
// From this round on a single product that keeps moving is locked before it is read.
constexpr int kUnlockedRounds = 2;

std::size_t count_items(const std::vector<Group>& groups) {
  std::size_t count = 0;
  for (const Group& group : groups) count += group.items.size();
  return count;
}

}  // namespace

void Rounds::run(std::vector<Group>& groups, const std::function<void()>& decide) {
  int lost = 0;
  for (int round = 0; !groups.empty(); ++round) {
    if (lost == kMostLostRounds) {
      throw Refusal(Refused::serialization,
                    "could not write the products because of concurrent writers", "Try again.");
    }
    attempts_.begin_round(round);
    const std::size_t before = count_items(groups);
    run_round(groups, decide);
    duplicates_.join(groups);
    // One that settles a document, such as the next that may stand for its product, is not lost.
    if (count_items(groups) == before) ++lost;
    std::erase_if(groups, [](const Group& g) { return g.items.empty(); });
  }
}

// Everything is decided, and written as far as nobody is in the way. Groups are left with what is
// to be decided anew.
void Rounds::run_round(std::vector<Group>& groups, const std::function<void()>& decide) {
  if (!attempts_.careful() && !may_deadlock(groups)) {
    decide();
    return try_again(groups.front(), write(groups.front()));
  }
  std::vector<std::size_t> failures;
  for (const Group& group : groups) {
    for (std::uint32_t i : group.items) failures.push_back(state_.batch.items[i].failures.size());
  }
  bool decided = false;
  if (run_guarded(groups, decide, decided) == Attempt::done) return;
  if (!decided) duplicates_.clear();
  auto before = failures.begin();
  for (Group& group : groups) {
    // A deadlock in the middle: whatever was found out by then is found out anew.
    if (!decided) {
      group.pending = group.items;
      for (std::uint32_t i : group.items) {
        auto& found = state_.batch.items[i].failures;
        found.erase(found.begin() + static_cast<std::ptrdiff_t>(*before++), found.end());
      }
    } else {
      // What turned out not to be writable stays rejected.
      std::erase_if(group.pending, [&](std::uint32_t i) {
        return state_.batch.items[i].status == Status::rejected;
      });
    }
    for (std::uint32_t i : group.pending) attempts_.take_back(i);
    try_again(group, group.pending);
  }
}

// All of the round in one subtransaction: what is locked is given back should that fail.
Attempt Rounds::run_guarded(std::vector<Group>& groups, const std::function<void()>& decide,
                            bool& decided) {
  WriteError error;
  try {
    return state_.catalogue.atomically(
        [&] {
          lock(groups);
          decide();
          decided = true;
          if (!attempts_.careful()) return write_all(groups);
          if (!careful_.write(groups)) return false;
          for (Group& group : groups) try_again(group, {});
          return true;
        },
        Catching::deadlocks, error);
  } catch (const Deadlocked&) {
    return Attempt::deadlock;
  }
}

// Rows of ours that others wait for while we wait for theirs are how deadlocks come about. So where
// one of several products is lost to another writer all are undone; next time they are locked
// first, in an order that all writers share, and given back with what is written should that fail.
bool Rounds::may_deadlock(const std::vector<Group>& groups) const {
  // What is written of one organization is held while the next one's rows are waited for.
  return groups.size() > 1 ||
         (state_.related_fields && state_.related_fields->may_move_parents()) ||
         std::any_of(groups.begin(), groups.end(),
                     [](const Group& g) { return !g.contended.empty(); });
}

void Rounds::lock(const std::vector<Group>& groups) {
  for (const Group& group : groups) {
    // Before any row: a writer that has rows and waits for this would be waited for.
    if (state_.related_fields && state_.related_fields->locks_parents())
      state_.related_fields->lock_parents(group.organization_id);
  }
  for (const Group& group : groups) {
    if (!group.contended.empty()) state_.catalogue.lock(group.organization_id, group.contended);
  }
}

// What is locked is written all at once, or given back.
bool Rounds::write_all(std::vector<Group>& groups) {
  Writer::Manner manner = attempts_.usual_manner();
  manner.fails_at_many = attempts_.round() == 0;
  const Attempt outcome = attempts_.attempt_all(groups, manner);
  if (outcome == Attempt::done) {
    for (Group& group : groups) try_again(group, {});
    return true;
  }
  attempts_.note_outcome(outcome);
  return false;
}

// Returns what was lost to other writers.
Items Rounds::write(const Group& group) {
  Writer::Manner manner = attempts_.usual_manner();
  if (!may_be_undone(group.pending)) {
    manner.may_wait = false;
    return attempts_.write_unguarded(group, manner);
  }
  manner.fails_at_many = attempts_.round() == 0;
  const Attempt outcome = attempts_.attempt(group, group.pending, manner).outcome;
  if (outcome == Attempt::done) return {};
  attempts_.note_outcome(outcome);
  return group.pending;
}

// Whether what is written may have to be undone: a single row is written or not, unless it has to
// wait for another writer, who may wait for us: once it has lost a round it is waited for. Where
// errors are to be told of their documents, nothing else may suffer.
bool Rounds::may_be_undone(const Items& pending) const {
  if (pending.empty()) return false;
  if (attempts_.round() > 0 || pending.size() > 1 || state_.options.skip_rejects ||
      (state_.related_fields && state_.related_fields->may_lose(pending)))
    return true;
  const ColumnSet keys = state_.rules.columns();
  return std::any_of(pending.begin(), pending.end(), [&](std::uint32_t i) {
    const Item& item = state_.batch.items[i];
    if (item.removes) return true;
    return item.id != 0 &&
           std::any_of(item.changed.begin(), item.changed.end(), [&](std::uint16_t f) {
             return f != Item::kUnknownFields && state_.batch.profile.fields[f].writes_column() &&
                    keys.has(state_.batch.profile.fields[f].column);
           });
  });
}

// Leaves the group with what was lost, to be decided anew.
void Rounds::try_again(Group& group, Items lost) {
  std::sort(lost.begin(), lost.end());
  group.contended.clear();
  const bool locks = group.pending.size() > 1 || attempts_.round() + 1 >= kUnlockedRounds;
  for (std::uint32_t i : lost) {
    if (locks && state_.batch.items[i].id != 0) group.contended.push_back(state_.batch.items[i].id);
    state_.forget(i);
  }
  std::sort(group.contended.begin(), group.contended.end());
  group.items = std::move(lost);
}

}  // namespace product_upsert
