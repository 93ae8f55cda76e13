#include "pg/store/attempt.hpp"

#include <algorithm>
#include <cstring>
#include <random>
#include <utility>

#include "pg/boundary/boundary.hpp"
#include "pg/boundary/wait_point.hpp"
#include "pg/store/related_store.hpp"

extern "C" {
#include "access/xact.h"
#include "miscadmin.h"
#include "storage/proc.h"
#include "utils/lsyscache.h"
#include "utils/relcache.h"
#include "utils/timeout.h"
}

namespace product_upsert {

namespace {

// Waits for others grow with deadlocks, and double so many times.
constexpr int kMostPatience = 4;

// While it lives, PostgreSQL looks for a deadlock after so many milliseconds of a wait.
class DeadlockCheck {
 public:
  explicit DeadlockCheck(int milliseconds) { DeadlockTimeout = milliseconds; }
  DeadlockCheck(const DeadlockCheck&) = delete;
  DeadlockCheck& operator=(const DeadlockCheck&) = delete;
  ~DeadlockCheck() { DeadlockTimeout = before_; }

 private:
  const int before_ = DeadlockTimeout;
};

// Several calls in a row yield in that time.
constexpr int kInQueue = 6000;  // milliseconds
// So many deadlocks are undone before an attempt keeps its place in the queue, so many times.
constexpr int kFirstUndone = 3;
constexpr int kMostInQueue = 2;

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

constexpr int kShortestWay = 10'000;  // microseconds

int longest_way(int patience) { return 20'000 << std::min(patience, kMostPatience); }

// Gives the other session time to take what it waited for; otherwise we would be in its way again.
// If several sessions give way to one another, one has to come back first: each waits a random time
// of at least so many microseconds.
void give_way(int shortest, int longest) {
  static std::minstd_rand random(static_cast<unsigned>(MyProcPid));
  const long microseconds = std::uniform_int_distribution<int>(shortest, longest)(random);
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
// second one. Each time it waits longer, since what is undone was work, but not so long that the
// other session gives up. A lock_timeout of the user's is not touched.
class Attempts::Yielding {
 public:
  Yielding(Attempts& attempts, bool gives_up)
      : attempts_(attempts),
        counts_(attempts.yielding_ == nullptr && !gives_up && LockTimeout == 0) {
    if (counts_) attempts_.yielding_ = this;
  }
  Yielding(const Yielding&) = delete;
  Yielding& operator=(const Yielding&) = delete;
  ~Yielding() {
    if (yields_) LockTimeout = 0;
    if (counts_) attempts_.yielding_ = nullptr;
  }
  void take_locks(std::size_t locks) {
    locks_ += locks;
    if (locks_ <= 1 || yields_ || attempts_.yields_ == kMostYields || !attempts_.may_yield())
      return;
    yields_ = true;
    LockTimeout = 1000 << std::min(attempts_.yields_, 3);
  }
  // A timeout may come just when the lock is granted. Then it is raised here, where it is caught.
  void raise_late() const {
    if (yields_) Call([] { CHECK_FOR_INTERRUPTS(); });
  }
  // Or just when another error ends the wait: then nothing is left to end.
  void forget_late() const {
    if (!yields_) return;
    Call([] {
      if (get_timeout_indicator(LOCK_TIMEOUT, true) &&
          !get_timeout_indicator(STATEMENT_TIMEOUT, false))
        QueryCancelPending = false;
    });
  }
  // Whether the error ends such a wait. An owner's function may raise one with the same SQLSTATE;
  // one of a parallel worker has no message_id.
  bool has_waited(const ErrorData& raised) const {
    return yields_ && raised.sqlerrcode == ERRCODE_LOCK_NOT_AVAILABLE &&
           raised.message_id != nullptr &&
           std::strcmp(raised.message_id, "canceling statement due to lock timeout") == 0;
  }

 private:
  Attempts& attempts_;
  const bool counts_;  // the outermost, unless it gives up or the user has set lock_timeout
  bool yields_ = false;
  std::size_t locks_ = 0;
};

void Attempts::take_locks(std::size_t locks) {
  if (depth_ == 0) keeps_batches_ = true;
  if (yielding_ != nullptr) yielding_->take_locks(locks);
}

Attempts::InQueue::InQueue(const Attempts& attempts) : before_(DeadlockTimeout) {
  if (attempts.depth_ > 0 && attempts.keeps_locks_ && attempts.deadlocks_ < kMostInQueue)
    DeadlockTimeout = kInQueue;
}

Attempts::InQueue::~InQueue() { DeadlockTimeout = before_; }

// deadlock_timeout's default, a second, is for sessions that have to report a deadlock to a user;
// we undo it. Who has been the victim several times waits longer, so that the other one is the
// next. If that does not help, a later batch of a feed keeps its place in the queue.
int Attempts::deadlock_timeout(int patience) const {
  if (keeps_batches_ && deadlocks_ >= kFirstUndone && deadlocks_ < kFirstUndone + kMostInQueue)
    return kInQueue;
  return std::min(DeadlockTimeout, 20 << std::clamp(patience - 2, 0, kMostPatience));
}

Attempt Attempts::run(const std::function<bool()>& body, Catching catching, WriteError& error) {
  pay();  // pays for an attempt that an exception of the caller left
  const Attempt outcome = run_within(body, catching, error);
  pay();
  return outcome;
}

// Only after everything is undone: the other session may wait for what is still held.
void Attempts::pay() {
  if (depth_ > 0 || owed_ == Owed::nothing) return;
  // Who yields waits longer than the other one sleeps before it comes back.
  const int longest = longest_way(kMostPatience);
  if (std::exchange(owed_, Owed::nothing) == Owed::yield) give_way(longest, longest + longest / 4);
  else give_way(kShortestWay, longest_way(patience_));
}

Attempt Attempts::run_within(const std::function<bool()>& body, Catching catching,
                             WriteError& error) {
  // Thrown if the body asks for an undo: any exception that leaves the subtransaction undoes it.
  struct Undo {};
  // Undoing does not release the locks that the transaction took before the call. In that case, the
  // sooner a deadlock is detected, the better for all who wait.
  const int patience = holds_locks_ && !keeps_batches_ ? 0 : deadlocks_;
  const bool gives_up = holds_locks_ && deadlocks_ >= kMostDeadlocks;
  if (depth_ == 0) keeps_locks_ = has_written();
  const DeadlockCheck check(deadlock_timeout(patience));
  const Yielding yielding(*this, gives_up);
  const Inside inside(depth_);
  Assert(depth_ > 0);
  const auto passes = [&](const ErrorData& raised) {
    if (raised.sqlerrcode == ERRCODE_T_R_DEADLOCK_DETECTED) return gives_up;
    if (yielding.has_waited(raised)) return false;
    return catching == Catching::deadlocks || is_no_rows_fault(raised.sqlerrcode);
  };
  Raised raised;
  try {
    raised = CatchInSubtransaction(
        [&] {
          if (!body()) throw Undo{};
          yielding.raise_late();
        },
        passes);
  } catch (const Undo&) {
    yielding.forget_late();
    return Attempt::undone;
  }
  if (raised.sqlstate == 0) {
    if (depth_ == 1) {
      deadlocks_ = 0;
      keeps_batches_ = true;
    }
    return Attempt::done;
  }
  yielding.forget_late();
  PRODUCT_UPSERT_WAIT_POINT("undone");
  if (raised.sqlstate == ERRCODE_LOCK_NOT_AVAILABLE) {
    ++yields_;
    owed_ = Owed::yield;
    return Attempt::yielded;
  }
  if (raised.sqlstate == ERRCODE_T_R_DEADLOCK_DETECTED) {
    ++deadlocks_;
    owed_ = Owed::deadlock;
    patience_ = patience;
    return Attempt::deadlock;
  }
  error = {raised.code(),           std::move(raised.message),    std::move(raised.detail),
           std::move(raised.hint),  std::move(raised.constraint), std::move(raised.table),
           std::move(raised.column)};
  return raised.sqlstate == ERRCODE_UNIQUE_VIOLATION ? Attempt::taken : Attempt::failed;
}

}  // namespace product_upsert
