#include "core/related/variant_state.hpp"

#include <algorithm>

#include "core/catalogue/related.hpp"
#include "core/catalogue/table.hpp"

namespace product_upsert {

namespace {

const Field* field_at(const Field& variants, unsigned column) {
  const auto it = std::find_if(variants.fields.begin(), variants.fields.end(),
                               [&](const Field& f) { return f.place == column; });
  return it == variants.fields.end() ? nullptr : &*it;
}

Value said_at(const Field& variants, unsigned column, const Value& given) {
  const Field* const f = field_at(variants, column);
  return f == nullptr ? Value() : given[f->name];
}

}  // namespace

NamedVariants::NamedVariants(const Field& variants, const Value& given) {
  const auto items = list_items(given);
  skus_.reserve(items.size());
  for (std::uint32_t n = 0; n < items.size(); ++n) {
    if (const auto id = variant_id(variants, items[n])) ids_.emplace_back(*id, n);
    else if (const Value sku = variant_sku(variants, items[n]); sku.kind() == Kind::text)
      skus_.emplace_back(sku.as_text(), n);
  }
  std::sort(ids_.begin(), ids_.end());
  std::sort(skus_.begin(), skus_.end());
}

int NamedVariants::find(std::int64_t id, std::string_view sku) const {
  const auto by_id = std::lower_bound(ids_.begin(), ids_.end(), std::pair(id, 0U));
  if (by_id != ids_.end() && by_id->first == id) return static_cast<int>(by_id->second);
  const auto by_sku = std::lower_bound(skus_.begin(), skus_.end(), std::pair(sku, 0U));
  return by_sku != skus_.end() && by_sku->first == sku ? static_cast<int>(by_sku->second) : -1;
}

const StoredVariant* VariantState::stored_by(const VariantChange& change) const {
  return change.stored < 0 ? nullptr : &stored[static_cast<std::size_t>(change.stored)];
}

bool VariantState::has_new_sku(const VariantChange& change) const {
  if (change.kind == VariantChange::Kind::remove || change.sku.kind() != Kind::text) return false;
  const StoredVariant* const old = stored_by(change);
  return old == nullptr || old->changed.has(variant_column::sku);
}

std::optional<std::int64_t> variant_id(const Field& variants, const Value& given) {
  const Field* const f = field_at(variants, variant_column::id);
  if (f == nullptr || f->read_only != ReadOnly::match) return std::nullopt;
  return given[f->name].as_integer();
}

Value variant_sku(const Field& variants, const Value& given) {
  return said_at(variants, variant_column::sku, given);
}

std::string variant_path(const Field& variants, std::uint32_t place) {
  return variants.name + "." + std::to_string(place);
}

std::string variant_path(const Field& variants, std::uint32_t place, unsigned column) {
  const Field* const f = field_at(variants, column);
  return variant_path(variants, place) + "." +
         (f == nullptr ? std::string(info(Table::variant).columns[column].name) : f->name);
}

std::span<const Value> list_items(const Value& list) {
  return list.kind() == Kind::list ? list.items() : std::span<const Value>();
}

}  // namespace product_upsert
