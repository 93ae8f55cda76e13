#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/catalogue/catalogue.hpp"
#include "core/document/batch.hpp"
#include "core/document/merge.hpp"
#include "core/document/options.hpp"
#include "core/related/parts.hpp"
#include "core/upsert/ledger.hpp"

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
  struct ItemKey {
    std::uint16_t rule;
    Key key;
  };
  // What is known of an item while it is being decided; parallel to batch.items.
  struct Work {
    std::span<const ItemKey> keys;        // that the document alone gives
    std::span<const ItemKey> final_keys;  // that the product as written would newly have
    IndexSet matched;                     // rules that found the product in Item::id
    bool same = false;                    // that product holds all that the document says
    std::int64_t reserved_id = 0;         // that the product will have, while it is being created
    int refusals = 0;                     // how often it was not let in as a new product
    bool crowded = false;                 // other products were found too: see others_
    // What the document said where the profile had something else said; see overrule().
    std::vector<std::pair<std::size_t, Value>> overruled;
  };
  struct Other {  // a further product that an item's keys found
    std::uint32_t item;
    std::uint16_t rule;
    StoredProduct row;
  };
  static constexpr int kUnknown = -1, kAmbiguous = -2;
  static constexpr std::uint16_t kNoRule = Ledger::kNoRule;
  class Finding;
  class Receipt;

  using Items = std::vector<std::uint32_t>;
  using Place = std::pair<std::int64_t, std::uint32_t>;  // a product's id and its item
  struct Group {
    std::int64_t organization_id;
    Items items;
    std::vector<std::int64_t> contended;  // products that moved while we were writing them, by id
    Items pending;                        // of the items, those to be written
  };

  static std::unique_ptr<const IdentityRules> extend(const IdentityRules& rules,
                                                     const Options& options);
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
  static bool is_contended(const std::vector<Group>& groups);
  void lock(const std::vector<Group>& groups);
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
  void read_final_keys(std::uint32_t index);
  std::span<const ItemKey> keep_keys();

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
  void check_released(const Group& group);
  void note_batch();
  void note_released(const Item& item);

  void check_taken(const Group& group);
  void taken(std::uint32_t index, std::uint16_t rule, std::int64_t holder);
  void decide_levels(const Group& group);
  void check_rights(const Group& group);
  bool is_stranger(const Group& group);
  void settle(const Group& group);
  void abort_on_rejects();

  // writing.cpp
  void lock_and_write(std::vector<Group>& groups);
  void write_each(std::vector<Group>& groups);
  Items write(Group& group);
  bool attempt(const std::function<bool()>& body);
  void note_error();
  void try_again(Group& group, Items lost);
  bool may_lose(const Items& pending) const;
  enum class Losing : bool { keeps_the_rest, undoes_all };
  bool write_rows(Group& group, Losing losing, Items& lost);
  void show(const std::function<void()>& done_reading);
  void update(Group& group, Items& lost);
  void insert(Group& group, Losing losing, Items& lost);
  void sort_by_key(std::vector<Place>& places) const;
  std::int64_t given_id(const Item& item) const;
  void fill(Merger& merger, const Place& place, const ColumnSet& columns, std::span<Value> values);
  void forget(std::uint32_t index);

  void fail(Item& item, Code code, std::string field, std::string message,
            std::vector<std::pair<std::string, std::string>> details = {});
  std::string rule_field(const IdentityRule& rule) const;
  std::string list_rule_fields(const IdentityRule& rule) const;

  std::unique_ptr<const IdentityRules> own_rules_;  // where a custom field is one of them
  const IdentityRules& rules_;
  const Options& options_;
  Catalogue& catalogue_;
  Batch& batch_;
  Ledger* ledger_;
  std::vector<std::uint16_t> match_rules_;  // in the order they are asked
  // The rule of identifier_field custom_field: its key is the id of a product that has the value.
  std::uint16_t custom_rule_ = kNoRule;
  Parts::Holders custom_holders_;
  std::shared_ptr<Shown> shown_;          // where answers go beyond the products' own rows
  std::unique_ptr<Parts> parts_;          // where the profile has such fields
  std::optional<Comparison> comparison_;  // while products are looked up
  std::vector<Work> work_;
  std::vector<ItemKey> keys_;  // of the item that is being read
  std::vector<Other> others_;
  std::vector<Candidate> candidates_;
  int round_ = 0;
  int errors_ = 0;     // statements that failed and were undone
  bool bare_ = false;  // see kMostRefusals
};

}  // namespace product_upsert
