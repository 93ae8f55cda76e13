#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/upsert/batch_state.hpp"
#include "core/upsert/write_attempts.hpp"

namespace product_upsert {

// Finds the rows that cannot be written and rejects them (rule 60: constraint, suppressed), without
// a subtransaction for each document: after an error the items are halved until the refused ones
// stand alone.
class CarefulWriting {
 public:
  // Both must outlive it.
  CarefulWriting(BatchState& state, WriteAttempts& attempts) : state_(state), attempts_(attempts) {}
  // To be called within atomically(). Returns true if everything that was not rejected is written.
  // If anything was lost to another writer, nothing may be kept, because it would be held while
  // waiting for that writer. Throws Deadlocked.
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
