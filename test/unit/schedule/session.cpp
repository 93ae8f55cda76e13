// Session: transactions, snapshots, waits and row versions, as PostgreSQL has them.
#include "unit/schedule/session.hpp"

#include <algorithm>

namespace product_upsert::schedules {

void Session::begin(Isolation isolation) {
  isolation_ = isolation;
  top_ = current_ = db_.transactions.begin(number_);
  command_ = 0;
  first_snapshot_.reset();
  fixed_.reset();
  locks_parents_ = false;
}

void Session::commit() {
  turns_.point(number_, "commit");
  db_.transactions.commit(top_);
  top_ = current_ = 0;
}

void Session::rollback() {
  db_.transactions.abort(top_);
  top_ = current_ = 0;
  fixed_.reset();
}

Snapshot Session::fresh() {
  ++command_;
  const std::uint64_t now = db_.transactions.commits();
  if (!first_snapshot_) first_snapshot_ = now;
  const bool kept = isolation_ == Isolation::repeatable_read || faults.snapshot_is_kept;
  return {kept ? *first_snapshot_ : now, command_};
}

Snapshot Session::for_read() { return fixed_ && !faults.time_is_not_fixed ? *fixed_ : fresh(); }

bool Session::sees(const Version& v, const Snapshot& snapshot) const {
  if (faults.reads_uncommitted) {
    const auto counts = [&](Xid xid) {
      return db_.transactions.state(xid) != Transactions::State::aborted;
    };
    return counts(v.made_by) && (v.ended_by == 0 || !counts(v.ended_by));
  }
  return db_.is_visible(v, snapshot, top_);
}

bool Session::is_running(Xid xid) const {
  return db_.transactions.state(xid) == Transactions::State::running;
}

void Session::wait_for(const char* what, std::vector<Xid> xids) {
  turns_.wait(number_, what, [this, xids = std::move(xids)]() mutable {
    std::vector<int> sessions;
    for (Xid& x : xids) {
      if (!is_running(x)) continue;
      if (db_.transactions.is_released(x)) x = db_.transactions.top(x);
      sessions.push_back(db_.transactions.session(x));
    }
    return sessions;
  });
}

void Session::wait_for_lock(const char* what, std::vector<Xid> xids) {
  turns_.wait(number_, what, [this, xids = std::move(xids)] {
    std::vector<int> sessions;
    for (Xid x : xids) {
      if (is_running(x)) sessions.push_back(db_.transactions.session(x));
    }
    return sessions;
  });
}

std::vector<Xid> Session::lockers(Table t, std::int64_t organization_id, std::int64_t id,
                                  RowLock mode) const {
  std::vector<Xid> xids;
  db_.each_lock(t, organization_id, id, [&](const Database::Lock& l) {
    if (!is_own(l.holder) && conflict(l.mode, mode)) xids.push_back(l.holder);
  });
  return xids;
}

// Rows without an id are locked by nobody but who ends them.
std::int64_t Session::id_of(Table t, const Version& v) {
  return find_column(t, "id") < 0 ? 0 : v.values[0].as_integer().value_or(0);
}

Session::Access Session::access(Table t, Tid tid, RowLock mode, bool may_wait) {
  for (;;) {
    Version& v = db_.at(t, tid);
    if (v.ended_by != 0) {
      const auto state = db_.transactions.state(v.ended_by);
      if (state == Transactions::State::aborted) {
        v.ended_by = 0;
        v.next = 0;
      } else if (is_own(v.ended_by) || state == Transactions::State::committed) {
        if (is_own(v.ended_by) || conflict(mode, v.ended_as))
          return v.next != 0 ? Access::updated : Access::deleted;
      } else if (conflict(mode, v.ended_as)) {
        if (!may_wait) return Access::another_has_it;
        wait_for("wait for the row", {v.ended_by});
        continue;
      }
    }
    const std::int64_t id = id_of(t, v);
    auto others = id == 0 ? std::vector<Xid>() : lockers(t, v.organization_id, id, mode);
    if (others.empty()) return Access::granted;
    if (!may_wait) return Access::another_has_it;
    wait_for("wait for the row's lock", std::move(others));
  }
}

Session::Tid Session::follow(Table t, Tid tid, RowLock mode,
                             const std::function<bool(const Version&)>& fits) {
  for (;;) {
    const Access got = access(t, tid, mode);
    if (got == Access::granted) return fits(db_.at(t, tid)) ? tid : 0;
    // What this transaction did in an earlier command is no surprise.
    if (isolation_ == Isolation::repeatable_read && !is_own(db_.at(t, tid).ended_by))
      cannot_serialize();
    if (got == Access::deleted) return 0;
    tid = db_.at(t, tid).next;
  }
}

void Session::cannot_serialize() {
  throw SqlError(kSerializationFailure, "could not serialize access due to concurrent update");
}

void Session::hold(Table t, Tid tid, RowLock mode) {
  const Version& v = db_.at(t, tid);
  db_.lock({t, v.organization_id, id_of(t, v), current_, mode});
}

// A row that has a key of this one, in whatever transaction it stands; PostgreSQL's dirty snapshot.
Session::Clash Session::find_clash(Table t, std::int64_t organization_id, const Value* row,
                                   Tid own) const {
  const auto& rows = db_.rows(t);
  for (Tid tid = 1; tid <= rows.size(); ++tid) {
    const Version& v = rows[tid - 1];
    if (tid == own || v.organization_id != organization_id) continue;
    Xid running = 0;
    const auto made = db_.transactions.state(v.made_by);
    if (made == Transactions::State::aborted) continue;
    if (made == Transactions::State::running && !is_own(v.made_by)) {
      if (faults.insert_sees_only_committed) continue;
      running = v.made_by;
    } else if (v.ended_by != 0) {
      const auto ended = db_.transactions.state(v.ended_by);
      if (ended == Transactions::State::committed || (is_own(v.ended_by) && is_running(v.ended_by)))
        continue;
      if (ended == Transactions::State::running) running = v.ended_by;
    }
    for (const UniqueKey& key : db_.unique_keys(t)) {
      if (same_key(key, row, v.values)) return {tid, running, &key};
    }
  }
  return {};
}

void Session::require_unique(Table t, Tid tid) {
  for (;;) {
    const Version v = db_.at(t, tid);
    const Clash clash = find_clash(t, v.organization_id, v.values, tid);
    if (clash.tid == 0) return;
    if (clash.running == 0) throw SqlError(kUniqueViolation, "duplicate key of " + clash.key->name);
    wait_for("wait for the key", {clash.running});
  }
}

void Session::require_row(Table t, std::int64_t organization_id, const Value& id,
                          const char* what) {
  const Snapshot snapshot = fresh();
  const auto& rows = db_.rows(t);
  for (Tid tid = 1; tid <= rows.size(); ++tid) {
    const Version& v = rows[tid - 1];
    if (v.organization_id != organization_id || !equal_keys(v.values[0], id) ||
        !db_.is_visible(v, snapshot, top_))
      continue;
    if (follow(t, tid, RowLock::key_share, [](const Version&) { return true; }) == 0) break;
    hold(t, tid, RowLock::key_share);
    return;
  }
  throw SqlError(kForeignKeyViolation, std::string("no row for ") + what);
}

// What the foreign keys ask at the end of a statement, of a row that was written in it.
void Session::require_references(Table t, Tid tid, const Value* before) {
  struct Reference {
    unsigned column;
    Table table;
  };
  std::vector<Reference> references;
  if (t == Table::product) {
    references = {{static_cast<unsigned>(Column::parent_product_id), Table::product},
                  {static_cast<unsigned>(Column::category_id), Table::category}};
  } else {
    if (const int p = find_column(t, "product_id"); p >= 0)
      references.push_back({static_cast<unsigned>(p), Table::product});
    if (const int f = find_column(t, "feature_id"); f >= 0)
      references.push_back({static_cast<unsigned>(f), Table::feature});
    if (const int f = find_column(t, "custom_field_id"); f >= 0)
      references.push_back({static_cast<unsigned>(f), Table::custom_field});
  }
  for (const Reference& r : references) {
    const Version v = db_.at(t, tid);
    const Value& id = v.values[r.column];
    if (!id.has_value()) continue;
    if (before != nullptr && before[r.column].has_value() && equal_keys(before[r.column], id))
      continue;
    require_row(r.table, v.organization_id, id, t == Table::product ? "a product" : "a part");
  }
}

Session::Tid Session::put(Table t, std::int64_t organization_id, std::span<const Value> values) {
  return db_.add(t, {organization_id, db_.keep(values), current_, command_});
}

Session::Tid Session::replace(Table t, Tid tid, std::span<const Value> values, RowLock mode) {
  const Tid next = put(t, db_.at(t, tid).organization_id, values);
  Version& v = db_.at(t, tid);
  v.ended_by = current_;
  v.ended_in = command_;
  v.ended_as = mode;
  v.next = next;
  return next;
}

void Session::remove(Table t, Tid tid) {
  Version& v = db_.at(t, tid);
  v.ended_by = current_;
  v.ended_in = command_;
  v.ended_as = RowLock::update;
  v.next = 0;
}

bool Session::insert_row(Table t, std::int64_t organization_id, std::span<const Value> values,
                         bool leaves_out, Tid& tid) {
  const bool checks =
      t == Table::product ? !faults.insert_checks_no_key : !faults.rows_check_no_key;
  if (!leaves_out || !checks) {
    tid = put(t, organization_id, values);
    if (checks) require_unique(t, tid);
    return true;
  }
  // ON CONFLICT DO NOTHING waits before anything of the row stands.
  for (;;) {
    const Clash clash = find_clash(t, organization_id, values.data(), 0);
    if (clash.tid == 0) break;
    if (clash.running == 0) {
      const Version& v = db_.at(t, clash.tid);
      if (isolation_ == Isolation::repeatable_read && !is_own(v.made_by) &&
          !db_.is_visible(v, {*first_snapshot_, command_}, top_))
        cannot_serialize();
      return false;
    }
    wait_for("wait for the key", {clash.running});
  }
  tid = put(t, organization_id, values);
  return true;
}

// What is caught undoes the body; what it locked is given back with what it wrote.
Attempt Session::atomically(const std::function<bool()>& body, Catching catching,
                            WriteError& told) {
  const Xid outer = current_;
  const Xid inner = faults.undoes_nothing ? outer : db_.transactions.begin_within(outer);
  current_ = inner;
  const auto undo = [&] {
    current_ = outer;
    fixed_.reset();
    if (inner != outer) db_.transactions.abort(inner);
  };
  try {
    if (body() || faults.false_is_done) {
      current_ = outer;
      if (inner != outer) db_.transactions.release(inner);
      return Attempt::done;
    }
    undo();
  } catch (const SqlError& error) {
    undo();
    const bool deadlock = error.state == kDeadlockDetected && !faults.deadlock_passes;
    const bool rows = catching == Catching::whatever_rows_meet;
    const bool taken = rows && error.state == kUniqueViolation && !faults.taken_key_passes;
    const bool failed = rows && error.state == kForeignKeyViolation;
    if (!deadlock && !taken && !failed) throw;
    if (deadlock) {
      turns_.sleep(number_, "sleeps after a deadlock");
      return Attempt::deadlock;
    }
    told.sqlstate = error.state;
    told.message = error.what();
    return taken ? Attempt::taken : Attempt::failed;
  } catch (...) {
    undo();
    throw;
  }
  return Attempt::undone;
}

}  // namespace product_upsert::schedules
