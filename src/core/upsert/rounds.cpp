// Engine: what was decided is written; what is lost to another writer is decided anew; what the
// owner of the tables keeps out is found and rejected.
#include <algorithm>
#include <numeric>
#include <string_view>
#include <tuple>

#include "core/upsert/engine.hpp"
#include "core/upsert/refused_rows.hpp"

namespace product_upsert {

namespace {

// From this round on a single product that keeps moving is locked before it is read.
constexpr int kUnlockedRounds = 2;
// A document that alone was not written so often, while no look-up found anybody in its way, is
// kept out by what the owner of the tables has made: a constraint, a trigger, a policy.
constexpr int kMostStrikes = 3;

// So many subtransactions within one another, at most; each has its place on the stack.
constexpr int kMostOpen = 100;

constexpr std::string_view kForeignKeyViolation = "23503";
// Where a product stood that did not stand anywhere; no row has this place.
constexpr std::uint64_t kNowhere = ~std::uint64_t{0};

// Thrown to undo a round in which a deadlock was broken: what the round has written and keeps may
// be what the other side waits for.
struct Deadlocked {};

}  // namespace

// Rows of ours that others wait for while we wait for theirs are how deadlocks come about. So where
// one of several products is lost to another writer all are undone; next time they are locked
// first, in an order that all writers share, and given back with what is written should that fail.
bool Engine::is_contended(const std::vector<Group>& groups) {
  return std::any_of(groups.begin(), groups.end(),
                     [](const Group& g) { return !g.contended.empty(); });
}

void Engine::lock(const std::vector<Group>& groups) {
  for (const Group& group : groups) {
    // Before any row: a writer that has rows and waits for this would be waited for.
    if (parts_ && parts_->locks_parents()) parts_->lock_parents(group.organization_id);
  }
  for (const Group& group : groups) {
    if (!group.contended.empty()) catalogue_.lock(group.organization_id, group.contended);
  }
}

// A round: everything is decided, and written as far as nobody is in the way. Groups are left with
// what is to be decided anew.
void Engine::run_round(std::vector<Group>& groups) {
  // What is written of one organization is held while the next one's rows are waited for.
  const bool locks =
      groups.size() > 1 || is_contended(groups) || (parts_ && parts_->may_move_parents());
  if (!careful_ && !locks) {
    decide_all(groups);
    return try_again(groups.front(), write(groups.front()));
  }
  std::vector<std::size_t> failures;
  for (const Group& group : groups) {
    for (std::uint32_t i : group.items) failures.push_back(batch_.items[i].failures.size());
  }
  bool decided = false;
  bool whole = false;
  Attempt outcome = Attempt::deadlock;
  try {
    WriteError error;
    outcome = catalogue_.atomically(
        [&] {
          lock(groups);
          decide_all(groups);
          decided = true;
          whole = careful_ ? write_carefully(groups) : write_all(groups);
          return whole;
        },
        Catching::deadlocks, error);
  } catch (const Deadlocked&) {
  }
  if (outcome == Attempt::done) return;
  if (!decided) followers_.clear();
  auto before = failures.begin();
  for (Group& group : groups) {
    // A deadlock in the middle: whatever was found out by then is found out anew.
    if (!decided) {
      group.pending = group.items;
      for (std::uint32_t i : group.items) {
        auto& found = batch_.items[i].failures;
        found.erase(found.begin() + static_cast<std::ptrdiff_t>(*before++), found.end());
      }
    } else {
      // What turned out not to be writable stays rejected.
      std::erase_if(group.pending,
                    [&](std::uint32_t i) { return batch_.items[i].status == Status::rejected; });
    }
    for (std::uint32_t i : group.pending) take_back(i);
    try_again(group, group.pending);
  }
}

// What is locked is written all at once, or given back.
bool Engine::write_all(std::vector<Group>& groups) {
  WriteError error;
  Writer::Manner manner = usual_manner();
  manner.fails_at_many = round_ == 0;
  const Attempt outcome = catalogue_.atomically(
      [&] {
        return std::all_of(groups.begin(), groups.end(), [&](Group& group) {
          const auto result = writer_->write(group.organization_id, group.pending, manner);
          note_refused(result.lost);
          return result.lost.empty() && result.parts_written;
        });
      },
      Catching::whatever_rows_meet, error);
  if (outcome == Attempt::done) {
    for (Group& group : groups) try_again(group, {});
    return true;
  }
  if (outcome == Attempt::taken && catalogue_.sees_one_time()) {
    for (Group& group : groups) {
      for (std::uint32_t i : group.pending) take_back(i);
      refuse_unseen(group);
    }
  }
  note_outcome(outcome);
  return false;
}

// Returns what was lost to other writers.
Items Engine::write(const Group& group) {
  Writer::Manner manner = usual_manner();
  if (!may_be_undone(group.pending)) {
    manner.may_wait = false;
    return writer_->write(group.organization_id, group.pending, manner).lost;
  }
  manner.fails_at_many = round_ == 0;
  const Attempt outcome = attempt(group, group.pending, manner).outcome;
  if (outcome == Attempt::done) return {};
  note_outcome(outcome);
  return group.pending;
}

Writer::Manner Engine::usual_manner() const {
  Writer::Manner manner;
  manner.asks_for_ids = round_ > 0;
  return manner;
}

// Writes the items, all or none. Once they are written `then` runs, where it is given, before they
// are released: it handles what fails in it by itself.
Engine::Verdict Engine::attempt(const Group& group, const Items& items, Writer::Manner manner,
                                const std::function<void()>& then) {
  Verdict verdict;
  bool written = false;
  verdict.outcome = catalogue_.atomically(
      [&] {
        const auto result = writer_->write(group.organization_id, items, manner);
        note_refused(result.lost);
        verdict.rows_written = result.lost.empty();
        written = verdict.rows_written && result.parts_written;
        if (written && then) then();
        return written;
      },
      Catching::whatever_rows_meet, verdict.error);
  if (verdict.outcome == Attempt::done) return verdict;
  // It is undone with what came behind it, of which nothing is known now.
  if (written && then) throw Deadlocked{};
  for (std::uint32_t i : items) take_back(i);
  // Whoever has the key is not seen by this transaction, and never will be.
  if (verdict.outcome == Attempt::taken && catalogue_.sees_one_time()) refuse_unseen(group);
  return verdict;
}

// After a failure that another round will not mend by itself, it is gone through row by row.
void Engine::note_outcome(Attempt outcome) {
  if (outcome == Attempt::failed) careful_ = true;
  if (outcome == Attempt::taken || outcome == Attempt::undone) careful_ |= ++losses_ >= 2;
}

// A product that was not written although it is where it was read, or a new one that was not let in
// and still is found nowhere, is not another writer's doing.
void Engine::note_refused(const Items& lost) {
  for (std::uint32_t i : lost) {
    Work& work = work_[i];
    const Item& item = batch_.items[i];
    const std::uint64_t place = item.id == 0 ? kNowhere : item.tid;
    // Within a round nothing is read anew, so that it may have moved since.
    if (work.refused_tid != place) {
      work.refused_tid = place;
      work.refused_in_round = round_;
    }
    work.refused_again = work.refused_in_round < round_;
    careful_ |= work.refused_again;
  }
}

// As the item was before an attempt to write it.
void Engine::take_back(std::uint32_t index) {
  Item& item = batch_.items[index];
  if (item.status == Status::rejected) return;
  if (const auto before = before_.find(index); before != before_.end()) {
    std::tie(item.id, item.version, item.tid) = before->second;
  } else if (item.status == Status::created) {
    item.id = 0;
  }
  item.status = Status::pending;
  item.result = {};
}

// Leaves the group with what was lost, to be decided anew.
void Engine::try_again(Group& group, Items lost) {
  std::sort(lost.begin(), lost.end());
  group.contended.clear();
  const bool locks = group.pending.size() > 1 || round_ + 1 >= kUnlockedRounds;
  for (std::uint32_t i : lost) {
    if (locks && batch_.items[i].id != 0) group.contended.push_back(batch_.items[i].id);
    forget(i);
  }
  std::sort(group.contended.begin(), group.contended.end());
  group.items = std::move(lost);
}

// Back to the start: the item is matched again.
void Engine::forget(std::uint32_t index) {
  Item& item = batch_.items[index];
  for (const auto& [field, said] : work_[index].overruled) batch_.set(item, field, said);
  Work fresh;
  fresh.refused_tid = work_[index].refused_tid;
  fresh.refused_in_round = work_[index].refused_in_round;
  fresh.strikes = work_[index].strikes;
  work_[index] = std::move(fresh);
  item.id = 0;
  item.version = 0;
  item.tid = 0;
  item.stored = {};
  item.result = {};
  item.changed.clear();
  item.decided_by = nullptr;
  item.stale = false;
  item.deleted = false;
  item.status = Status::pending;
  if (parts_) parts_->forget(index);
}

// Whether what is written may have to be undone: a single row is written or not, unless it has to
// wait for another writer, who may wait for us: once it has lost a round it is waited for. Where
// errors are to be told of their documents, nothing else may suffer.
bool Engine::may_be_undone(const Items& pending) const {
  if (pending.empty()) return false;
  if (round_ > 0 || pending.size() > 1 || options_.skip_rejects ||
      (parts_ && parts_->may_lose(pending)))
    return true;
  const ColumnSet keys = rules_.columns();
  return std::any_of(pending.begin(), pending.end(), [&](std::uint32_t i) {
    const Item& item = batch_.items[i];
    return item.id != 0 &&
           std::any_of(item.changed.begin(), item.changed.end(), [&](std::uint16_t f) {
             return f != Item::kUnknownFields && batch_.profile.fields[f].writes_column() &&
                    keys.has(batch_.profile.fields[f].column);
           });
  });
}

// Where one statement sees what another does not, the keys of the items are looked for once more:
// in what is committed now. Found, it was a race, and the caller's transaction has to begin again.
void Engine::refuse_unseen(const Group& group) {
  class Others final : public FoundSink {
   public:
    explicit Others(const Batch& batch) : batch_(batch) {}
    void found(std::uint32_t item, std::uint16_t, const StoredProduct& row) override {
      any |= row.id != batch_.items[item].id;
    }
    bool any = false;

   private:
    const Batch& batch_;
  } others(batch_);
  // All of them: those that a document says itself were looked up by what the transaction sees.
  KeyGroups keys;
  for (std::uint32_t i : group.pending) {
    for (const ItemKey& k : work_[i].final_keys) keys.add(i, k.rule, rules_.rules[k.rule], k.key);
  }
  const auto lookups = keys.take();
  const auto failures = [&] {
    return std::accumulate(
        group.pending.begin(), group.pending.end(), std::size_t{0},
        [&](std::size_t n, std::uint32_t i) { return n + batch_.items[i].failures.size(); });
  };
  const std::size_t before = failures();
  catalogue_.at_one_time(
      [&] {
        if (!lookups.empty()) catalogue_.find(group.organization_id, lookups, {}, others);
        if (parts_) parts_->check(group.organization_id, group.pending);
      },
      Seen::now);
  if (!others.any && failures() == before) return;
  throw Refusal(Refused::serialization, "could not serialize access due to concurrent writers",
                "Try the transaction again.");
}

// --- row by row ---

// Finds out what cannot be written, which is rejected. True where the rest is written; where any of
// it is lost to another writer nothing is to be kept: it would be held while that one is waited
// for.
bool Engine::write_carefully(std::vector<Group>& groups) {
  before_.clear();
  bool whole = true;
  for (Group& group : groups) {
    for (std::uint32_t i : group.pending) {
      const Item& item = batch_.items[i];
      before_.emplace(i, std::tuple(item.id, item.version, item.tid));
    }
    const std::vector<Items> components = dependencies_.components(group.pending);
    std::vector<std::span<const Items>> untried;
    if (!components.empty()) untried.emplace_back(components);
    Items lost;
    write_untried(group, untried, lost, 0);
    whole = whole && lost.empty();
  }
  if (whole) {
    for (Group& group : groups) try_again(group, {});
  }
  return whole;
}

// Halves, until the culprits stand alone. A half that is written stays open while the rest is
// tried within it. Released, it would belong to what surrounds it, and whoever waits for one of its
// rows would from then on wait for our transaction's end, even if all of it is undone before.
void Engine::write_untried(const Group& group, std::vector<std::span<const Items>>& untried,
                           Items& lost, int open) {
  while (!untried.empty()) {
    const std::span<const Items> components = untried.back();
    untried.pop_back();
    Items items;
    for (const Items& c : components) items.insert(items.end(), c.begin(), c.end());
    Writer::Manner manner = usual_manner();
    manner.fails_at_one = true;
    std::function<void()> then;
    if (open < kMostOpen) then = [&] { write_untried(group, untried, lost, open + 1); };
    const Verdict verdict = attempt(group, items, manner, then);
    if (verdict.outcome == Attempt::done) continue;
    if (verdict.outcome == Attempt::deadlock) throw Deadlocked{};
    if (components.size() > 1) {
      const std::size_t half = components.size() / 2;
      untried.push_back(components.subspan(half));
      untried.push_back(components.first(half));
    } else if (items.size() == 1) {
      if (!judge(group, items.front(), verdict)) lost.push_back(items.front());
    } else {
      judge_component(group, items, verdict, lost);
    }
  }
}

// Tries the items from `first` on, one by one, each within those before it that were written.
void Engine::try_each(const Group& group, std::span<const std::uint32_t> items,
                      std::span<Verdict> verdicts, int open) {
  Writer::Manner manner = usual_manner();
  manner.fails_at_one = true;
  std::size_t next = 0;
  while (next < items.size()) {
    const std::size_t i = next++;
    std::function<void()> then;
    if (open < kMostOpen) {
      then = [&] {
        verdicts[i].outcome = Attempt::done;
        try_each(group, items.subspan(next), verdicts.subspan(next), open + 1);
        next = items.size();
      };
    }
    verdicts[i] = attempt(group, {items[i]}, manner, then);
  }
}

// Documents that are written together or not at all: each is tried by itself, behind those that it
// depends on, and all is undone. What fails of itself is rejected, the others are decided anew.
void Engine::judge_component(const Group& group, const Items& items, const Verdict& all,
                             Items& lost) {
  std::vector<Verdict> verdicts(items.size());
  WriteError ignored;
  catalogue_.atomically(
      [&] {
        try_each(group, items, verdicts, 0);
        return false;
      },
      Catching::deadlocks, ignored);
  for (std::uint32_t i : items) take_back(i);
  // One that depends on another that was not written may have failed for that alone; a key that is
  // not given up is only taken, so that where two swap theirs, a constraint's word counts.
  std::unordered_map<std::uint32_t, std::size_t> places;
  for (std::size_t i = 0; i < items.size(); ++i) places.emplace(items[i], i);
  std::vector<char> excused(items.size(), 0);
  for (const Dependencies::Edge& e : dependencies_.edges()) {
    const auto item = places.find(e.item);
    const auto on = places.find(e.on);
    if (item == places.end() || on == places.end()) continue;
    const Attempt other = verdicts[on->second].outcome;
    const Verdict& own = verdicts[item->second];
    const bool failed =
        own.outcome == Attempt::failed && own.error.sqlstate != kForeignKeyViolation;
    if (failed ? other == Attempt::failed : other != Attempt::done) excused[item->second] = 1;
  }
  bool any = false;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const bool of_itself = verdicts[i].outcome != Attempt::done && excused[i] == 0;
    if (of_itself && judge(group, items[i], verdicts[i])) any = true;
    else lost.push_back(items[i]);
  }
  if (any) return;
  // Each can be written, but not all: where that goes on, none is.
  for (std::uint32_t i : items) {
    if (judge(group, i, all)) std::erase(lost, i);
  }
}

// Of an item that was not written by itself: true where it is rejected for that, false where it is
// to be decided anew.
bool Engine::judge(const Group& group, std::uint32_t index, const Verdict& verdict) {
  const Attempt outcome = verdict.outcome;
  const WriteError& error = verdict.error;
  Item& item = batch_.items[index];
  Work& work = work_[index];
  if (outcome == Attempt::deadlock) return false;
  // A plain insert of nothing meets no key; an update leaves a row where it was twice.
  const bool row_lost = outcome == Attempt::undone && !verdict.rows_written;
  const bool suppressed = row_lost && (item.id == 0 || work.refused_again);
  if (row_lost && !suppressed) return false;
  if (!suppressed && outcome != Attempt::failed && ++work.strikes < kMostStrikes) return false;
  if (outcome == Attempt::undone) {
    fail(item, Code::suppressed, "",
         "was not written: a trigger, rule or policy of the table kept it as it was");
  } else if (!(parts_ && error.sqlstate == kForeignKeyViolation &&
               parts_->fail_missing_references(group.organization_id, index))) {
    item.failures.push_back(failure_of(error, batch_.profile));
  }
  item.status = Status::rejected;
  if (item.id == 0) item.decided_by = nullptr;
  return true;
}

}  // namespace product_upsert
