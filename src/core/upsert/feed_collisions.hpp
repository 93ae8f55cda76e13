#pragma once

#include <cstdint>
#include <functional>

#include "core/upsert/batch_state.hpp"
#include "core/upsert/collisions.hpp"
#include "core/upsert/ledger.hpp"

namespace product_upsert {

// In a call that is cut into batches, documents of different batches that are one product or want
// one key collide as if the call were one batch (rules 32 and 38). Reads and fills the ledger.
class FeedCollisions {
 public:
  // All must outlive it.
  FeedCollisions(BatchState& state, Ledger& ledger, Collisions& collisions)
      : state_(state), ledger_(ledger), collisions_(collisions) {}

  // In a survey, where every document is judged against what was stored before the call: records
  // the group's products and keys, and which documents share them. Replaces the search for
  // collisions within the batch.
  void survey(const Group& group);
  // After the survey: reports the group's documents their collisions.
  void tell_surveyed(const Group& group);
  // Documents that are the same product as one of an earlier batch, or want the same key, fail.
  // Throws Ledger::AcrossBatches under skip_rejects, where the earlier one has to fail too.
  void find_earlier(const Group& group);
  // Whether the holder of a key that the document wants has it from an earlier document; the
  // document is told so then. Throws as find_earlier().
  bool is_earlier(std::uint32_t index, std::uint16_t rule, std::int64_t holder);
  // Whether the document names the product only by a key that an earlier document gave it.
  bool is_named_newly(std::uint32_t index, std::uint16_t rule, std::int64_t product) const;
  // Whether an earlier document is the product. Not known in a survey, and after it.
  bool is_earlier_product(std::uint32_t index, std::int64_t product) const;
  // A key that an earlier document took from its product is free now. But a document that names
  // that product by it, and another product by another rule, means two products: `f` is called for
  // these.
  void each_named_by_released(
      const Group& group,
      const std::function<void(std::uint32_t index, const ItemKey& key, std::int64_t product)>& f);
  // Before the group is written: records what its products are found by beside their rows (a sku, a
  // custom value) and may not be any more.
  void note_given_up(const Group& group);
  // Records by what a document without a product was looked up beside the products' rows.
  void note_found_by(std::uint32_t index);
  // Records the keys that the written product no longer has.
  void note_released(const Item& item);

 private:
  void collide(std::uint32_t index, std::uint16_t rule, std::uint64_t position);
  void link_to_takers(std::uint32_t index);
  void survey_found_by(std::uint32_t index);
  // The document of an earlier batch that was looked up by the same sku or custom value and found
  // nothing, or that took it from its product; 0: none.
  std::uint64_t earlier_alike(std::uint32_t index) const;
  const FoundBy* found_by(std::uint32_t index) const;

  BatchState& state_;
  Ledger& ledger_;
  Collisions& collisions_;
};

}  // namespace product_upsert
