#pragma once

#include <cstdint>
#include <functional>

#include "core/related/wanting.hpp"
#include "core/upsert/batch_state.hpp"
#include "core/upsert/ledger.hpp"

namespace product_upsert {

// Of a call that is cut into batches: documents that count on what those of other batches give up
// or make, so that what comes of a document depends neither on the cut nor on the order of the
// documents. RelatedFields tells it what documents cannot stand for.
class FeedLinks final : public Wanting {
 public:
  // Both must outlive it.
  FeedLinks(BatchState& state, Ledger& ledger) : state_(state), ledger_(ledger) {}

  void wants_of(std::uint32_t item, std::int64_t product, What what, std::uint64_t claim) override;
  void wants_name(std::uint32_t item, std::uint64_t name) override;
  void stands_with(std::uint32_t a, std::uint32_t b) override;

  // The document does not stand for what the product has. `is_new` tells of an earlier document of
  // that product whether the product may have that from this very call.
  void count_on(std::uint32_t index, std::int64_t product, Ledger::Wanted what,
                const std::function<bool(const Ledger::Document&)>& is_new);
  // Once all is decided: who counts on whom within the batch, which is cut differently next time.
  // Throws Ledger::AcrossBatches where documents of other batches have to be known first.
  void note_links();
  // Of a document that a batch has written, or rejected.
  void note_claims(std::uint32_t index);
  // Whether an earlier document was rejected for want of what this one may have given up or made.
  bool is_awaited(std::uint32_t index) const;

 private:
  void link_both(std::uint32_t index, std::uint64_t position);
  bool waits_for_more(std::uint32_t index);
  void find_claimed();
  void note_surveyed_claims();
  void note_children();

  BatchState& state_;
  Ledger& ledger_;
  bool across_batches_ = false;  // documents of other batches have to be known first
};

}  // namespace product_upsert
