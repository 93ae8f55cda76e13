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

// Decides the outcome of each document of a batch and writes it. A loop over steps: match, plan,
// check every uniqueness rule, write in a fixed order, and repeat for documents that lost a race.
// BatchState holds what one step passes to the next.
//
// A batch costs a fixed number of statements for each organization in it, whatever its size.
// Another round is only needed for documents that lost to a concurrent writer.
class Engine {
 public:
  // All arguments must outlive the engine. `ledger` belongs to a call that is cut into batches: the
  // engine reads the documents of earlier batches from it, and adds those of this one.
  Engine(const IdentityRules& rules, const Options& options, Catalogue& catalogue, Batch& batch,
         Ledger* ledger = nullptr);
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // Every item ends created, updated, unchanged or rejected. Without skip_rejects, throws Refusal
  // for the whole batch with the errors of all documents (C3: every failure is reported; C4:
  // nothing of a rejected document is written). It does so before anything is written, unless a
  // race caused the failure. Throws Ledger::AcrossBatches when documents of other batches have to
  // be known first. If answers are wanted, `done_reading` is called once the documents may be
  // freed; from then on, items only have their results.
  void run(const std::function<void()>& done_reading = nullptr);

  // What run() took: the time for deciding, which includes reading what is stored, and how often
  // that was repeated because of other writers.
  struct Effort {
    std::chrono::nanoseconds deciding{};
    std::uint64_t rounds = 0;
  };
  const Effort& effort() const { return effort_; }

  // For product_match.
  using Candidate = Matcher::Candidate;
  const std::vector<Candidate>& candidates() const { return matcher_.candidates(); }
  const IdentityRules& rules() const { return match_.all(); }
  // Which rules the document was looked up by, and what each of them found.
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
