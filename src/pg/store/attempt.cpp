#include "pg/store/attempt.hpp"

#include <algorithm>
#include <random>

#include "pg/boundary/boundary.hpp"
#include "pg/boundary/wait_point.hpp"

extern "C" {
#include "access/xact.h"
#include "miscadmin.h"
#include "storage/proc.h"
}

namespace product_upsert {

namespace {

// Detects a deadlock that we undo ourselves after milliseconds: deadlock_timeout's default, a
// second, is for sessions that have to report it to a user. A session that has been the victim
// several times waits longer, so that the other one is the next.
class ShortDeadlockTimeout {
 public:
  explicit ShortDeadlockTimeout(int deadlocks) {
    DeadlockTimeout = std::min(DeadlockTimeout, 20 << std::clamp(deadlocks - 2, 0, 4));
  }
  ShortDeadlockTimeout(const ShortDeadlockTimeout&) = delete;
  ShortDeadlockTimeout& operator=(const ShortDeadlockTimeout&) = delete;
  ~ShortDeadlockTimeout() { DeadlockTimeout = milliseconds_; }

 private:
  int milliseconds_ = DeadlockTimeout;
};

class Inside {
 public:
  explicit Inside(int& depth) : depth_(depth) { ++depth_; }
  Inside(const Inside&) = delete;
  Inside& operator=(const Inside&) = delete;
  ~Inside() { --depth_; }

 private:
  int& depth_;
};

bool is_no_deadlock(int sqlstate) { return sqlstate != ERRCODE_T_R_DEADLOCK_DETECTED; }

bool any_error(int) { return true; }
bool is_no_rows_fault_or_deadlock(int sqlstate) {
  return sqlstate == ERRCODE_T_R_DEADLOCK_DETECTED || is_no_rows_fault(sqlstate);
}

// Gives the other session time to take what it waited for after a broken deadlock; otherwise we
// would be in its way again. If several sessions give way to one another, one has to come back
// first: each waits a random time, which grows with the number of its deadlocks.
void give_way(int deadlocks) {
  static std::minstd_rand random(static_cast<unsigned>(MyProcPid));
  const int longest = 20'000 << std::min(deadlocks, 4);
  const long microseconds = std::uniform_int_distribution<int>(10'000, longest)(random);
  static uint32 event = 0;
  Call([microseconds] {
    if (event == 0) event = compat::wait_event("ProductUpsertGiveWay");
    pgstat_report_wait_start(event);
    pg_usleep(microseconds);
    pgstat_report_wait_end();
    CHECK_FOR_INTERRUPTS();
  });
}

}  // namespace

Attempts::Attempts() : holds_locks_(TransactionIdIsValid(GetTopTransactionIdIfAny())) {}

Attempt Attempts::run(const std::function<bool()>& body, Catching catching, WriteError& error) {
  pay();  // pays for an attempt that an exception of the caller left
  const Attempt outcome = run_within(body, catching, error);
  pay();
  return outcome;
}

// Only after everything is undone: the other session may wait for what is still held.
void Attempts::pay() {
  if (depth_ > 0 || !owes_way_) return;
  owes_way_ = false;
  give_way(patience_);
}

Attempt Attempts::run_within(const std::function<bool()>& body, Catching catching,
                             WriteError& error) {
  // Thrown if the body asks for an undo: any exception that leaves the subtransaction undoes it.
  struct Undo {};
  // Undoing does not release the locks that the transaction took before the call. In that case, the
  // sooner a deadlock is detected, the better for all who wait.
  const int patience = holds_locks_ ? 0 : deadlocks_;
  const ShortDeadlockTimeout soon(patience);
  const Inside inside(depth_);
  const bool gives_up = holds_locks_ && deadlocks_ >= kMostDeadlocks;
  Assert(depth_ > 0);
  bool (*passes)(int) = catching == Catching::deadlocks ? is_no_deadlock : is_no_rows_fault;
  if (gives_up) passes = catching == Catching::deadlocks ? any_error : is_no_rows_fault_or_deadlock;
  Raised raised;
  try {
    raised = CatchInSubtransaction(
        [&] {
          if (!body()) throw Undo{};
        },
        passes);
  } catch (const Undo&) {
    return Attempt::undone;
  }
  if (raised.sqlstate == 0) {
    if (depth_ == 1) deadlocks_ = 0;
    return Attempt::done;
  }
  PRODUCT_UPSERT_WAIT_POINT("undone");
  if (raised.sqlstate == ERRCODE_T_R_DEADLOCK_DETECTED) {
    ++deadlocks_;
    owes_way_ = true;
    patience_ = patience;
    return Attempt::deadlock;
  }
  error = {raised.code(),           std::move(raised.message),    std::move(raised.detail),
           std::move(raised.hint),  std::move(raised.constraint), std::move(raised.table),
           std::move(raised.column)};
  return raised.sqlstate == ERRCODE_UNIQUE_VIOLATION ? Attempt::taken : Attempt::failed;
}

}  // namespace product_upsert
