#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "core/related/related_state.hpp"

namespace product_upsert {

// Writes variants as planned (rules 22, 28): removes, updates, creates, in an order that all
// writers share.
class VariantWriter {
 public:
  using Items = RelatedState::Items;
  explicit VariantWriter(RelatedState& state) : state_(state) {}

  // `skus_move`: variants that exchange skus release theirs first. False: a concurrent writer took
  // a sku, or a variant.
  bool write(std::int64_t organization_id, const Items& items, TakenKey taken, bool skus_move);

 private:
  struct VariantToWrite {
    std::int64_t product;
    const VariantChange* change;
    const StoredVariant* stored;  // null where it is created
  };
  using Alike = std::map<std::vector<bool>, std::vector<std::uint32_t>>;

  bool remove(std::int64_t organization_id, const std::vector<VariantToWrite>& rows);
  bool release_skus(std::int64_t organization_id, const std::vector<VariantToWrite>& rows);
  bool update(std::int64_t organization_id, std::vector<VariantToWrite>& rows, bool skus_move);
  bool create(std::int64_t organization_id, const std::vector<VariantToWrite>& rows,
              TakenKey taken);
  std::size_t create_alike(std::int64_t organization_id, const std::vector<VariantToWrite>& rows,
                           const Alike::value_type& alike, const std::vector<std::int64_t>& ids,
                           TakenKey taken);
  std::vector<std::int64_t> ids_as_sent(const std::vector<VariantToWrite>& rows,
                                        const Alike& alike);
  std::vector<std::int64_t> free_ids(std::int64_t organization_id, std::size_t count);
  Alike by_defaults(const std::vector<VariantToWrite>& rows,
                    const std::vector<std::uint32_t>& order) const;

  RelatedState& state_;
};

}  // namespace product_upsert
