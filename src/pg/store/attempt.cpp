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

bool is_no_rows_fault(int sqlstate) {
  if (sqlstate == ERRCODE_T_R_DEADLOCK_DETECTED) return false;
  if (sqlstate == ERRCODE_LOCK_NOT_AVAILABLE) return true;
  constexpr int kClasses[] = {ERRCODE_CONNECTION_EXCEPTION,     ERRCODE_INVALID_TRANSACTION_STATE,
                              ERRCODE_TRANSACTION_ROLLBACK,     ERRCODE_INSUFFICIENT_RESOURCES,
                              ERRCODE_OPERATOR_INTERVENTION,    ERRCODE_SYSTEM_ERROR,
                              ERRCODE_CONFIG_FILE_ERROR,        ERRCODE_INTERNAL_ERROR,
                              ERRCODE_READ_ONLY_SQL_TRANSACTION};
  return std::any_of(std::begin(kClasses), std::end(kClasses), [&](int c) {
    return ERRCODE_TO_CATEGORY(sqlstate) == ERRCODE_TO_CATEGORY(c);
  });
}

namespace {

// A deadlock that we undo ourselves is looked for after milliseconds: a second, deadlock_timeout's
// default, is for those who have to tell a user. Who has been the victim again and again waits
// longer, so that another is.
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

// The other side of a broken deadlock is given time to take what it waited for: we would only stand
// in its way again. Of several who give way to one another one has to come back first: each waits
// a time by chance, and longer the more often it was the victim.
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
  pay();  // what an exception of the caller's own, thrown through the last attempt, left to be paid
  const Attempt outcome = run_within(body, catching, error);
  pay();
  return outcome;
}

// Not before everything is undone: what is still held may be what the other side waits for.
void Attempts::pay() {
  if (depth_ > 0 || !owes_way_) return;
  owes_way_ = false;
  give_way(patience_);
}

Attempt Attempts::run_within(const std::function<bool()>& body, Catching catching,
                             WriteError& error) {
  // Thrown where the body asks to be undone: whatever passes through the subtransaction undoes it.
  struct Undo {};
  // What the transaction did before the call is not given back, however often this is undone: then
  // the sooner that is known the better for all who wait.
  const int patience = holds_locks_ ? 0 : deadlocks_;
  const ShortDeadlockTimeout soon(patience);
  const Inside inside(depth_);
  const bool gives_up = holds_locks_ && deadlocks_ >= kMostDeadlocks;
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
