#include "unit/schedule/runner.hpp"

#include <algorithm>

#include "unit/memory_catalogue.hpp"

namespace product_upsert::schedules {

namespace {

// Products that sessions create have greater ids than SQL names.
constexpr std::int64_t kStoredIds = 100;

}  // namespace

Runner::Runner(const Scenario& scenario, Scheduler& scheduler)
    : scenario_(scenario), scheduler_(scheduler), rules_(builtin_rules()) {
  Database first(rules_, stored_arena_);
  NoTurns alone;
  Session session(0, first, alone);
  prepare(session, stored_arena_);
  for (const Step& step : scenario.before) {
    session.begin(Isolation::read_committed);
    run_step(step, session, session, rules_, ~0U);
    session.commit();
  }
  first.last_product = kStoredIds;
  stored_ = std::make_unique<Database>(first.settled(stored_arena_));
  orders_ = std::make_unique<SerialOrders>(*stored_);
}

void Runner::run_script(const Script& script, Session& session, int number,
                        std::vector<Done>& done) {
  for (const Script::Transaction& t : script.transactions) {
    done.push_back({&t, {}, false, {}, false});
    Done& now = done.back();
    session.begin(t.isolation);
    bool failed = false;
    for (const Step& step : t.steps) {
      Ran ran;
      ran.step = &step;
      ran.session = number;
      try {
        ran.answer = run_step(step, session, session, rules_, ~0U);
      } catch (const SqlError& error) {
        now.error = error.state;
        now.error_in_sql = step.kind != Step::Kind::call;
        failed = true;
      }
      now.steps.push_back(std::move(ran));
      failed = failed || !now.steps.back().answer.refused.empty();
      if (failed) break;
    }
    if (failed || !t.commits) {
      session.rollback();
      continue;
    }
    session.commit();
    now.committed = true;
  }
}

std::string Runner::run(Chooser& chooser) {
  arena_.reset();
  Database database = stored_->settled(arena_);
  History history;
  history.sessions.resize(scenario_.sessions.size());
  std::vector<std::unique_ptr<Session>> sessions;
  std::vector<std::function<void()>> bodies;
  for (std::size_t i = 0; i < scenario_.sessions.size(); ++i) {
    sessions.push_back(std::make_unique<Session>(static_cast<int>(i), database, scheduler_));
    sessions.back()->faults = faults;
    bodies.emplace_back([this, i, &history, &sessions] {
      run_script(scenario_.sessions[i], *sessions[i], static_cast<int>(i), history.sessions[i]);
    });
  }
  std::string complaint;
  try {
    scheduler_.run(bodies, chooser);
    complaint = check(database, history);
  } catch (const std::exception& error) {
    complaint = error.what();
  }
  return complaint.empty() ? complaint : complaint + "\n" + tell(database, history);
}

std::string Runner::check(const Database& database, History& history) {
  std::size_t number = 0;
  for (auto& session : history.sessions) {
    for (Done& t : session) {
      std::size_t next = number;
      for (Ran& ran : t.steps) ran.number = next++;
      number += t.transaction->steps.size();
      if (!t.committed && t.transaction->commits) ++failed_;
    }
  }
  for (const std::string& complaint :
       {check_errors(history), check_rows(database), check_versions(database, history)}) {
    if (!complaint.empty()) return complaint;
  }
  return check_order(database, history);
}

// Which errors a call may end in.
std::string Runner::check_errors(const History& history) {
  for (const auto& session : history.sessions) {
    for (const Done& t : session) {
      const bool old_snapshot = t.transaction->isolation == Isolation::repeatable_read;
      for (const Ran& ran : t.steps) {
        // Transactions that their users make longer may lock each other out for good.
        if (ran.answer.serialization && !old_snapshot && t.transaction->steps.size() == 1)
          return "a call is lost to others where each sees what they did";
        for (const DocumentAnswer& d : ran.answer.documents) {
          if (d.status == Status::pending) return "a document has no answer";
        }
      }
      if (t.error.empty() || t.error_in_sql) continue;
      if (t.error == kSerializationFailure && old_snapshot) continue;
      // Between transactions that their users make longer, a deadlock is theirs.
      if (t.error == kDeadlockDetected && t.transaction->steps.size() > 1) continue;
      return t.error + " escapes";
    }
  }
  return {};
}

// What the indexes and foreign keys hold, and that no product is its own ancestor.
std::string Runner::check_rows(const Database& database) const {
  std::map<std::pair<std::int64_t, std::int64_t>, std::int64_t> parents;
  for (const Version& v : database.rows(Table::product)) {
    if (database.is_live(v))
      parents[{v.organization_id, v.values[0].as_integer().value_or(0)}] =
          v.values[static_cast<std::size_t>(Column::parent_product_id)].as_integer().value_or(0);
  }
  for (const auto& [product, parent] : parents) {
    std::int64_t at = parent;
    for (std::size_t steps = 0; at != 0 && steps <= parents.size(); ++steps) {
      if (at == product.second) return "a product is its own ancestor";
      const auto above = parents.find({product.first, at});
      if (above == parents.end()) return "a product's parent is not there";
      at = above->second;
    }
  }
  for (std::size_t i = 0; i < kTables; ++i) {
    const auto t = static_cast<Table>(i);
    const auto& rows = database.rows(t);
    const int product = find_column(t, "product_id");
    for (std::size_t a = 0; a < rows.size(); ++a) {
      if (!database.is_live(rows[a])) continue;
      if (product >= 0 && !parents.contains({rows[a].organization_id,
                                             rows[a].values[product].as_integer().value_or(0)}))
        return "a row of " + std::string(info(t).name) + " belongs to no product";
      for (std::size_t b = 0; b < a; ++b) {
        if (!database.is_live(rows[b]) || rows[a].organization_id != rows[b].organization_id)
          continue;
        for (const UniqueKey& key : database.unique_keys(t)) {
          if (same_key(key, rows[a].values, rows[b].values))
            return "two rows have the same " + key.name;
        }
      }
    }
  }
  return {};
}

// A product's version counts the changes that were accepted.
std::string Runner::check_versions(const Database& database, const History& history) const {
  std::map<std::pair<std::int64_t, std::int64_t>, std::int64_t> expected;
  const auto version = [](const Version& v) {
    return v.values[static_cast<std::size_t>(Column::version)].as_integer().value_or(0);
  };
  for (const Version& v : stored_->rows(Table::product))
    expected[{v.organization_id, v.values[0].as_integer().value_or(0)}] = version(v);
  for (const auto& session : history.sessions) {
    for (const Done& t : session) {
      if (!t.committed) continue;
      for (const Ran& ran : t.steps) {
        for (const DocumentAnswer& d : ran.answer.documents) {
          if (d.wrote()) ++expected[{d.organization_id, d.id}];
        }
      }
    }
  }
  for (const Version& v : database.rows(Table::product)) {
    const std::int64_t id = v.values[0].as_integer().value_or(0);
    if (!database.is_live(v)) continue;
    const auto it = expected.find({v.organization_id, id});
    if (it == expected.end() || it->second != version(v))
      return "product " + std::to_string(id) + " has version " + std::to_string(version(v)) +
             ", which is not the number of its changes";
  }
  return {};
}

std::string Runner::check_order(const Database& database, const History& history) {
  Labels labels;
  for (const Version& v : stored_->rows(Table::product)) {
    const std::int64_t id = v.values[0].as_integer().value_or(0);
    labels[{v.organization_id, id}] = std::to_string(id);
  }
  std::vector<Ran> ran;
  for (const auto& session : history.sessions) {
    for (const Done& t : session) {
      // A call that was refused was told the truth all the same.
      const bool refused = !t.committed && t.steps.size() == 1 && t.error.empty() &&
                           !t.steps.front().answer.refused.empty() &&
                           !t.steps.front().answer.serialization;
      if (!t.committed && !refused) continue;
      for (const Ran& r : t.steps) {
        for (std::size_t d = 0; d < r.answer.documents.size(); ++d) {
          const DocumentAnswer& a = r.answer.documents[d];
          if (a.status == Status::created)
            labels[{a.organization_id, a.id}] = label_created(r.number, d);
        }
        ran.push_back(r);
      }
    }
  }
  for (Ran& r : ran) {
    for (const DocumentAnswer& d : r.answer.documents)
      r.labels.push_back(d.status == Status::rejected ? ""
                                                      : label_of(labels, d.organization_id, d.id));
  }
  return orders_->explain(ran, tell_state(database, labels));
}

std::string Runner::tell(const Database& database, const History& history) const {
  std::string out = scenario_.told() + "schedule:\n  " + scheduler_.told() + "\nanswers:\n";
  for (std::size_t i = 0; i < history.sessions.size(); ++i) {
    for (const Done& t : history.sessions[i]) {
      out += "  session " + std::to_string(i) + (t.committed ? " (committed)" : " (rolled back)");
      for (const Ran& ran : t.steps) {
        out += " [" + ran.answer.refused;
        for (const DocumentAnswer& d : ran.answer.documents)
          out += " {" + d.text + ", product " + std::to_string(d.id) + "}";
        out += "]";
      }
      out += " " + t.error + "\n";
    }
  }
  return out + "state:\n" + tell_state(database, {});
}

}  // namespace product_upsert::schedules
