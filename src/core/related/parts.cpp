#include "core/related/parts.hpp"

#include <algorithm>

#include "core/answer/shown.hpp"

namespace product_upsert {

namespace {

// From so many new ones on it costs less to have the statement fail than to probe the index twice.
constexpr std::size_t kManyRows = 200;

}  // namespace

Parts::Parts(const Options& options, RelatedRows& related, Batch& batch, Dependencies& dependencies,
             Shown* shown)
    : options_(options),
      related_(related),
      batch_(batch),
      dependencies_(dependencies),
      shown_(shown) {
  for (std::size_t i = 0; i < batch.profile.fields.size(); ++i) {
    const Field& f = batch.profile.fields[i];
    if (f.read_only != ReadOnly::no) continue;
    switch (f.role) {
      case Role::reference:
        reference_fields_.push_back(i);
        if (f.reference.table == Table::product) parent_field_ = i;
        break;
      case Role::links: link_fields_.push_back(i); break;
      case Role::variants: variants_field_ = i; break;
      case Role::replace_variants: replace_field_ = i; break;
      case Role::custom_fields: custom_field_ = i; break;
      default: break;
    }
  }
}

void Parts::resolve(std::int64_t organization_id, const Items& items) {
  for (std::size_t field : reference_fields_) resolve_references(organization_id, items, field);
  for (std::size_t field : link_fields_) resolve_references(organization_id, items, field);
  if (custom_field_) resolve_custom_fields(organization_id, items, *custom_field_);
  if (!parent_field_) return;
  may_move_parents_ |= std::any_of(items.begin(), items.end(), [&](std::uint32_t i) {
    return batch_.value(batch_.items[i], *parent_field_).has_value() || parent_document(i);
  });
}

void Parts::read(std::int64_t organization_id, const Items& items) {
  if (variants_field_) read_variants(organization_id, items);
  for (std::size_t field : link_fields_) read_links(organization_id, items, field);
}

void Parts::plan(std::uint32_t index) {
  if (variants_field_) plan_variants(index);
  for (std::size_t field : link_fields_) plan_links(index, field);
  if (custom_field_) plan_custom(index);
  if (const auto parent = parent_document(index); parent && batch_.items[index].id != 0) {
    Item& item = batch_.items[index];
    const std::int64_t id = batch_.items[*parent].id;
    if (id == 0 || batch_.stored(item, Column::parent_product_id).as_integer() != id)
      item.changed.push_back(static_cast<std::uint16_t>(*parent_field_));
  }
}

void Parts::check(std::int64_t organization_id, const Items& items) {
  if (variants_field_) check_skus(organization_id, items);
  if (custom_field_) check_custom(organization_id, items);
}

bool Parts::says_any(std::uint32_t index) const {
  const Item& item = batch_.items[index];
  const auto said = [&](std::size_t field) { return !batch_.value(item, field).is_absent(); };
  return (variants_field_ && said(*variants_field_)) || parent_document(index) ||
         std::any_of(link_fields_.begin(), link_fields_.end(), said);
}

void Parts::each_claim(std::uint32_t index,
                       const std::function<void(Wanting::What, std::uint64_t)>& f) const {
  const auto it = states_.find(index);
  if (it == states_.end()) return;
  for (const VariantChange& change : it->second.variant_changes) {
    if (is_new_sku(it->second, change)) f(Wanting::What::sku, hash_text(change.sku.as_text()));
  }
  for (const CustomChange& change : it->second.custom_changes) {
    if (!change.field->unique) continue;
    for (const std::string& value : change.values)
      f(Wanting::What::custom_value, value_claim(*change.field, value));
  }
}

std::uint64_t Parts::value_claim(const CustomField& field, std::string_view value) {
  return hash_word(static_cast<std::uint64_t>(field.id), hash_text(value));
}

// Whether a variant is to have its sku newly.
bool Parts::is_new_sku(const State& state, const VariantChange& change) {
  if (change.change == Change::remove || change.sku.kind() != Kind::text) return false;
  return change.stored < 0 ||
         state.variants[static_cast<std::size_t>(change.stored)].changed.has(variant_column::sku);
}

bool Parts::may_lose(const Items& items) const {
  return std::any_of(items.begin(), items.end(), [&](std::uint32_t i) {
    const auto it = states_.find(i);
    if (it == states_.end()) return false;
    const State& s = it->second;
    return !s.custom_changes.empty() || !s.new_links.empty() || !s.variant_changes.empty();
  });
}

bool Parts::write(std::int64_t organization_id, const Items& items, TakenKey taken) {
  const auto linked = [&](std::size_t field) {
    return write_links(organization_id, items, field, taken);
  };
  if (!std::all_of(link_fields_.begin(), link_fields_.end(), linked)) return false;
  if (custom_field_ && !write_custom(organization_id, items, taken)) return false;
  return !variants_field_ || write_variants(organization_id, items, taken);
}

void Parts::give_unchanged() {
  if (shown_ == nullptr) return;
  for (auto& [index, state] : states_) {
    const Item& item = batch_.items[index];
    if (item.status == Status::unchanged && state.unchanged)
      shown_->give_variants(item.organization_id, item.id, std::move(*state.unchanged));
  }
}

std::size_t Parts::insert(TableWrites writes, TakenKey taken) {
  writes.may_fail =
      taken == TakenKey::fails || (taken == TakenKey::may_fail && writes.rows >= kManyRows);
  return related_.insert_rows(writes);
}

std::optional<std::uint32_t> Parts::parent_document(std::uint32_t index) const {
  // What is cleared is nobody's, whatever the document says of it (rule 16).
  if (parent_field_ && options_.action(*parent_field_) == Action::clear) return std::nullopt;
  const auto it = parents_.find(index);
  return it == parents_.end() ? std::nullopt : std::optional(it->second);
}

bool Parts::inserts_first(const Items& items) const {
  return std::any_of(items.begin(), items.end(), [&](std::uint32_t i) {
    const auto parent = parent_document(i);
    return parent && batch_.items[i].id != 0 && batch_.items[*parent].id == 0;
  });
}

}  // namespace product_upsert
