#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace product_upsert::schedules {

enum class Isolation : std::uint8_t { read_committed, repeatable_read };

// What PostgreSQL would raise, by its SQLSTATE.
class SqlError : public std::runtime_error {
 public:
  SqlError(const char* state, const std::string& message)
      : std::runtime_error(message), state(state) {}
  std::string state;
};
inline constexpr const char* kUniqueViolation = "23505";
inline constexpr const char* kForeignKeyViolation = "23503";
inline constexpr const char* kSerializationFailure = "40001";
inline constexpr const char* kDeadlockDetected = "40P01";

// A transaction or a subtransaction; 0: what was there before all of them.
using Xid = std::uint32_t;

// What a statement sees: all that had committed by then, and what its own transaction did in
// earlier commands.
struct Snapshot {
  std::uint64_t commits = 0;
  std::uint32_t command = 0;
};

// Which transactions there are and what became of them.
class Transactions {
 public:
  enum class State : std::uint8_t { running, committed, aborted };

  Transactions() : all_(1) { all_[0].state = State::committed; }
  Xid begin(int session);
  Xid begin_within(Xid parent);
  // Of a transaction, not of a subtransaction, whose fate is its parent's unless it is aborted.
  void commit(Xid xid);
  void abort(Xid xid) { all_[xid].state = State::aborted; }
  // Of a subtransaction: it is its parent's from now on.
  void release(Xid xid) { all_[xid].released = true; }
  bool is_released(Xid xid) const { return all_[xid].released; }

  State state(Xid xid) const;
  Xid top(Xid xid) const;
  int session(Xid xid) const { return all_[top(xid)].session; }
  std::uint64_t commits() const { return commits_; }
  // Whether the transaction had committed as the snapshot was taken.
  bool had_committed(Xid xid, const Snapshot& snapshot) const;

 private:
  struct Entry {
    Xid parent = 0;
    State state = State::running;
    int session = -1;
    bool released = false;
    std::uint64_t committed_at = 0;
  };
  std::vector<Entry> all_;
  std::uint64_t commits_ = 0;
};

// The strengths of PostgreSQL's row locks.
enum class RowLock : std::uint8_t { key_share, share, no_key_update, update };
bool conflict(RowLock a, RowLock b);

}  // namespace product_upsert::schedules
