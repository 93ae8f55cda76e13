#pragma once

#include <cstdint>
#include <vector>

#include "core/catalogue/catalogue.hpp"
#include "core/document/batch.hpp"
#include "core/document/dependencies.hpp"
#include "core/document/options.hpp"
#include "core/related/related_fields.hpp"
#include "core/upsert/decision.hpp"
#include "core/upsert/match_rules.hpp"
#include "core/value/pages.hpp"

namespace product_upsert {

// The items of one organization, which are decided and written together.
struct Group {
  std::int64_t organization_id;
  Items items;                          // to be decided in the next round
  std::vector<std::int64_t> contended;  // products that moved while we were writing them, by id
  Items pending;                        // of the items, those to be written
};

// Another product that an item's keys found.
struct OtherProduct {
  std::uint16_t rule;
  StoredProduct row;   // kept in Batch::kept
  std::uint32_t next;  // of the same item; kNoOther
};

// What the steps of a batch pass to one another. The matcher fills in keys and matched products;
// the planner, changes and final keys; the uniqueness check, moves and dependencies; the rounds,
// what was lost. Everything that it refers to must outlive it.
struct BatchState {
  BatchState(const MatchRules& match, const Options& options, Catalogue& catalogue, Batch& batch);

  const MatchRules& match;
  const IdentityRules& rules;  // those of `match`
  const Options& options;
  Catalogue& catalogue;
  Batch& batch;
  RelatedFields* related_fields = nullptr;  // where the profile has such
  LargeVector<Decision> decisions;          // parallel to batch.items
  std::vector<OtherProduct> others;
  Dependencies dependencies;
  std::vector<KeyMove> moves;  // of this round, by what is known of it

  // Prepares for another round: forgets what was found of other products and documents.
  void clear();
  // Resets the item, which will be matched again. How often it was not written is kept.
  void forget(std::uint32_t index);
  // Replaces a value of the document until it is matched again.
  void overrule(std::uint32_t index, std::size_t field, const Value& value);
  // The document's own value of a field, without replacements.
  const Value& said(std::uint32_t index, std::size_t field) const;
  // What an answer shows of the product as it was read.
  std::span<const Value> answer_of_stored(const Item& item) const;
  void add_other(std::uint32_t index, std::uint16_t rule, const StoredProduct& row);
  // The last one found comes first.
  template <typename F>
  void each_other(std::uint32_t index, F f) const {
    for (std::uint32_t o = decisions[index].others; o != kNoOther; o = others[o].next) f(others[o]);
  }
  // Whether a change of the item concerns a column of a key of that rule.
  bool touches(const Item& item, const IdentityRule& rule) const;
};

}  // namespace product_upsert
