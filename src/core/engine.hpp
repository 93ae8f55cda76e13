#pragma once

#include <string>
#include <vector>

#include "core/batch.hpp"
#include "core/catalogue.hpp"
#include "core/options.hpp"

namespace product_upsert {

// Decides what becomes of the documents of a batch and has it written: match, merge, hold against
// every uniqueness rule, write in a fixed order, and once more for what lost a race.
//
// A batch costs a fixed number of statements for each organization in it, whatever its size; a
// round more only for documents that a concurrent writer got ahead of.
class Engine {
 public:
  // All must outlive the engine.
  Engine(const IdentityRules& rules, const Options& options, Catalogue& catalogue, Batch& batch);

  // Every item ends created, updated, unchanged or rejected. Without skip_rejects throws Refusal
  // for the whole batch, its errors those of all documents (C3, C4); before anything is written,
  // unless a race brought the failure up.
  void run();

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
    std::uint64_t matched = 0;            // rules that found the product in Item::id, as bits
    bool same = false;                    // that product holds all that the document says
    bool crowded = false;                 // other products were found too: see others_
  };
  struct Other {  // a further product that an item's keys found
    std::uint32_t item;
    std::uint16_t rule;
    StoredProduct row;
  };
  static constexpr std::uint16_t kNoRule = 0xFFFF;
  class Finding;
  class Receipt;

  using Items = std::vector<std::uint32_t>;
  struct Group {
    std::int64_t organization_id;
    Items items;
    std::vector<std::int64_t> contended;  // products that moved while we were writing them
  };

  void bind_rules();
  std::vector<Group> group_by_organization() const;
  void look_up(const Group& group);
  void read_keys(std::uint32_t index);
  void found(std::uint32_t item, std::uint16_t rule, const StoredProduct& row);

  void decide(std::uint32_t index);
  bool choose_match(std::uint32_t index);
  bool check_match(std::uint32_t index);
  void plan_create(std::uint32_t index);
  void plan_update(std::uint32_t index);
  bool is_stale(const Item& item) const;
  void read_final_keys(std::uint32_t index);

  void find_collisions(const Group& group);
  void collide(const std::vector<Items>& groups, std::uint16_t rule);
  void check_taken(const Group& group);
  void decide_levels(const Group& group);
  void check_rights(const Group& group);
  void settle(const Group& group);
  void abort_on_rejects();

  void write(Group& group);
  void update(Group& group, Items& lost);
  void insert(Group& group, Items& lost);
  std::int64_t given_id(const Item& item) const;
  void forget(std::uint32_t index);

  void fail(Item& item, Code code, std::string field, std::string message,
            std::vector<std::pair<std::string, std::string>> details = {});
  std::string rule_field(const IdentityRule& rule) const;
  std::string list_rule_fields(const IdentityRule& rule) const;

  const IdentityRules& rules_;
  const Options& options_;
  Catalogue& catalogue_;
  Batch& batch_;
  std::vector<std::uint16_t> match_rules_;  // in the order they are asked
  std::vector<Work> work_;
  std::vector<Other> others_;
  std::vector<Candidate> candidates_;
  int round_ = 0;
};

}  // namespace product_upsert
