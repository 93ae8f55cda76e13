#include "pg/store/attempt.hpp"

#include <algorithm>

#include "pg/boundary/boundary.hpp"
#include "pg/boundary/wait_point.hpp"

extern "C" {
#include "storage/proc.h"
}

namespace product_upsert {

namespace {

// A deadlock that we undo ourselves is looked for after milliseconds: a second, deadlock_timeout's
// default, is for those who have to tell a user.
class SoonBroken {
 public:
  SoonBroken() { DeadlockTimeout = std::min(DeadlockTimeout, 20); }
  SoonBroken(const SoonBroken&) = delete;
  SoonBroken& operator=(const SoonBroken&) = delete;
  ~SoonBroken() { DeadlockTimeout = milliseconds_; }

 private:
  int milliseconds_ = DeadlockTimeout;
};

bool is_no_deadlock(int sqlstate) { return sqlstate != ERRCODE_T_R_DEADLOCK_DETECTED; }

// Errors that are not about a row that is written: what is wrong with the transaction, the server
// or its resources, and a cancel. Everything else a trigger, say, may raise about a row.
bool is_no_rows_fault(int sqlstate) {
  if (sqlstate == ERRCODE_T_R_DEADLOCK_DETECTED) return false;
  if (sqlstate == ERRCODE_LOCK_NOT_AVAILABLE || sqlstate == ERRCODE_PROGRAM_LIMIT_EXCEEDED)
    return true;
  constexpr int kClasses[] = {ERRCODE_CONNECTION_EXCEPTION,     ERRCODE_INVALID_TRANSACTION_STATE,
                              ERRCODE_TRANSACTION_ROLLBACK,     ERRCODE_INSUFFICIENT_RESOURCES,
                              ERRCODE_OPERATOR_INTERVENTION,    ERRCODE_SYSTEM_ERROR,
                              ERRCODE_CONFIG_FILE_ERROR,        ERRCODE_INTERNAL_ERROR,
                              ERRCODE_READ_ONLY_SQL_TRANSACTION};
  return std::any_of(std::begin(kClasses), std::end(kClasses), [&](int c) {
    return ERRCODE_TO_CATEGORY(sqlstate) == ERRCODE_TO_CATEGORY(c);
  });
}

// The other side of a broken deadlock is given time to take what it waited for: we would only stand
// in its way again.
void give_way() {
  constexpr long kMicroseconds = 20'000;
  Call([] {
    pg_usleep(kMicroseconds);
    CHECK_FOR_INTERRUPTS();
  });
}

}  // namespace

Attempt run_attempt(const std::function<bool()>& body, Catching catching, WriteError& error) {
  // Thrown where the body asks to be undone: whatever passes through the subtransaction undoes it.
  struct Undo {};
  const SoonBroken soon;
  Raised raised;
  try {
    raised = CatchInSubtransaction(
        [&] {
          if (!body()) throw Undo{};
        },
        catching == Catching::deadlocks ? is_no_deadlock : is_no_rows_fault);
  } catch (const Undo&) {
    return Attempt::undone;
  }
  if (raised.sqlstate == 0) return Attempt::done;
  PRODUCT_UPSERT_WAIT_POINT("undone");
  if (raised.sqlstate == ERRCODE_T_R_DEADLOCK_DETECTED) {
    give_way();
    return Attempt::deadlock;
  }
  error = {raised.code(),           std::move(raised.message),    std::move(raised.detail),
           std::move(raised.hint),  std::move(raised.constraint), std::move(raised.table),
           std::move(raised.column)};
  return raised.sqlstate == ERRCODE_UNIQUE_VIOLATION ? Attempt::taken : Attempt::failed;
}

}  // namespace product_upsert
