#pragma once

#include "core/upsert/feed_collisions.hpp"
#include "core/upsert/feed_links.hpp"

namespace product_upsert {

// What a batch has to do with the other batches of its call.
struct FeedBatch {
  // All must outlive it.
  FeedBatch(BatchState& state, Ledger& ledger, Collisions& collisions)
      : ledger(ledger), collisions(state, ledger, collisions), links(state, ledger) {}

  Ledger& ledger;
  FeedCollisions collisions;
  FeedLinks links;

  // Once the batch is written: throws Ledger::AcrossBatches where a product was not deleted because
  // others refer to it, which a later document may take away.
  void check_refused(const BatchState& state) const;
  // Then notes its documents in the ledger, for those of later batches.
  // Throws Ledger::AcrossBatches where an earlier one was rejected for want of one of these.
  void note_batch(BatchState& state);
};

}  // namespace product_upsert
