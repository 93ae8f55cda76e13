#pragma once

#include <cstdint>
#include <functional>
#include <tuple>
#include <unordered_map>

#include "core/upsert/batch_state.hpp"
#include "core/upsert/writer.hpp"

namespace product_upsert {

// Thrown to undo a round in which PostgreSQL broke a deadlock: the other session may wait for what
// the round has already written.
struct Deadlocked {};

// Writes items, all or none, and records what was lost: to another writer, or because the owner of
// the tables keeps a row out.
class WriteAttempts {
 public:
  struct Verdict {
    Attempt outcome = Attempt::done;
    WriteError error;
    bool rows_written = false;  // of product; else some were lost
  };

  // Both must outlive it.
  WriteAttempts(BatchState& state, Writer& writer) : state_(state), writer_(writer) {}

  void begin_round(int round) {
    round_ = round;
    yielded_ = false;
  }
  int round() const { return round_; }
  // Whether, from the next round on, refused rows are searched row by row.
  bool careful() const { return careful_; }

  Writer::Manner usual_manner() const;
  // Writes the items, all or none. After that `then` runs, if given, before they are released; it
  // must handle its own failures. If the attempt fails, the items are as before. Throws Refusal
  // (serialization) if this transaction cannot see which writer interfered, and Deadlocked if later
  // writes were undone too.
  Verdict attempt(const Group& group, const Items& items, Writer::Manner manner,
                  const std::function<void()>& then = {});
  // All pending items of the groups at once.
  Attempt attempt_all(const std::vector<Group>& groups, Writer::Manner manner);
  // Writes one group, in a case where nothing has to be undone; returns what was lost to other
  // writers.
  Items write_unguarded(const Group& group, Writer::Manner manner);
  // An attempt that yielded is tried again as after a deadlock, but no round is lost by it: it
  // would still be waiting.
  Attempt note_yield(Attempt outcome);
  bool yielded() const { return yielded_; }
  // After a failure that another round would repeat, the rows are tried one by one.
  void note_outcome(Attempt outcome);

  // Remembers id, version and place of the items for take_back().
  void remember(const Items& items);
  void forget_remembered() { before_.clear(); }
  // Restores the item as it was before an attempt to write it.
  void take_back(std::uint32_t index);

 private:
  void note_refused(const Items& lost);
  void refuse_unseen(const Group& group);

  BatchState& state_;
  Writer& writer_;
  int round_ = 0;
  int losses_ = 0;  // attempts that were undone, not for a deadlock
  bool careful_ = false;
  bool yielded_ = false;  // in this round
  std::unordered_map<std::uint32_t, std::tuple<std::int64_t, std::int32_t, std::uint64_t>> before_;
};

}  // namespace product_upsert
