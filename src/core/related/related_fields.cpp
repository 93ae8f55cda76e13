#include "core/related/related_fields.hpp"

#include <algorithm>

#include "core/answer/related_answers.hpp"

namespace product_upsert {

RelatedFields::RelatedFields(const Options& options, RelatedRows& related, Batch& batch,
                             Dependencies& dependencies, RelatedAnswers* related_answers)
    : state_(options, related, batch, dependencies, related_answers),
      new_rows_(state_),
      references_(state_, new_rows_),
      parents_(state_, references_),
      links_(state_),
      uses_(state_),
      custom_fields_(state_, uses_),
      custom_values_(state_, uses_, custom_fields_),
      variants_(state_),
      skus_(state_),
      variant_writer_(state_) {}

void RelatedFields::resolve(std::int64_t organization_id, const Items& items) {
  for (std::size_t field : state_.reference_fields)
    references_.resolve(organization_id, items, field);
  for (std::size_t field : state_.link_fields) references_.resolve(organization_id, items, field);
  if (state_.custom_field) custom_fields_.resolve(organization_id, items);
  if (state_.parent_field) parents_.note_moves(items);
}

void RelatedFields::read(std::int64_t organization_id, const Items& items) {
  if (state_.variants_field) variants_.read(organization_id, items);
  for (std::size_t field : state_.link_fields) links_.read(organization_id, items, field);
}

void RelatedFields::plan(std::uint32_t index) {
  if (state_.variants_field) variants_.plan(index);
  for (std::size_t field : state_.link_fields) links_.plan(index, field);
  if (state_.custom_field) custom_values_.plan(index);
  parents_.plan(index);
}

void RelatedFields::take_back(std::uint32_t index) {
  const auto it = state_.items.find(index);
  if (it == state_.items.end()) return;
  if (state_.variants_field) it->second.variants().changes.clear();
  it->second.new_links = {};
  it->second.custom_changes.clear();
}

void RelatedFields::take_back(std::uint32_t index, std::size_t field) {
  const auto it = state_.items.find(index);
  if (it == state_.items.end()) return;
  if (field == state_.variants_field) it->second.variants().changes.clear();
  else it->second.new_links.erase(field);
}

bool RelatedFields::has_rows(std::uint32_t index, std::size_t field) const {
  const RelatedItem* const item = state_.find(index);
  if (item == nullptr) return false;
  if (field == state_.variants_field) return !item->variants().stored.empty();
  const auto* const links = item->links.find(field);
  return links != nullptr && !links->empty();
}

bool RelatedFields::says_any(std::uint32_t index) const {
  const Item& item = state_.batch.items[index];
  const auto said = [&](std::size_t field) { return !state_.batch.value(item, field).is_absent(); };
  bool made = false;
  each_made(index, [&](std::size_t, std::uint32_t) { made = true; });
  return made || (state_.variants_field && said(*state_.variants_field)) ||
         std::any_of(state_.link_fields.begin(), state_.link_fields.end(), said);
}

bool RelatedFields::refer_alike(std::uint32_t a, std::uint32_t b) const {
  return std::all_of(state_.product_fields.begin(), state_.product_fields.end(),
                     [&](std::size_t field) {
                       return references_.maker(a, field) == references_.maker(b, field);
                     });
}

void RelatedFields::each_claim(std::uint32_t index,
                               const std::function<void(Wanting::What, std::uint64_t)>& f) const {
  const RelatedItem* const item = state_.find(index);
  if (item == nullptr) return;
  skus_.each_claim(*item, [&](std::uint64_t claim) { f(Wanting::What::sku, claim); });
  custom_values_.each_claim(*item,
                            [&](std::uint64_t claim) { f(Wanting::What::custom_value, claim); });
}

void RelatedFields::each_given_up(std::int64_t organization_id, const Items& items,
                                  const std::function<void(std::uint32_t, std::uint64_t)>& f) {
  if (state_.options.custom_field)
    custom_values_.each_given_up(organization_id, items, *state_.options.custom_field, f);
  else skus_.each_given_up(organization_id, items, f);
}

void RelatedFields::check(std::int64_t organization_id, const Items& items) {
  if (state_.variants_field) skus_.check(organization_id, items);
  if (state_.custom_field) custom_values_.check(organization_id, items);
}

void RelatedFields::check_parents(std::int64_t organization_id, const Items& items) {
  if (!state_.product_fields.empty()) parents_.check(organization_id, items);
}

bool RelatedFields::may_lose(const Items& items) {
  return std::any_of(items.begin(), items.end(), [&](std::uint32_t i) {
    if (new_rows_.wanted(i)) return true;
    const RelatedItem* const item = state_.find(i);
    return item != nullptr && (!item->custom_changes.empty() || !item->new_links.empty() ||
                               !item->variants().changes.empty());
  });
}

bool RelatedFields::write(std::int64_t organization_id, const Items& items, TakenKey taken) {
  const auto linked = [&](std::size_t field) {
    return links_.write(organization_id, items, field, taken);
  };
  if (!std::all_of(state_.link_fields.begin(), state_.link_fields.end(), linked)) return false;
  if (state_.custom_field && !custom_values_.write(organization_id, items, taken)) return false;
  return !state_.variants_field ||
         variant_writer_.write(organization_id, items, taken, skus_.move());
}

void RelatedFields::give_unchanged() {
  if (state_.related_answers == nullptr) return;
  for (auto& [index, own] : state_.items) {
    const Item& item = state_.batch.items[index];
    if (item.status == Status::unchanged && own.variants().unchanged)
      state_.related_answers->give_variants(item.organization_id, item.id,
                                            std::move(*own.variants().unchanged));
  }
}

}  // namespace product_upsert
