#include "unit/schedule/transactions.hpp"

namespace product_upsert::schedules {

Xid Transactions::begin(int session) {
  all_.push_back({0, State::running, session});
  return static_cast<Xid>(all_.size() - 1);
}

Xid Transactions::begin_within(Xid parent) {
  all_.push_back({parent});
  return static_cast<Xid>(all_.size() - 1);
}

void Transactions::commit(Xid xid) {
  all_[xid].state = State::committed;
  all_[xid].committed_at = ++commits_;
}

Transactions::State Transactions::state(Xid xid) const {
  while (all_[xid].state == State::running && all_[xid].parent != 0) xid = all_[xid].parent;
  return all_[xid].state;
}

Xid Transactions::top(Xid xid) const {
  while (all_[xid].parent != 0) xid = all_[xid].parent;
  return xid;
}

bool Transactions::had_committed(Xid xid, const Snapshot& snapshot) const {
  return state(xid) == State::committed && all_[top(xid)].committed_at <= snapshot.commits;
}

bool conflict(RowLock a, RowLock b) {
  if (a == RowLock::key_share || b == RowLock::key_share)
    return a == RowLock::update || b == RowLock::update;
  return a != RowLock::share || b != RowLock::share;
}

}  // namespace product_upsert::schedules
