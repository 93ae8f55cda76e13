#pragma once

#include <functional>
#include <optional>

#include "core/catalogue/catalogue.hpp"
#include "pg/boundary/compat.hpp"

namespace product_upsert {

// The attempts of one call to write.
class Attempts {
 public:
  // `space`: the oid of the schema of the catalogue's tables.
  explicit Attempts(Oid space) : space_(space) {}
  // Runs `body` in a subtransaction, which is undone if the body returns false or an error is
  // caught: see Catalogue::atomically. Other errors undo it and continue to the caller. So does a
  // deadlock after several attempts, if the transaction holds what it wrote before the call.
  // PostgreSQL looks for a deadlock once in each wait, early on. A session that begins to wait for
  // us later, and for which we wait, finds the deadlock, but may have nothing to undo: what it
  // wrote in an earlier batch of its call stays locked. So an attempt that holds something and
  // waits for long yields: the one it waits for may be waiting for what it holds.
  Attempt run(const std::function<bool()>& body, Catching catching, WriteError& error);
  // To be called before locks are taken: of rows, or of others that the transaction keeps, so
  // many. A row that is written with its keys is two: it is held while its keys are waited for.
  void take_locks(std::size_t locks);
  // While it lives, a wait for a lock that other attempts take first, too, keeps its place in the
  // queue, if the transaction holds what no attempt undoes: of an earlier call or batch. To be
  // undone would let nobody go on then, but put it behind all that have come meanwhile. Whoever
  // has the lock and waits for us yields.
  class InQueue {
   public:
    explicit InQueue(const Attempts& attempts);
    InQueue(const InQueue&) = delete;
    InQueue& operator=(const InQueue&) = delete;
    ~InQueue();

   private:
    const int before_;
  };

 private:
  class Yielding;
  enum class Owed : unsigned char { nothing, deadlock, yield };
  // So many take a little longer than the other one needs to yield, if it is ours.
  static constexpr int kMostDeadlocks = 40;
  // Some minutes. A function of the owner's that sets lock_timeout itself looks like a yield.
  static constexpr int kMostYields = 30;

  Attempt run_within(const std::function<bool()>& body, Catching catching, WriteError& error);
  void pay();
  static bool has_written();
  int deadlock_timeout(int patience) const;
  bool may_yield();

  const Oid space_;
  const bool holds_locks_ = has_written();
  std::optional<bool> may_yield_;
  bool keeps_locks_ = false;    // taken before the outermost attempt
  bool keeps_batches_ = false;  // which the call has written
  int depth_ = 0;               // nesting of attempts
  int deadlocks_ = 0;           // without a success between them
  int yields_ = 0;
  Yielding* yielding_ = nullptr;  // within an attempt that may yield
  Owed owed_ = Owed::nothing;     // to the session in whose way we were
  int patience_ = 0;              // as of the last deadlock
};

}  // namespace product_upsert
