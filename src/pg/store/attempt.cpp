#include "pg/store/attempt.hpp"

#include <algorithm>
#include <random>

#include "pg/boundary/boundary.hpp"
#include "pg/boundary/wait_point.hpp"
#include "pg/store/related_store.hpp"

extern "C" {
#include "access/xact.h"
#include "miscadmin.h"
#include "storage/proc.h"
#include "utils/lsyscache.h"
#include "utils/relcache.h"
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

bool is_owners(const Trigger& trigger) { return !trigger.tgisinternal; }

bool has_owners_triggers(const char* name, Oid space) {
  const Oid oid = get_relname_relid(name, space);
  const Relation table = OidIsValid(oid) ? RelationIdGetRelation(oid) : nullptr;
  if (table == nullptr) return false;
  const TriggerDesc* const t = table->trigdesc;
  const bool has =
      t != nullptr && std::any_of(t->triggers, t->triggers + t->numtriggers, is_owners);
  RelationClose(table);
  return has;
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

bool Attempts::has_written() { return TransactionIdIsValid(GetTopTransactionIdIfAny()); }

// A trigger of the owner may handle errors, and would see a lock_timeout that nobody has set.
bool Attempts::may_yield() {
  if (may_yield_) return *may_yield_;
  bool found = false;
  for (std::size_t t = 0; t < kTables && !found; ++t) {
    const std::string name = unqualified_name(static_cast<Table>(t));
    found =
        Call([name = name.c_str(), space = space_] { return has_owners_triggers(name, space); });
  }
  may_yield_ = !found;
  return !found;
}

// Ends each wait of an outermost attempt for a lock after milliseconds, as soon as it takes a
// second row. Each time it waits longer, since what is undone was work, but not so long that the
// other session gives up. A lock_timeout of the user's is not touched.
class Attempts::Yielding {
 public:
  Yielding(Attempts& attempts, bool gives_up)
      : attempts_(attempts),
        is_outermost_(attempts.yielding_ == nullptr && !gives_up && LockTimeout == 0) {
    if (is_outermost_) attempts_.yielding_ = this;
  }
  Yielding(const Yielding&) = delete;
  Yielding& operator=(const Yielding&) = delete;
  ~Yielding() {
    if (yields_) LockTimeout = 0;
    if (is_outermost_) attempts_.yielding_ = nullptr;
  }
  void take_rows(std::size_t rows) {
    rows_ += rows;
    if (rows_ <= 1 || yields_ || !attempts_.may_yield()) return;
    yields_ = true;
    LockTimeout = 1000 << std::min(attempts_.yields_, 3);
  }
  bool yields() const { return yields_; }

 private:
  Attempts& attempts_;
  const bool is_outermost_;
  bool yields_ = false;
  std::size_t rows_ = 0;
};

void Attempts::take_rows(std::size_t rows) {
  if (yielding_ != nullptr) yielding_->take_rows(rows);
}

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
  const bool gives_up = holds_locks_ && deadlocks_ >= kMostDeadlocks;
  const ShortDeadlockTimeout soon(patience);
  const Yielding yielding(*this, gives_up);
  const Inside inside(depth_);
  Assert(depth_ > 0);
  const auto passes = [&](int sqlstate) {
    if (sqlstate == ERRCODE_T_R_DEADLOCK_DETECTED) return gives_up;
    if (sqlstate == ERRCODE_LOCK_NOT_AVAILABLE && yielding.yields()) return false;
    return catching == Catching::deadlocks || is_no_rows_fault(sqlstate);
  };
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
  if (raised.sqlstate == ERRCODE_LOCK_NOT_AVAILABLE) {
    ++yields_;
    owes_way_ = true;
    patience_ = 0;
    return Attempt::yielded;
  }
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
