#pragma once

#include <functional>
#include <vector>

#include "core/upsert/batch_state.hpp"
#include "core/upsert/careful_writing.hpp"
#include "core/upsert/duplicates.hpp"
#include "core/upsert/write_attempts.hpp"

namespace product_upsert {

// Writes what was decided, and decides again what was lost to another writer, until no writer
// interferes. doc/architecture.md describes the states of a round.
class Rounds {
 public:
  // All must outlive it.
  Rounds(BatchState& state, Writer& writer, Duplicates& duplicates)
      : state_(state),
        duplicates_(duplicates),
        attempts_(state, writer),
        careful_(state, attempts_) {}

  // Every item of the groups ends created, updated, unchanged or rejected. `decide` is called once
  // in each round: it decides Group::items and fills Group::pending. Throws what `decide` throws,
  // and Refusal (serialization) after too many rounds.
  void run(std::vector<Group>& groups, const std::function<void()>& decide);

 private:
  void run_round(std::vector<Group>& groups, const std::function<void()>& decide);
  Attempt run_guarded(std::vector<Group>& groups, const std::function<void()>& decide,
                      bool& decided);
  bool may_deadlock(const std::vector<Group>& groups) const;
  void lock(const std::vector<Group>& groups);
  bool write_all(std::vector<Group>& groups);
  Items write(const Group& group);
  bool may_be_undone(const Items& pending) const;
  void try_again(Group& group, Items lost);

  BatchState& state_;
  Duplicates& duplicates_;
  WriteAttempts attempts_;
  CarefulWriting careful_;
};

}  // namespace product_upsert
