#pragma once

#include <cstdint>
#include <functional>

#include "core/related/wanting.hpp"
#include "core/upsert/batch_state.hpp"
#include "core/upsert/ledger.hpp"

namespace product_upsert {

// In a call that is cut into batches, finds documents that depend on what documents of other
// batches give up or make, so that the outcome of a document depends neither on the cut nor on the
// order. RelatedFields reports what a document needs.
class FeedLinks final : public Wanting {
 public:
  // Both must outlive it.
  FeedLinks(BatchState& state, Ledger& ledger) : state_(state), ledger_(ledger) {}

  void wants_of(std::uint32_t item, std::int64_t product, What what, std::uint64_t claim) override;
  void wants_name(std::uint32_t item, std::uint64_t name) override;
  void stands_with(std::uint32_t a, std::uint32_t b) override;

  // The document cannot be written because of something that the product has. For an earlier
  // document of that product, `is_new` says whether the product may have got that in this very
  // call.
  void count_on(std::uint32_t index, std::int64_t product, Ledger::Wanted what,
                const std::function<bool(const Ledger::Document&)>& is_new);
  // After everything is decided: records the dependencies within the batch, which is cut
  // differently next time. Throws Ledger::AcrossBatches if documents of other batches have to be
  // known first.
  void note_links();
  // For a document that a batch has written or rejected.
  void note_claims(std::uint32_t index);
  // Whether an earlier document was rejected because it needs something that this one may have
  // given up or made.
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
