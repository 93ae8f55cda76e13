#include "pg/sql/moment.hpp"

#include "pg/boundary/boundary.hpp"

extern "C" {
#include "access/xact.h"
#include "utils/snapmgr.h"
}

namespace product_upsert {

Moment Moment::now() {
  Moment moment;
  Call([&moment] {
    // What follows sees what the caller's statement has written so far, as any statement of SPI
    // does. Without this, the moment would be the same as before the statement.
    CommandCounterIncrement();
    // This counter is 0 in a snapshot that was imported from another session.
    moment.ended_ = GetTransactionSnapshot()->snapXactCompletionCount;
    moment.own_ = GetTopTransactionIdIfAny();
    if (moment.own_ == InvalidTransactionId) return;
    // What a subtransaction did is undone outside it, so a rollback changes the subtransaction too.
    moment.within_ = GetCurrentSubTransactionId();
    moment.command_ = GetCurrentCommandId(false);
  });
  return moment;
}

bool Moment::operator==(const Moment& other) const {
  return ended_ != 0 && ended_ == other.ended_ && own_ == other.own_ && within_ == other.within_ &&
         command_ == other.command_;
}

}  // namespace product_upsert
