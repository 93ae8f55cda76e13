#pragma once

#include <optional>
#include <unordered_set>
#include <utility>
#include <vector>

#include "core/document/merge.hpp"
#include "core/upsert/batch_state.hpp"
#include "core/upsert/feed_collisions.hpp"

namespace product_upsert {

// Finds the product of each document (rules 7, 21, 33; fine point e): looks up all keys of the
// documents at once, then chooses among the products found.
class Matcher {
 public:
  // `earlier` is null where the call is one batch. Both must outlive it.
  Matcher(BatchState& state, const FeedCollisions* earlier) : state_(state), earlier_(earlier) {}

  // For product_match: what every item's keys found, the product that is meant included.
  struct Candidate {
    std::uint32_t item;
    std::uint16_t rule;
    std::int64_t id;
  };
  const std::vector<Candidate>& candidates() const { return candidates_; }

  // Forgets the candidates.
  void clear() { candidates_.clear(); }
  // Reads the keys of the group's documents into Decision::keys, and finds their products: the
  // first one found goes to the item, others to BatchState::others. Throws Refusal if the custom
  // field of identifier_field does not exist (rule 5), or the caller may not write (rule 1).
  void look_up(const Group& group);
  // Decides which of the products found is meant, if any: sets id, version, stored values and
  // decided_by of the item. False: they contradict each other, which becomes a failure of the item;
  // they are never merged silently. Throws Ledger::AcrossBatches if an earlier batch may be the
  // reason.
  bool choose(std::uint32_t index);

 private:
  class Sink;
  struct Choice {
    std::int64_t id = 0;
    int by = -1;  // the rule
  };

  void find_holders(const Group& group);
  const std::vector<std::int64_t>& holders_of(std::uint32_t index) const;
  void read_keys(std::uint32_t index);
  void found(std::uint32_t index, std::uint16_t rule, const StoredProduct& row);
  std::int64_t product_of(std::uint32_t index, std::uint16_t rule) const;
  bool is_ambiguous(std::uint32_t index);
  void tell_ambiguous(std::uint32_t index);
  std::optional<Choice> choose_id(std::uint32_t index);
  void tell_two_products(std::uint32_t index, Choice first, Choice second);
  void mean(std::uint32_t index, std::int64_t id);
  std::span<const Value> keep(std::span<const Value> values);

  BatchState& state_;
  const FeedCollisions* earlier_;
  Holders holders_;  // of MatchRules::indirect()
  // Lists of holders_ that name no product which an earlier batch has written.
  std::unordered_set<const void*> of_none_earlier_;
  std::optional<Comparison> comparison_;  // while products are looked up
  std::vector<ItemKey> keys_;             // of the item that is being read
  std::vector<Candidate> candidates_;
};

}  // namespace product_upsert
