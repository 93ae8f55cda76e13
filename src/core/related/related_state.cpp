#include "core/related/related_state.hpp"

#include <algorithm>

namespace product_upsert {

Holders make_holders(std::unordered_map<std::uint32_t, std::vector<std::int64_t>>& products) {
  Holders holders;
  for (auto& [item, ids] : products) {
    std::sort(ids.begin(), ids.end());
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
    holders.emplace(item, std::make_shared<const std::vector<std::int64_t>>(std::move(ids)));
  }
  return holders;
}

const VariantState& RelatedItem::variants() const {
  static const auto* const none = new VariantState;  // never destroyed
  return variants_ ? *variants_ : *none;
}

RelatedState::RelatedState(const Options& options, RelatedRows& related, Batch& batch,
                           Dependencies& dependencies, RelatedAnswers* related_answers)
    : options(options),
      related(related),
      batch(batch),
      dependencies(dependencies),
      related_answers(related_answers) {
  for (std::size_t i = 0; i < batch.profile.fields.size(); ++i) {
    const Field& f = batch.profile.fields[i];
    if (f.read_only != ReadOnly::no) continue;
    switch (f.role) {
      case Role::reference:
        reference_fields.push_back(i);
        if (f.reference.table != Table::product) break;
        product_fields.push_back(i);
        // A column of the user's own may refer to products too, which are no parents.
        if (f.column == Column::parent_product_id) parent_field = i;
        break;
      case Role::links: link_fields.push_back(i); break;
      case Role::variants: variants_field = i; break;
      case Role::replace_variants: replace_field = i; break;
      case Role::custom_fields: custom_field = i; break;
      default: break;
    }
  }
}

const RelatedItem* RelatedState::find(std::uint32_t index) const {
  const auto it = items.find(index);
  return it == items.end() ? nullptr : &it->second;
}

std::size_t RelatedState::insert(TableWrites writes, TakenKey taken) {
  writes.may_fail =
      taken == TakenKey::fails || (taken == TakenKey::may_fail && writes.rows >= kManyRows);
  return related.insert_rows(writes);
}

}  // namespace product_upsert
