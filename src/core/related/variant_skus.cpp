#include "core/related/variant_skus.hpp"

#include <algorithm>

#include "core/catalogue/key_sort.hpp"
#include "core/document/others.hpp"
#include "core/value/hash.hpp"
#include "core/value/interrupts.hpp"

namespace product_upsert {

Holders VariantSkus::find_holders(std::int64_t organization_id, const Items& items) {
  const Field& field = state_.batch.profile.fields[*state_.variants_field];
  TableKeys keys{{variant_column::sku}, {}, {}};
  for (std::uint32_t i : items) {
    bool any = false;
    state_.found_by.erase(i);
    for (const Value& variant :
         list_items(state_.batch.value(state_.batch.items[i], *state_.variants_field))) {
      const Value sku = variant_sku(field, variant);
      if (sku.kind() != Kind::text) continue;
      keys.add(i, {sku});
      any = true;
      FoundBy& found_by = state_.found_by[i];
      found_by.unique = true;
      found_by.values.push_back(hash_text(sku.as_text()));
    }
    if (any) continue;
    unidentified_.insert(i);
    if (!state_.batch.items[i].has_failure(field.name))
      state_.batch.items[i].fail(Code::required, field.name,
                                 "is required to find the product by sku");
  }
  class Products final : public TableSink {
   public:
    void row(std::uint32_t item, const StoredRow& v) override {
      of[item].push_back(v[variant_column::product_id].as_integer().value_or(0));
    }
    std::unordered_map<std::uint32_t, std::vector<std::int64_t>> of;
  } products;
  if (!keys.items.empty())
    state_.related.read(organization_id, Table::variant, {&keys, 1}, products);
  return make_holders(products.of);
}

void VariantSkus::each_given_up(std::int64_t organization_id, const Items& items,
                                const std::function<void(std::uint32_t, std::uint64_t)>& f) const {
  TableKeys keys{{variant_column::product_id}, {}, {}};
  for (std::uint32_t i : items) {
    const RelatedItem* const state = state_.find(i);
    const auto gives_one_up = [&](const VariantChange& change) {
      return change.kind == VariantChange::Kind::remove ||
             (change.stored >= 0 && state->variants().has_new_sku(change));
    };
    if (state_.batch.items[i].removes ||
        (state != nullptr && std::any_of(state->variants().changes.begin(),
                                         state->variants().changes.end(), gives_one_up)))
      keys.add(i, {Value::integer(state_.batch.items[i].id)});
  }
  class Held final : public TableSink {
   public:
    explicit Held(const std::function<void(std::uint32_t, std::uint64_t)>& f) : f_(f) {}
    void row(std::uint32_t item, const StoredRow& v) override {
      if (const Value& sku = v[variant_column::sku]; sku.has_value())
        f_(item, hash_text(sku.as_text()));
    }

   private:
    const std::function<void(std::uint32_t, std::uint64_t)>& f_;
  } held(f);
  if (!keys.items.empty()) state_.related.read(organization_id, Table::variant, {&keys, 1}, held);
}

class VariantSkus::Owners final : public TableSink {
 public:
  Owners(VariantSkus& skus, const std::vector<Claim>& claims) : skus_(skus), claims_(claims) {}
  void row(std::uint32_t claim, const StoredRow& v) override {
    skus_.found_owner(claims_[claim], v[variant_column::product_id].as_integer().value_or(0),
                      v[variant_column::id].as_integer().value_or(0));
  }

