#include "core/upsert/rounds.hpp"

#include <algorithm>
#include <cstddef>

#include "core/value/assert.hpp"

namespace product_upsert {

namespace {

// After this many rounds, losing is not chance: something hides the product.
constexpr int kMostLostRounds = 50;
// From this round on, a single product that keeps moving is locked before it is read.
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
    // A round that finishes any document is not counted as lost.
    if (count_items(groups) == before && !attempts_.yielded()) ++lost;
    std::erase_if(groups, [](const Group& g) { return g.items.empty(); });
  }
}

// Decides everything, and writes what no other writer prevents. Leaves in the groups what has to be
// decided again.
void Rounds::run_round(std::vector<Group>& groups, const std::function<void()>& decide) {
  if (!attempts_.careful() && !may_deadlock(groups)) {
    PRODUCT_UPSERT_ASSERT(groups.size() == 1);
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
    // After a deadlock, all that was decided so far is decided again.
    if (!decided) {
      group.pending = group.items;
      for (std::uint32_t i : group.items) {
        auto& found = state_.batch.items[i].failures;
        found.erase(found.begin() + static_cast<std::ptrdiff_t>(*before++), found.end());
      }
    } else {
      // Items that turned out to be impossible to write stay rejected.
      std::erase_if(group.pending, [&](std::uint32_t i) {
        return state_.batch.items[i].status == Status::rejected;
      });
    }
    for (std::uint32_t i : group.pending) attempts_.take_back(i);
    try_again(group, group.pending);
  }
}

// Runs the whole round in a subtransaction, so that its locks are released if it fails.
Attempt Rounds::run_guarded(std::vector<Group>& groups, const std::function<void()>& decide,
                            bool& decided) {
  WriteError error;
  try {
    return attempts_.note_yield(state_.catalogue.atomically(
        [&] {
          lock(groups);
          decide();
          decided = true;
          if (!attempts_.careful()) return write_all(groups);
          if (!careful_.write(groups)) return false;
          for (Group& group : groups) try_again(group, {});
          return true;
        },
        Catching::deadlocks, error));
  } catch (const Deadlocked&) {
    return Attempt::deadlock;
  }
}

// A deadlock needs a session that waits for others while they wait for its rows. So if one of
// several products is lost to another writer, all are undone. In the next round they are locked
// first, in an order that all writers share, and the locks are released if that fails.
bool Rounds::may_deadlock(const std::vector<Group>& groups) const {
  // The rows written for one organization stay locked while those of the next are waited for.
  return groups.size() > 1 ||
         (state_.related_fields && state_.related_fields->may_move_parents()) ||
         std::any_of(groups.begin(), groups.end(),
                     [](const Group& g) { return !g.contended.empty(); });
}

void Rounds::lock(const std::vector<Group>& groups) {
  for (const Group& group : groups) {
    // Before any row: otherwise a writer that has rows could wait for this lock while we wait for
    // the rows.
    if (state_.related_fields && state_.related_fields->locks_parents())
      state_.related_fields->lock_parents(group.organization_id);
  }
  for (const Group& group : groups) {
    if (!group.contended.empty()) state_.catalogue.lock(group.organization_id, group.contended);
  }
}

// Writes everything that is locked, or releases the locks.
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

// Returns the items that were lost to other writers.
Items Rounds::write(const Group& group) {
  PRODUCT_UPSERT_ASSERT(group.contended.empty());
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

// Whether what is written may have to be undone. A single row is either written or not, unless it
// may have to wait for another writer, which may wait for us: that is the case after it has lost a
// round. If errors are reported for each document, an error must not affect the others. If the call
// has other documents, it says which one the error is about (fine point f).
bool Rounds::may_be_undone(const Items& pending) const {
  if (pending.empty()) return false;
  const Batch& batch = state_.batch;
  const bool one_of_several = batch.bulk && (batch.before > 0 || batch.items.size() > 1);
  if (attempts_.round() > 0 || pending.size() > 1 || one_of_several ||
      state_.options.skip_rejects ||
      (state_.related_fields && state_.related_fields->may_lose(pending)))
    return true;
  const ColumnSet keys = state_.rules.columns();
  return std::any_of(pending.begin(), pending.end(), [&](std::uint32_t i) {
    const Item& item = state_.batch.items[i];
    if (item.removes) return true;
    if (item.id == 0) return !state_.catalogue.leaves_out_taken();
    return std::any_of(item.changed.begin(), item.changed.end(), [&](std::uint16_t f) {
      return f != Item::kUnknownFields && state_.batch.profile.fields[f].writes_column() &&
             keys.has(state_.batch.profile.fields[f].column);
    });
  });
}

// Leaves the lost items in the group, to be decided again.
void Rounds::try_again(Group& group, Items lost) {
  std::sort(lost.begin(), lost.end());
  group.contended.clear();
  PRODUCT_UPSERT_ASSERT(std::adjacent_find(lost.begin(), lost.end()) == lost.end());
  const bool locks = group.pending.size() > 1 || attempts_.round() + 1 >= kUnlockedRounds;
  for (std::uint32_t i : lost) {
    if (locks && state_.batch.items[i].id != 0) group.contended.push_back(state_.batch.items[i].id);
    state_.forget(i);
  }
  std::sort(group.contended.begin(), group.contended.end());
  group.items = std::move(lost);
}

}  // namespace product_upsert
