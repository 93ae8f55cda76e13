#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/document/batch.hpp"
#include "core/document/options.hpp"
#include "core/value/failure.hpp"
#include "unit/schedule/choosers.hpp"
#include "unit/schedule/session.hpp"

namespace product_upsert::schedules {

// One thing that a session does: a call of ours, or a statement of SQL.
struct Step {
  enum class Kind : std::uint8_t { call, sql_update, sql_delete, index_field };
  Kind kind = Kind::call;
  std::int64_t organization_id = 1;
  // A call.
  std::string profile = "catalog";
  std::vector<std::string> documents;
  std::string actions;  // JSON; empty: none
  std::string identifier;
  std::string custom_field;
  Mode mode = Mode::upsert;
  std::optional<std::int32_t> if_version;
  bool skips = false;
  // The custom field gets its flags, or loses them.
  bool flagged = false;
  // SQL: the product, and the price that it sets.
  std::int64_t id = 0;
  std::int64_t price = 0;

  std::string told() const;
};

struct Script {
  struct Transaction {
    Isolation isolation = Isolation::read_committed;
    std::vector<Step> steps;
    bool commits = true;
  };
  std::vector<Transaction> transactions;
};

// What is stored, and what sessions do with it at the same time.
struct Scenario {
  std::vector<Step> before;
  std::vector<Script> sessions;
  std::string told() const;
};

// What came of a document; and of a step.
struct DocumentAnswer {
  Status status = Status::pending;
  std::int64_t organization_id = 1;
  std::int64_t id = 0;
  std::int32_t version = 0;
  std::string text;  // all that is told but for the id
  bool wrote() const { return status == Status::created || status == Status::updated; }
};
struct StepAnswer {
  std::vector<DocumentAnswer> documents;
  std::string refused;         // the codes and fields of a call that was refused, or a SQLSTATE
  int affected = 0;            // rows, of SQL
  bool serialization = false;  // the refusal is 40001
  bool wrote() const;
};

// Runs the step in the session's transaction; `documents`: a bit for each that is in the call.
// Throws SqlError, and lets whatever the scheduler throws pass.
StepAnswer run_step(const Step& step, Catalogue& catalogue, Session& session,
                    const IdentityRules& rules, std::uint32_t documents);

// Small, from small pools, so that sessions meet.
struct Taste {
  bool parents = true;
  bool variants = true;
  bool custom_fields = true;
  bool organizations = true;
  bool repeatable_read = true;
  bool sql = true;
  bool deletes = true;
  bool flags = true;  // custom fields are indexed and unindexed beside the calls
  bool long_transactions = true;
  int sessions = 3;
};
Scenario make_scenario(std::uint64_t seed, const Taste& taste);
// The rows that documents refer to, in both organizations.
void prepare(Session& session, Arena& arena);

}  // namespace product_upsert::schedules
