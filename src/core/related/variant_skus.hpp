#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "core/related/related_state.hpp"
#include "core/value/hash.hpp"

namespace product_upsert {

// Ensures that no two variants of an organization share a sku (rule 23), whatever products they
// belong to, and finds products by the skus of their variants (identifier_field sku).
class VariantSkus {
 public:
  using Items = RelatedState::Items;
  explicit VariantSkus(RelatedState& state) : state_(state) {}

  // The products whose variants the documents name by sku.
  Holders find_holders(std::int64_t organization_id, const Items& items);
  // What the items' products are found by now and may not be any more, once these are written:
  // their skus, as in RelatedState::found_by.
  void each_given_up(std::int64_t organization_id, const Items& items,
                     const std::function<void(std::uint32_t, std::uint64_t)>& f) const;
  // Whether the item names no sku to be found by.
  bool is_unidentified(std::uint32_t index) const { return unidentified_.contains(index); }
  // For planned items: reports skus that another variant has, or another document of the call
  // claims.
  void check(std::int64_t organization_id, const Items& items);
  // The skus that the document wants newly, by a hash.
  void each_claim(const RelatedItem& item, const std::function<void(std::uint64_t)>& f) const;
  // Whether skus go from one variant that stays to another.
  bool move() const { return move_; }

 private:
  class Owners;
  struct Claim {  // of a variant that is to have the sku newly
    std::uint32_t item;
    std::uint32_t place;
    Value sku;
    std::int64_t variant;  // stored; 0: none yet
  };
  std::vector<Claim> claims_of(const Items& items) const;
  void tell_same(const std::vector<Claim>& claims, std::span<const std::uint32_t> several);
  void found_owner(const Claim& claim, std::int64_t owner, std::int64_t variant);
  Failure taken(const Claim& claim, std::int64_t owner) const;
  // By the ids of the stored variants.
  using ChangesById = std::unordered_map<std::int64_t, const VariantChange*, WordHash>;
  const VariantChange* find_change(std::uint32_t index, const VariantState& state,
                                   std::int64_t variant);
  bool gives_up(std::uint32_t index, std::int64_t variant);

  RelatedState& state_;
  std::unordered_set<std::uint32_t> unidentified_;
  std::map<std::uint32_t, ChangesById> changes_;  // of documents asked about, during check()
  bool move_ = false;
};

}  // namespace product_upsert
