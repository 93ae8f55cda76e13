#include "core/upsert/write_attempts.hpp"

#include <algorithm>
#include <numeric>

#include "core/value/assert.hpp"

namespace product_upsert {

namespace {

// The tid of a product that had none; no row has it.
constexpr std::uint64_t kNowhere = ~std::uint64_t{0};

// Finds out whether a product other than the item's own has a key.
class OtherHolders final : public FoundSink {
 public:
  explicit OtherHolders(const Batch& batch) : batch_(batch) {}
  void found(std::uint32_t item, std::uint16_t, const StoredProduct& row) override {
    any |= row.id != batch_.items[item].id;
  }
  bool any = false;

 private:
  const Batch& batch_;
};

}  // namespace

Writer::Manner WriteAttempts::usual_manner() const {
  Writer::Manner manner;
  manner.asks_for_ids = round_ > 0;
  return manner;
}

WriteAttempts::Verdict WriteAttempts::attempt(const Group& group, const Items& items,
                                              Writer::Manner manner,
                                              const std::function<void()>& then) {
  Verdict verdict;
  bool written = false;
  PRODUCT_UPSERT_ASSERT(!items.empty());
  verdict.outcome = note_yield(state_.catalogue.atomically(
      [&] {
        const auto result = writer_.write(group.organization_id, items, manner);
        note_refused(result.lost);
        verdict.rows_written = result.lost.empty();
        written = verdict.rows_written && result.related_written;
        if (written && then) then();
        return written;
      },
      Catching::whatever_rows_meet, verdict.error));
  if (verdict.outcome == Attempt::done) return verdict;
  // It was undone together with what followed, of which nothing is known now.
  if (written && then) throw Deadlocked{};
  for (std::uint32_t i : items) take_back(i);
  // This transaction does not see who has the key, and never will.
  if (verdict.outcome == Attempt::taken && state_.catalogue.sees_one_time()) refuse_unseen(group);
  return verdict;
}

Attempt WriteAttempts::attempt_all(const std::vector<Group>& groups, Writer::Manner manner) {
  WriteError error;
  const Attempt outcome = note_yield(state_.catalogue.atomically(
      [&] {
        return std::all_of(groups.begin(), groups.end(), [&](const Group& group) {
          const auto result = writer_.write(group.organization_id, group.pending, manner);
          note_refused(result.lost);
          return result.lost.empty() && result.related_written;
        });
      },
      Catching::whatever_rows_meet, error));
  if (outcome == Attempt::taken && state_.catalogue.sees_one_time()) {
    for (const Group& group : groups) {
      for (std::uint32_t i : group.pending) take_back(i);
      refuse_unseen(group);
    }
  }
  return outcome;
}

Items WriteAttempts::write_unguarded(const Group& group, Writer::Manner manner) {
  return writer_.write(group.organization_id, group.pending, manner).lost;
}

void WriteAttempts::remember(const Items& items) {
  for (std::uint32_t i : items) {
    const Item& item = state_.batch.items[i];
    before_.emplace(i, std::tuple(item.id, item.version, item.tid));
  }
}

Attempt WriteAttempts::note_yield(Attempt outcome) {
  if (outcome != Attempt::yielded) return outcome;
  yielded_ = true;
  return Attempt::deadlock;
}

void WriteAttempts::note_outcome(Attempt outcome) {
  if (outcome == Attempt::failed) careful_ = true;
  if (outcome == Attempt::taken || outcome == Attempt::undone) careful_ |= ++losses_ >= 2;
}

// If a product was not written although its row is where it was read, or if a new one was refused
// and is still found nowhere, it was not because of another writer.
void WriteAttempts::note_refused(const Items& lost) {
  for (std::uint32_t i : lost) {
    Decision& decision = state_.decisions[i];
    const Item& item = state_.batch.items[i];
    const std::uint64_t place = item.id == 0 ? kNowhere : item.tid;
    // Nothing is read again within a round, so the row may have moved since.
    if (decision.refused_tid != place) {
      decision.refused_tid = place;
      decision.refused_in_round = round_;
    }
    decision.refused_again = decision.refused_in_round < round_;
    PRODUCT_UPSERT_ASSERT(decision.refused_in_round <= round_);
    careful_ |= decision.refused_again;
  }
}

void WriteAttempts::take_back(std::uint32_t index) {
  Item& item = state_.batch.items[index];
  if (item.status == Status::rejected) return;
  if (const auto before = before_.find(index); before != before_.end()) {
    std::tie(item.id, item.version, item.tid) = before->second;
  } else if (item.status == Status::created) {
    item.id = 0;
  }
  item.status = Status::pending;
  item.result = {};
}

// If different statements can see different rows, the keys of the items are looked up again in what
// is committed now. If one is found, it was a race, and the caller's transaction has to begin
// again.
void WriteAttempts::refuse_unseen(const Group& group) {
  OtherHolders others(state_.batch);
  // All keys, because those that a document gives were looked up by the transaction's snapshot.
  KeyGroups keys;
  for (std::uint32_t i : group.pending) {
    for (const ItemKey& k : state_.decisions[i].final_keys)
      keys.add(i, k.rule, state_.rules.rules[k.rule], k.key);
  }
  const auto lookups = keys.take();
  const auto failures = [&] {
    return std::accumulate(
        group.pending.begin(), group.pending.end(), std::size_t{0},
        [&](std::size_t n, std::uint32_t i) { return n + state_.batch.items[i].failures.size(); });
  };
  const std::size_t before = failures();
  state_.catalogue.at_one_time(
      [&] {
        if (!lookups.empty()) state_.catalogue.find(group.organization_id, lookups, {}, others);
        if (state_.related_fields)
          state_.related_fields->check(group.organization_id, group.pending);
      },
      Seen::now);
  if (!others.any && failures() == before) return;
  throw Refusal(Refused::serialization, "could not serialize access due to concurrent writers",
                "Try the transaction again.");
}

}  // namespace product_upsert
