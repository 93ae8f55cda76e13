#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "core/catalogue/catalogue.hpp"
#include "core/document/batch.hpp"
#include "core/document/dependencies.hpp"
#include "core/document/merge.hpp"
#include "core/document/options.hpp"
#include "core/related/parts.hpp"
#include "core/upsert/ledger.hpp"
#include "core/upsert/work.hpp"
#include "core/upsert/writer.hpp"

namespace product_upsert {

// Decides what becomes of the documents of a batch and has it written: match, merge, hold against
// every uniqueness rule, write in a fixed order, and once more for what lost a race.
//
// A batch costs a fixed number of statements for each organization in it, whatever its size; a
// round more only for documents that a concurrent writer got ahead of.
class Engine {
 public:
  // All must outlive the engine. `ledger` is of a call that is cut into batches: read for the
  // documents of earlier ones, and this one's are noted in it.
  Engine(const IdentityRules& rules, const Options& options, Catalogue& catalogue, Batch& batch,
         Ledger* ledger = nullptr);

  // Every item ends created, updated, unchanged or rejected. Without skip_rejects throws Refusal
  // for the whole batch, its errors those of all documents (C3, C4); before anything is written,
  // unless a race brought the failure up. Throws Ledger::AcrossBatches where the ledger says so.
  // Where answers are asked for, `done_reading` is called once the documents may go: from then on
  // items have their results alone.
  void run(const std::function<void()>& done_reading = nullptr);

  // For product_match: what every item matched, itself included.
  struct Candidate {
    std::uint32_t item;
    std::uint16_t rule;
    std::int64_t id;
  };
  const std::vector<Candidate>& candidates() const { return candidates_; }
  const IdentityRules& rules() const { return rules_; }

 private:
  struct Other {  // a further product that an item's keys found
    std::uint16_t rule;
    StoredProduct row;
    std::uint32_t next;  // of the same item; kNoOther
  };
  static constexpr int kUnknown = -1, kAmbiguous = -2;
  static constexpr std::uint16_t kNoRule = Ledger::kNoRule;
  class Finding;

  struct Group {
    std::int64_t organization_id;
    Items items;
    std::vector<std::int64_t> contended;  // products that moved while we were writing them, by id
    Items pending;                        // of the items, those to be written
  };

  static std::unique_ptr<const IdentityRules> extend(const IdentityRules& rules,
                                                     const Options& options,
                                                     const Profile& profile);
  bool finds_by_sku() const;
  void find_holders(const Group& group);
  void bind_rules();
  // What identifier_field may name (rule 4, rule 21).
  bool may_name(const std::string& rule) const;
  bool may_name(std::size_t rule) const;
  int find_identifier(const std::string& name) const;  // a rule; kUnknown, kAmbiguous
  std::string list_identifiers() const;
  [[noreturn]] void refuse_identifier(const std::string& name) const;
  void choose_columns();
  void drop_ignored();
  std::vector<Group> group_by_organization() const;
  void decide_all(std::vector<Group>& groups);
  void look_up(const Group& group);
  void read_keys(std::uint32_t index);
  void found(std::uint32_t item, std::uint16_t rule, const StoredProduct& row);

  void decide(const Group& group);
  void fill_in(std::uint32_t index);
  void overrule(std::uint32_t index, std::size_t field, const Value& value);
  void check_ranges(std::uint32_t index);
  void check_lists(std::uint32_t index);
  bool choose_match(std::uint32_t index);
  bool check_match(std::uint32_t index);
  void plan_create(std::uint32_t index);
  void plan_update(std::uint32_t index);
  bool is_stale(const Item& item) const;
  std::optional<std::int64_t> said_version(const Item& item) const;
  std::string list_keys() const;
  void read_final_keys(std::uint32_t index);
  std::span<const ItemKey> keep_keys();
  void add_other(std::uint32_t index, std::uint16_t rule, const StoredProduct& row);
  template <typename F>
  void each_other(std::uint32_t index, F f) const {
    for (std::uint32_t o = work_[index].others; o != kNoOther; o = others_[o].next) f(others_[o]);
  }

  // duplicates.cpp
  void settle_duplicates(const Group& group);
  void lead(const Items& items);
  void set_aside(std::uint32_t index);
  void follow(std::uint32_t index, std::uint32_t leader);
  const Value& said(std::uint32_t index, std::size_t field) const;
  bool says_the_same(std::uint32_t a, std::uint32_t b) const;
  void join_followers(std::vector<Group>& groups);

  void find_collisions(const Group& group);
  void collide(const std::vector<Items>& groups, std::uint16_t rule);
  void collide(std::uint32_t index, std::uint16_t rule, std::span<const std::uint64_t> positions);
  bool is_asked(std::uint16_t rule) const;

  // With a ledger.
  void survey_collisions(const Group& group);
  void apply_surveyed(const Group& group);
  void find_earlier(const Group& group);
  void collide_with_earlier(std::uint32_t index, std::uint16_t rule, std::uint64_t position);
  bool is_earlier(std::uint32_t index, std::uint16_t rule, std::int64_t holder);
  bool is_named_newly(std::uint32_t index, std::uint16_t rule, std::int64_t product) const;
  void check_released(const Group& group);

