#include "core/upsert/careful_writing.hpp"

#include <algorithm>
#include <functional>
#include <string_view>
#include <unordered_map>

#include "core/upsert/refused_rows.hpp"
#include "core/value/assert.hpp"

namespace product_upsert {

namespace {

// If a document alone was not written this many times, and no look-up found another row in its way,
// then something of the tables' owner keeps it out: a constraint, a trigger or a policy.
constexpr int kMostStrikes = 3;
// The most nested subtransactions; each takes space on the stack.
constexpr int kMostOpen = 100;

}  // namespace

bool CarefulWriting::write(const std::vector<Group>& groups) {
  attempts_.forget_remembered();
  bool whole = true;
  for (const Group& group : groups) {
    attempts_.remember(group.pending);
    const std::vector<Items> components = state_.dependencies.components(group.pending);
    std::vector<std::span<const Items>> untried;
    if (!components.empty()) untried.emplace_back(components);
    Items lost;
    write_untried(group, untried, lost, 0);
    whole = whole && lost.empty();
  }
  return whole;
}

// Splits the items in halves until the culprits are alone. A half that is written stays open while
// the rest is tried inside it. If it were released, it would belong to the surrounding transaction:
// a session that waits for one of its rows would then wait for our transaction's end, even if all
// of it is undone before.
void CarefulWriting::write_untried(const Group& group, std::vector<std::span<const Items>>& untried,
                                   Items& lost, int open) {
  while (!untried.empty()) {
    const std::span<const Items> components = untried.back();
    untried.pop_back();
    PRODUCT_UPSERT_ASSERT(!components.empty() && open <= kMostOpen);
    Items items;
    for (const Items& c : components) items.insert(items.end(), c.begin(), c.end());
    Writer::Manner manner = attempts_.usual_manner();
    manner.fails_at_one = true;
    std::function<void()> then;
    if (open < kMostOpen) then = [&] { write_untried(group, untried, lost, open + 1); };
    const Verdict verdict = attempts_.attempt(group, items, manner, then);
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

// Tries the items from `first` on, one by one, each inside the subtransactions of those that were
// written before.
void CarefulWriting::try_each(const Group& group, std::span<const std::uint32_t> items,
                              std::span<Verdict> verdicts, int open) {
  PRODUCT_UPSERT_ASSERT(verdicts.size() == items.size() && open <= kMostOpen);
  Writer::Manner manner = attempts_.usual_manner();
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
    verdicts[i] = attempts_.attempt(group, {items[i]}, manner, then);
  }
}

// For documents that must be written together or not at all. Each is tried after those it depends
// on, and everything is undone. A document that fails by itself is rejected; the others are decided
// again.
void CarefulWriting::judge_component(const Group& group, const Items& items, const Verdict& all,
                                     Items& lost) {
  std::vector<Verdict> verdicts(items.size());
  PRODUCT_UPSERT_ASSERT(items.size() > 1);
  WriteError ignored;
  state_.catalogue.atomically(
      [&] {
        try_each(group, items, verdicts, 0);
        return false;
      },
      Catching::deadlocks, ignored);
  for (std::uint32_t i : items) attempts_.take_back(i);
  const std::vector<char> excused = find_excused(items, verdicts);
  bool any = false;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const bool of_itself = verdicts[i].outcome != Attempt::done && excused[i] == 0;
    if (of_itself && judge(group, items[i], verdicts[i])) any = true;
    else lost.push_back(items[i]);
  }
  if (any) return;
  // Each can be written, but not all together. If that happens repeatedly, none is written.
  for (std::uint32_t i : items) {
    if (judge(group, i, all)) std::erase(lost, i);
  }
}

// Documents that may have failed only because another one was not written: those that depend on it.
// A key that was not released is only `taken`; so if two documents swap keys, the error of a
// constraint still counts.
std::vector<char> CarefulWriting::find_excused(const Items& items,
                                               std::span<const Verdict> verdicts) const {
  std::unordered_map<std::uint32_t, std::size_t> places;
  for (std::size_t i = 0; i < items.size(); ++i) places.emplace(items[i], i);
  std::vector<char> excused(items.size(), 0);
  for (const Dependencies::Edge& e : state_.dependencies.edges()) {
    const auto item = places.find(e.item);
    const auto on = places.find(e.on);
    if (item == places.end() || on == places.end()) continue;
    const Attempt other = verdicts[on->second].outcome;
    const Verdict& own = verdicts[item->second];
    const bool failed =
        own.outcome == Attempt::failed && own.error.sqlstate != kForeignKeyViolation;
    if (failed ? other == Attempt::failed : other != Attempt::done) excused[item->second] = 1;
  }
  return excused;
}

// Judges an item that was not written although it was alone. Returns true if it is rejected, false
// if it is decided again.
bool CarefulWriting::judge(const Group& group, std::uint32_t index, const Verdict& verdict) {
  PRODUCT_UPSERT_ASSERT(group.organization_id == state_.batch.items[index].organization_id);
  const Attempt outcome = verdict.outcome;
  const WriteError& error = verdict.error;
  Item& item = state_.batch.items[index];
  Decision& decision = state_.decisions[index];
  if (outcome == Attempt::deadlock) return false;
  // An insert that inserts nothing has met no taken key, so it was suppressed; so was an update if
  // the row has stayed in place twice.
  const bool row_lost = outcome == Attempt::undone && !verdict.rows_written;
  const bool suppressed = row_lost && (item.id == 0 || decision.refused_again);
  if (row_lost && !suppressed) return false;
  if (!suppressed && outcome != Attempt::failed && ++decision.strikes < kMostStrikes) return false;
  if (outcome == Attempt::undone) {
    item.fail(Code::suppressed, "",
              "was not written: a trigger, rule or policy of the table kept it as it was");
  } else if (!(state_.related_fields && error.sqlstate == kForeignKeyViolation &&
               state_.related_fields->fail_missing_references(group.organization_id, index))) {
    item.failures.push_back(failure_of(error, state_.batch.profile));
  }
  item.status = Status::rejected;
  if (item.id == 0) item.decided_by = nullptr;
  return true;
}

}  // namespace product_upsert
