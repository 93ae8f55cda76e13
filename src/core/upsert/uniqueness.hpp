#pragma once

#include <cstdint>
#include <optional>

#include "core/upsert/batch_state.hpp"
#include "core/upsert/collisions.hpp"
#include "core/upsert/feed_batch.hpp"

namespace product_upsert {

// Checks every uniqueness rule against the other documents of the call and the stored products,
// whichever rule a product was matched by (rules 17, 21, 32, 33; fine points f, g, o). Needs
// Decision::final_keys, and Dependencies begun.
class Uniqueness {
 public:
  // `feed` is null if the call is one batch. All must outlive it.
  Uniqueness(BatchState& state, Collisions& collisions, FeedBatch* feed)
      : state_(state), collisions_(collisions), feed_(feed) {}

  // Documents that are the same product, or would have the same key, all fail, each naming the
  // others. Throws Ledger::AcrossBatches if one is in another batch.
  void find_collisions(const Group& group);
  // A key of another product is taken, unless a document of the same call makes that product give
  // it up: that becomes a dependency, and a KeyMove. Takes at most one statement.
  void check_taken(const Group& group);

 private:
  class Holders;
  enum class Said : bool { in_part, in_full };

  void find_same_products(const Group& group);
  void find_same_keys(const Group& group);
  void find_found_alike(const Group& group);
  bool is_told_otherwise(std::uint32_t a, std::uint32_t b) const;
  void tell(const std::vector<Items>& sets, std::uint16_t rule);
  void taken(std::uint32_t index, const ItemKey& key, std::int64_t holder, Said said);
  std::optional<std::uint32_t> giver_of(const ItemKey& key, std::int64_t holder) const;

  BatchState& state_;
  Collisions& collisions_;
  FeedBatch* feed_;
};

}  // namespace product_upsert
