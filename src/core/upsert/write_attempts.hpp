#pragma once

#include <cstdint>
#include <functional>
#include <tuple>
#include <unordered_map>

#include "core/upsert/batch_state.hpp"
#include "core/upsert/writer.hpp"

namespace product_upsert {

// Thrown to undo a round in which a deadlock was broken: what the round has written and keeps may
// be what the other side waits for.
struct Deadlocked {};

// Writes items so that all of it stands or none, and keeps account of what was lost: whether
// another writer was in the way, or the owner of the tables keeps a row out.
class WriteAttempts {
 public:
  struct Verdict {
    Attempt outcome = Attempt::done;
    WriteError error;
    bool rows_written = false;  // of product; else some were lost
  };

  // Both must outlive it.
  WriteAttempts(BatchState& state, Writer& writer) : state_(state), writer_(writer) {}

  void begin_round(int round) { round_ = round; }
  int round() const { return round_; }
  // What is kept out is to be looked for row by row, from the next round on.
  bool careful() const { return careful_; }

  Writer::Manner usual_manner() const;
  // Writes the items, all or none. Once they are written `then` runs, where it is given, before
  // they are released: it handles what fails in it by itself. Where nothing stands the items are as
  // before. Throws Refusal (serialization) where this transaction cannot see who is in the way, and
  // Deadlocked where what came behind is undone with it.
  Verdict attempt(const Group& group, const Items& items, Writer::Manner manner,
                  const std::function<void()>& then = {});
  // All pending items of the groups at once.
  Attempt attempt_all(const std::vector<Group>& groups, Writer::Manner manner);
  // A group by itself, where nothing has to be undone; returns what was lost to other writers.
  Items write_unguarded(const Group& group, Writer::Manner manner);
  // After a failure that another round will not mend by itself, it is gone through row by row.
  void note_outcome(Attempt outcome);

  // Id, version and place of the items are kept, for take_back().
  void remember(const Items& items);
  void forget_remembered() { before_.clear(); }
  // As the item was before an attempt to write it.
  void take_back(std::uint32_t index);

 private:
  void note_refused(const Items& lost);
  void refuse_unseen(const Group& group);

  BatchState& state_;
  Writer& writer_;
  int round_ = 0;
  int losses_ = 0;  // attempts that were undone, not for a deadlock
  bool careful_ = false;
  std::unordered_map<std::uint32_t, std::tuple<std::int64_t, std::int32_t, std::uint64_t>> before_;
};

}  // namespace product_upsert
