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
    // That of a snapshot taken over from another session is 0.
    moment.ended_ = GetTransactionSnapshot()->snapXactCompletionCount;
    moment.own_ = GetTopTransactionIdIfAny();
    if (moment.own_ == InvalidTransactionId) return;
    // What is undone with a subtransaction is undone in another one than it was done in.
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