  // batch_links.cpp
  class Wants;
  std::unique_ptr<Wanting> make_wants();
  void link_both(std::uint32_t index, std::uint64_t position);
  bool waits_for_more(std::uint32_t index);
  void count_on(std::uint32_t index, std::int64_t product, Ledger::Wanted what,
                const std::function<bool(const Ledger::Document&)>& is_new);
  void note_links();
  void find_claimed();
  void note_claims(std::uint32_t index);
  bool is_awaited(std::uint32_t index) const;
  void note_batch();
  void note_released(const Item& item);

  void check_taken(const Group& group);
  enum class Said : bool { in_part, in_full };
  void taken(std::uint32_t index, const ItemKey& key, std::int64_t holder, Said said);
  std::optional<std::uint32_t> giver_of(const ItemKey& key, std::int64_t holder) const;
  bool touches(const Item& item, const IdentityRule& rule) const;
  std::vector<Fold> folds_of(std::uint16_t rule, const std::vector<Column>& columns) const;
  void decide_levels(const Group& group);
  void check_rights(const Group& group);
  bool is_stranger(const Group& group);
  void settle(const Group& group);
  void show_unchanged(const Group& group);
  void abort_on_rejects();

  // own_types.cpp
  void check_said_types();
  void check_variant_types(std::size_t field);
  void check_merged_types(const Items& items);

  // rounds.cpp
  static bool is_contended(const std::vector<Group>& groups);
  void lock(const std::vector<Group>& groups);
  void run_round(std::vector<Group>& groups);
  bool write_all(std::vector<Group>& groups);
  Items write(const Group& group);
  struct Verdict {
    Attempt outcome = Attempt::done;
    WriteError error;
    bool rows_written = false;  // of product; else some were lost
  };
  Writer::Manner usual_manner() const;
  Verdict attempt(const Group& group, const Items& items, Writer::Manner manner,
                  const std::function<void()>& then = {});
  void note_outcome(Attempt outcome);
  void note_refused(const Items& lost);
  void take_back(std::uint32_t index);
  void try_again(Group& group, Items lost);
  void forget(std::uint32_t index);
  bool may_be_undone(const Items& pending) const;
  void refuse_unseen(const Group& group);
  bool write_carefully(std::vector<Group>& groups);
  void write_untried(const Group& group, std::vector<std::span<const Items>>& untried, Items& lost,
                     int open);
  void try_each(const Group& group, std::span<const std::uint32_t> items,
                std::span<Verdict> verdicts, int open);
  void judge_component(const Group& group, const Items& items, const Verdict& all, Items& lost);
  bool judge(const Group& group, std::uint32_t index, const Verdict& verdict);

  void show(const std::function<void()>& done_reading);
  void fail(Item& item, Code code, std::string field, std::string message,
            std::vector<std::pair<std::string, std::string>> details = {});
  bool identifies(std::uint32_t index, std::uint16_t rule) const;
  std::string rule_field(const IdentityRule& rule) const;
  std::string field_words(const IdentityRule& rule) const;
  std::string rule_words(const IdentityRule& rule) const;
  std::string list_rule_fields(const IdentityRule& rule) const;

  std::unique_ptr<const IdentityRules> own_rules_;  // where a custom field is one of them
  const IdentityRules& rules_;
  const Options& options_;
  Catalogue& catalogue_;
  Batch& batch_;
  Ledger* ledger_;
  std::unique_ptr<Wanting> wants_;          // with a ledger
  bool across_batches_ = false;             // documents of other batches have to be known first
  std::vector<std::uint16_t> match_rules_;  // in the order they are asked
  // The rule of identifier_field custom_field or sku: its key is the id of a product that has the
  // value, or such a variant.
  std::uint16_t custom_rule_ = kNoRule;
  Parts::Holders custom_holders_;
  std::shared_ptr<Shown> shown_;          // where answers go beyond the products' own rows
  std::unique_ptr<Parts> parts_;          // where the profile has such fields
  std::optional<Comparison> comparison_;  // while products are looked up
  std::vector<Work> work_;
  std::vector<ItemKey> keys_;  // of the item that is being read
  std::vector<Other> others_;
  std::vector<Candidate> candidates_;
  Dependencies dependencies_;
  // Documents of products that another document of the call stands for, and that one.
  std::vector<std::pair<std::uint32_t, std::uint32_t>> followers_;
  std::vector<KeyMove> moves_;  // of this round, by what is known of it
  std::optional<Writer> writer_;
  int round_ = 0;
  int losses_ = 0;  // attempts that were undone, not for a deadlock
  // What is kept out is looked for row by row.
  bool careful_ = false;
  // Id, version and place of items before they are tried one by one.
  std::unordered_map<std::uint32_t, std::tuple<std::int64_t, std::int32_t, std::uint64_t>> before_;
};

}  // namespace product_upsert