 private:
  VariantSkus& skus_;
  const std::vector<Claim>& claims_;
};

std::vector<VariantSkus::Claim> VariantSkus::claims_of(const Items& items) const {
  std::vector<Claim> claims;
  for (std::uint32_t i : items) {
    const RelatedItem* const item = state_.find(i);
    if (item == nullptr) continue;
    for (const VariantChange& change : item->variants().changes) {
      if (!item->variants().has_new_sku(change)) continue;
      const StoredVariant* const stored = item->variants().stored_by(change);
      claims.push_back({i, change.place, change.sku, stored == nullptr ? 0 : stored->id});
    }
  }
  return claims;
}

void VariantSkus::check(std::int64_t organization_id, const Items& items) {
  const std::vector<Claim> claims = claims_of(items);
  changes_.clear();
  if (claims.empty()) return;
  std::vector<std::string_view> skus;
  skus.reserve(claims.size());
  for (const Claim& claim : claims) skus.push_back(claim.sku.as_text());
  // The claims of a sku follow one another, in the order of claims.
  const auto order = sorted_texts(skus);
  TableKeys keys{{variant_column::sku}, {}, {}};
  for (std::size_t n = 0, end = 0; n < order.size(); n = end) {
    while (end < order.size() && skus[order[end]] == skus[order[n]]) ++end;
    for (std::size_t c = n; c < end; ++c) keys.add(order[c], {claims[order[c]].sku});
    tell_same(claims, std::span(order).subspan(n, end - n));
  }
  Owners owners(*this, claims);
  state_.related.read(organization_id, Table::variant, {&keys, 1}, owners);
}

void VariantSkus::each_claim(const RelatedItem& item,
                             const std::function<void(std::uint64_t)>& f) const {
  for (const VariantChange& change : item.variants().changes) {
    if (item.variants().has_new_sku(change)) f(hash_text(change.sku.as_text()));
  }
}

// Rejects documents that claim the same sku. A document that claims one twice has a failure
// already.
void VariantSkus::tell_same(const std::vector<Claim>& claims,
                            std::span<const std::uint32_t> several) {
  std::vector<std::uint64_t> positions;
  for (std::uint32_t c : several) positions.push_back(state_.batch.position(claims[c].item));
  std::sort(positions.begin(), positions.end());
  positions.erase(std::unique(positions.begin(), positions.end()), positions.end());
  if (positions.size() < 2) return;
  const Field& field = state_.batch.profile.fields[*state_.variants_field];
  for (std::uint32_t c : several) {
    Others others = name_others(positions, state_.batch.position(claims[c].item));
    state_.batch.items[claims[c].item].fail(
        Code::collision, variant_path(field, claims[c].place, variant_column::sku),
        "has the same sku as " + others.words + " of this call", std::move(others.details));
  }
}

void VariantSkus::found_owner(const Claim& claim, std::int64_t owner, std::int64_t variant) {
  if (variant == claim.variant) return;
  Item& item = state_.batch.items[claim.item];
  if (owner == item.id) {
    if (gives_up(claim.item, variant)) return;
  } else if (const auto giver = state_.dependencies.document_of(owner);
             giver && gives_up(*giver, variant)) {
    return state_.dependencies.add(claim.item, *giver, taken(claim, owner));
  } else if (state_.wanting != nullptr) {
    state_.wanting->wants_of(claim.item, owner, Wanting::What::sku, hash_text(claim.sku.as_text()));
  }
  item.failures.push_back(taken(claim, owner));
}

Failure VariantSkus::taken(const Claim& claim, std::int64_t owner) const {
  const Field& field = state_.batch.profile.fields[*state_.variants_field];
  return {Code::taken, variant_path(field, claim.place, variant_column::sku),
          "is taken: product " + std::to_string(owner) + " has this sku",
          Details().number("id", owner)};
}

// What the document changes about a stored variant; null if it does not.
const VariantChange* VariantSkus::find_change(std::uint32_t index, const VariantState& state,
                                              std::int64_t variant) {
  const auto [known, first] = changes_.try_emplace(index);
  if (first) {
    for (const VariantChange& change : state.changes) {
      check_interrupts();
      if (const StoredVariant* const stored = state.stored_by(change))
        known->second.emplace(stored->id, &change);
    }
  }
  const auto found = known->second.find(variant);
  return found == known->second.end() ? nullptr : found->second;
}

// Whether the document removes the sku from the variant, which may be its own product's or
// another's.
bool VariantSkus::gives_up(std::uint32_t index, std::int64_t variant) {
  if (!state_.batch.items[index].failures.empty()) return false;
  if (state_.batch.items[index].removes) return true;
  const RelatedItem* const item = state_.find(index);
  if (item == nullptr) return false;
  const VariantChange* const change = find_change(index, item->variants(), variant);
  if (change == nullptr) return false;
  if (change->kind == VariantChange::Kind::remove) return true;
  const bool renamed = item->variants().stored_by(*change)->changed.has(variant_column::sku);
  move_ |= renamed;
  return renamed;
}

}  // namespace product_upsert
