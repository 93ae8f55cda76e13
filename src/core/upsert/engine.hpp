#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/catalogue/catalogue.hpp"
#include "core/document/batch.hpp"
#include "core/document/options.hpp"
#include "core/related/related_fields.hpp"
#include "core/upsert/batch_state.hpp"
#include "core/upsert/collisions.hpp"
#include "core/upsert/duplicates.hpp"
#include "core/upsert/feed_batch.hpp"
#include "core/upsert/ledger.hpp"
#include "core/upsert/match_check.hpp"
#include "core/upsert/match_rules.hpp"
#include "core/upsert/matcher.hpp"
#include "core/upsert/own_types.hpp"
#include "core/upsert/planner.hpp"
#include "core/upsert/uniqueness.hpp"
#include "core/upsert/writer.hpp"

namespace product_upsert {

// Decides what becomes of the documents of a batch and has it written. A loop over steps: match,
// plan, hold against every uniqueness rule, write in a fixed order, and once more for what lost a
// race. What a step tells the next stands in BatchState.
//
// A batch costs a fixed number of statements for each organization in it, whatever its size; a
// round more only for documents that a concurrent writer got ahead of.
class Engine {
 public:
  // All must outlive the engine. `ledger` is of a call that is cut into batches: read for the
  // documents of earlier ones, and this one's are noted in it.
  Engine(const IdentityRules& rules, const Options& options, Catalogue& catalogue, Batch& batch,
         Ledger* ledger = nullptr);
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // Every item ends created, updated, unchanged or rejected. Without skip_rejects throws Refusal
  // for the whole batch, its errors those of all documents (C3: every failure is reported; C4:
  // nothing of a rejected document is written); before anything is written, unless a race brought
  // the failure up. Throws Ledger::AcrossBatches where the ledger says so. Where answers are asked
  // for, `done_reading` is called once the documents may go: from then on items have their results
  // alone.
  void run(const std::function<void()>& done_reading = nullptr);

  // What run() took: the time for deciding, reading what is stored included; and how often that had
  // to be done again because of other writers.
  struct Effort {
    std::chrono::nanoseconds deciding{};
    std::uint64_t rounds = 0;
  };
  const Effort& effort() const { return effort_; }

  // For product_match.
  using Candidate = Matcher::Candidate;
  const std::vector<Candidate>& candidates() const { return matcher_.candidates(); }
  const IdentityRules& rules() const { return match_.all(); }
  // Which rules the one document was looked up by, and what each found.
  std::string explain() const;

 private:
  std::vector<Group> group_by_organization() const;
  void resolve(const std::vector<Group>& groups);
  void decide_all(std::vector<Group>& groups);
  void decide(const Group& group);
  void check(const Group& group);
  void plan(const Group& group);
  void settle(const Group& group);
  void show_unchanged(const Group& group);
  void abort_on_rejects();
  void show(const std::function<void()>& done_reading);

  Effort effort_;
  MatchRules match_;
  BatchState state_;
  Collisions collisions_;
  std::unique_ptr<FeedBatch> feed_;  // with a ledger
  Matcher matcher_;
  MatchCheck match_check_;
  Planner planner_;
  OwnTypes own_types_;
  Duplicates duplicates_;
  Uniqueness uniqueness_;
  Writer writer_;
  std::shared_ptr<RelatedAnswers>
      related_answers_;                            // where answers go beyond the products' own rows
  std::unique_ptr<RelatedFields> related_fields_;  // where the profile has such fields
};

}  // namespace product_upsert
