#pragma once

#include "core/upsert/feed_collisions.hpp"
#include "core/upsert/feed_links.hpp"

namespace product_upsert {

// Connects a batch with the other batches of its call.
struct FeedBatch {
  // All must outlive it.
  FeedBatch(BatchState& state, Ledger& ledger, Collisions& collisions)
      : ledger(ledger), collisions(state, ledger, collisions), links(state, ledger) {}

  Ledger& ledger;
  FeedCollisions collisions;
  FeedLinks links;

  // After the batch is written: throws Ledger::AcrossBatches if a product was not deleted because
  // others refer to it, since a later document may remove these.
  void check_refused(const BatchState& state) const;
  // Then adds its documents to the ledger, for later batches. Throws Ledger::AcrossBatches if an
  // earlier document was rejected because it needs one of these.
  void note_batch(BatchState& state);
};

}  // namespace product_upsert
