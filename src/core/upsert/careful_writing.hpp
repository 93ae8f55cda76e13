#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/upsert/batch_state.hpp"
#include "core/upsert/write_attempts.hpp"

namespace product_upsert {

// Finds out row by row what cannot be written, and rejects it (rule 60: constraint, suppressed),
// without a subtransaction a document: after an error the items are halved until the culprits stand
// alone.
class CarefulWriting {
 public:
  // Both must outlive it.
  CarefulWriting(BatchState& state, WriteAttempts& attempts) : state_(state), attempts_(attempts) {}
  // Called within atomically(). True where all that was not rejected is written; where any of it is
  // lost to another writer nothing is to be kept: it would be held while that one is waited for.
  // Throws Deadlocked.
  bool write(const std::vector<Group>& groups);

 private:
  using Verdict = WriteAttempts::Verdict;

  void write_untried(const Group& group, std::vector<std::span<const Items>>& untried, Items& lost,
                     int open);
  void try_each(const Group& group, std::span<const std::uint32_t> items,
                std::span<Verdict> verdicts, int open);
  void judge_component(const Group& group, const Items& items, const Verdict& all, Items& lost);
  std::vector<char> find_excused(const Items& items, std::span<const Verdict> verdicts) const;
  bool judge(const Group& group, std::uint32_t index, const Verdict& verdict);

  BatchState& state_;
  WriteAttempts& attempts_;
};

}  // namespace product_upsert
