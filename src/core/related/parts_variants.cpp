// Parts: variants, matched by id or sku within the matched product (rules 22, 23, 26, 28).
#include <algorithm>

#include "core/answer/shown.hpp"
#include "core/catalogue/key_sort.hpp"
#include "core/document/merge.hpp"
#include "core/document/others.hpp"
#include "core/related/parts.hpp"

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

// The id by which the document names a stored variant; 0 where it does not.
std::int64_t id_of(const Field& variants, const Value& given) {
  const Field* const f = field_at(variants, variant_column::id);
  if (f == nullptr || f->read_only != ReadOnly::match) return 0;
  return given[f->name].as_integer().value_or(0);
}

Value sku_of(const Field& variants, const Value& given) {
  return said_at(variants, variant_column::sku, given);
}

// variants.0
std::string variant_path(const Field& variants, std::uint32_t place) {
  return variants.name + "." + std::to_string(place);
}

// variants.0.sku
std::string path_at(const Field& variants, std::uint32_t place, unsigned column) {
  const Field* const f = field_at(variants, column);
  return variant_path(variants, place) + "." +
         (f == nullptr ? std::string(info(Table::variant).columns[column].name) : f->name);
}

bool same(const Value& a, const Value& b) {
  return a.has_value() == b.has_value() && (!a.has_value() || same_value(a, b));
}

std::span<const Value> items_of(const Value& list) {
  return list.kind() == Kind::list ? list.items() : std::span<const Value>();
}

}  // namespace

Parts::NamedVariants::NamedVariants(const Field& variants, const Value& given) {
  const auto items = items_of(given);
  skus_.reserve(items.size());
  for (std::uint32_t n = 0; n < items.size(); ++n) {
    if (const std::int64_t id = id_of(variants, items[n]); id != 0) ids_.emplace_back(id, n);
    else if (const Value sku = sku_of(variants, items[n]); sku.kind() == Kind::text)
      skus_.emplace_back(sku.as_text(), n);
  }
  std::sort(ids_.begin(), ids_.end());
  std::sort(skus_.begin(), skus_.end());
}

int Parts::NamedVariants::find(std::int64_t id, std::string_view sku) const {
  const auto by_id = std::lower_bound(ids_.begin(), ids_.end(), std::pair(id, 0U));
  if (by_id != ids_.end() && by_id->first == id) return static_cast<int>(by_id->second);
  const auto by_sku = std::lower_bound(skus_.begin(), skus_.end(), std::pair(sku, 0U));
  return by_sku != skus_.end() && by_sku->first == sku ? static_cast<int>(by_sku->second) : -1;
}

// The state of the item, the names of its variants read.
Parts::State& Parts::begin_variants(std::uint32_t index) {
  told_ = {};
  const auto [it, added] = states_.try_emplace(index);
  if (it->second.stored.empty()) {
    const Value& given = batch_.value(batch_.items[index], *variants_field_);
    it->second.named = NamedVariants(batch_.profile.fields[*variants_field_], given);
    it->second.stored.assign(items_of(given).size(), -1);
  }
  return it->second;
}

void Parts::read_variants(std::int64_t organization_id, const Items& items) {
  class Reading final : public TableSink {
   public:
    explicit Reading(Parts& parts) : parts_(parts) {}
    void row(std::uint32_t item, const StoredRow& row) override { parts_.found_variant(item, row); }

   private:
    Parts& parts_;
  } sink(*this);
  TableKeys keys{{variant_column::product_id}, {}, {}};
  for (std::uint32_t i : items) {
    const Item& item = batch_.items[i];
    const bool spoken_of = batch_.value(item, *variants_field_).has_value() ||
                           options_.action(*variants_field_) == Action::clear;
    if (item.id == 0 || !spoken_of) continue;
    State& state = begin_variants(i);
    if (shown_ != nullptr) state.unchanged.emplace();
    keys.add(i, {Value::integer(item.id)});
  }
  if (!keys.items.empty()) related_.read(organization_id, Table::variant, {&keys, 1}, sink);
}

void Parts::found_variant(std::uint32_t index, const StoredRow& row) {
  State& state = states_[index];
  Variant variant;
  variant.id = row[variant_column::id].as_integer().value_or(0);
  variant.tid = row.tid;
  const std::string_view sku = row[variant_column::sku].as_text();
  if (const int n = state.named.find(variant.id, sku); n >= 0) {
    const auto place = static_cast<std::size_t>(n);
    variant.said = true;
    variant.sku = batch_.arena.copy(sku);
    state.stored[place] = static_cast<int>(state.variants.size());
    const Value& given = batch_.value(batch_.items[index], *variants_field_);
    compare(given.items()[place], row, variant);
  }
  const bool same = variant.changed.empty();
  state.variants.push_back(std::move(variant));
  if (!same) state.unchanged.reset();
  else if (state.unchanged) state.unchanged->push_back(shown_->keep(row.values));
}

// Keeps of the row what is needed to write it.
void Parts::compare(const Value& given, const StoredRow& row, Variant& variant) {
  const auto& fields = batch_.profile.fields[*variants_field_].fields;
  MemberWalk members(given);
  bool unsaid = false;
  for (std::size_t f = 0; f < fields.size(); ++f) {
    if (fields[f].read_only != ReadOnly::no) continue;
    const Value v = members.take(fields[f].name);
    if (v.is_absent()) unsaid = true;
    else if (!same(v, row[fields[f].place])) variant.changed.add(fields[f].place);
  }
  if (variant.changed.empty() || !unsaid) return;
  const auto kept = batch_.arena.array<Value>(fields.size());
  members = MemberWalk(given);
  for (std::size_t f = 0; f < fields.size(); ++f) {
    const bool said = !members.take(fields[f].name).is_absent();
    kept[f] = said ? Value() : row[fields[f].place].copy_to(batch_.arena);
  }
  variant.kept = kept;
}

bool Parts::was_told(const Item& item, const std::string& path) {
  if (told_.item != &item || told_.count > item.failures.size()) told_ = {&item, 0, {}};
  for (; told_.count < item.failures.size(); ++told_.count)
    told_.paths.insert(item.failures[told_.count].field);
  return told_.paths.contains(path);
}

// What a variant needs that is to be created (C3: all that it lacks).
void Parts::require_fields(Item& item, const Value& variant, std::uint32_t place) {
  const Field& field = batch_.profile.fields[*variants_field_];
  for (const Field& f : field.fields) {
    if (!f.required || variant[f.name].has_value()) continue;
    const std::string at = variant_path(field, place) + "." + f.name;
    if (!was_told(item, at))
      item.failures.push_back({Code::required, at, "is required to create a variant", {}});
  }
}

// What one variant of the document asks for; nothing where nothing is to be written, or it fails.
std::optional<Parts::VariantChange> Parts::plan_variant(std::uint32_t index, std::uint32_t place) {
  Item& item = batch_.items[index];
  const Field& field = batch_.profile.fields[*variants_field_];
  const Value& given = batch_.value(item, *variants_field_).items()[place];
  const Action action = options_.action(*variants_field_);
  const State& state = states_[index];
  const int stored = state.stored[place];
  const Value sku = sku_of(field, given);
  const std::string path = variant_path(field, place);
  if (stored < 0 && id_of(field, given) != 0) {
    const std::string id = std::to_string(id_of(field, given));
    item.failures.push_back({Code::unknown_reference,
                             path_at(field, place, variant_column::id),
                             "names no variant of the product: " + id,
                             {{"resource_id", "\"" + id + "\""}}});
    return std::nullopt;
  }
  if (stored < 0 && sku.kind() != Kind::text) {
    // A wrong one was told of when it was read.
    const std::string at = path_at(field, place, variant_column::sku);
    if (was_told(item, path) || was_told(item, at)) return std::nullopt;
    item.failures.push_back({Code::required, at, "is required", {}});
    // It is no stored variant's, so it would be created (C3).
    if (action != Action::remove) require_fields(item, given, place);
    return std::nullopt;
  }
  if (action == Action::remove) {
    if (stored < 0) return std::nullopt;
    return VariantChange{Change::remove, {}, stored, place, {}};
  }
  if (stored < 0) require_fields(item, given, place);
  else if (state.variants[static_cast<std::size_t>(stored)].changed.empty()) return std::nullopt;
  return VariantChange{stored < 0 ? Change::create : Change::update, given, stored, place, sku};
}

// No two variants of the document are the same one, or would have the same sku (rule 23). Returns
// the places of those that repeat another, ascending.
std::vector<std::uint32_t> Parts::check_named_once(std::uint32_t index) {
  Item& item = batch_.items[index];
  const Field& field = batch_.profile.fields[*variants_field_];
  const State& state = states_[index];
  const auto said = items_of(batch_.value(item, *variants_field_));
  std::vector<std::pair<std::int64_t, std::uint32_t>> ids;
  std::vector<std::pair<std::string_view, std::uint32_t>> skus;
  for (std::uint32_t n = 0; n < said.size(); ++n) {
    if (const std::int64_t id = id_of(field, said[n]); id != 0) ids.emplace_back(id, n);
    const Value sku = sku_of(field, said[n]);
    if (sku.kind() == Kind::text) skus.emplace_back(sku.as_text(), n);
    else if (state.stored[n] >= 0)
      skus.emplace_back(state.variants[static_cast<std::size_t>(state.stored[n])].sku, n);
  }
  std::vector<std::uint32_t> again;
  const auto find_again = [&](auto& names, unsigned column) {
    std::sort(names.begin(), names.end());
    for (std::size_t n = 1; n < names.size(); ++n) {
      if (names[n].first != names[n - 1].first) continue;
      again.push_back(names[n].second);
      item.failures.push_back({Code::collision,
                               path_at(field, names[n].second, column),
                               "is named twice in this document",
                               {}});
    }
  };
  find_again(ids, variant_column::id);
  find_again(skus, variant_column::sku);
  std::sort(again.begin(), again.end());
  return again;
}

void Parts::check_variant_names(std::uint32_t index) {
  if (!variants_field_ || !batch_.value(batch_.items[index], *variants_field_).has_value()) return;
  Item& item = batch_.items[index];
  const Field& field = batch_.profile.fields[*variants_field_];
  begin_variants(index);
  const auto said = items_of(batch_.value(item, *variants_field_));
  for (std::uint32_t n = 0; n < said.size(); ++n) {
    const std::string at = path_at(field, n, variant_column::sku);
    if (id_of(field, said[n]) != 0 || sku_of(field, said[n]).kind() == Kind::text) continue;
    if (!was_told(item, variant_path(field, n)) && !was_told(item, at))
      item.failures.push_back({Code::required, at, "is required", {}});
  }
  check_named_once(index);
}

// What the call says of the variants goes before what the document does.
bool Parts::replaces_variants(const Item& item) const {
  if (!replace_field_ || options_.action(*variants_field_) != Action::standard) return false;
  const Value said = batch_.value(item, *replace_field_);
  return said.kind() == Kind::boolean && said.as_boolean();
}

void Parts::plan_variants(std::uint32_t index) {
  Item& item = batch_.items[index];
  const Field& field = batch_.profile.fields[*variants_field_];
  const Action action = options_.action(*variants_field_);
  const Value& given = batch_.value(item, *variants_field_);
  if (action == Action::ignore) return;
  if (!given.has_value() && action != Action::clear) return;
  State& state = begin_variants(index);
  const auto said = items_of(given);
  if (item.id == 0 && said.empty() && field.required) {
    item.failures.push_back({Code::range, field.name, "must have at least 1 item", {}});
  }
  if (action != Action::clear) {
    const auto again = check_named_once(index);
    for (std::uint32_t n = 0; n < said.size(); ++n) {
      if (std::binary_search(again.begin(), again.end(), n)) continue;
      if (auto change = plan_variant(index, n)) state.variant_changes.push_back(*change);
    }
  }
  if (action == Action::replace || action == Action::clear || replaces_variants(item)) {
    for (std::size_t v = 0; v < state.variants.size(); ++v) {
      if (state.variants[v].said && action != Action::clear) continue;
      state.variant_changes.push_back({Change::remove, {}, static_cast<int>(v), 0, {}});
    }
  }
  if (state.variant_changes.empty()) return;
  state.unchanged.reset();
  require_last_variant(item, state);
  if (item.id != 0) item.changed.push_back(static_cast<std::uint16_t>(*variants_field_));
}

// A product that cannot be created without variants is never left without one (rule 22).
void Parts::require_last_variant(Item& item, const State& state) const {
  const Field& field = batch_.profile.fields[*variants_field_];
  const auto count = [&](Change change) {
    return std::count_if(state.variant_changes.begin(), state.variant_changes.end(),
                         [&](const VariantChange& v) { return v.change == change; });
  };
  const auto removed = count(Change::remove);
  if (!field.required || removed == 0) return;
  const auto left = static_cast<std::ptrdiff_t>(state.variants.size()) - removed;
  if (left + count(Change::create) > 0) return;
  item.failures.push_back(
      {Code::range, field.name, "must keep at least 1 item: the product has no other", {}});
}

// Whether the document takes the sku away from the variant, of its own product or not.
bool Parts::gives_up_sku(std::uint32_t index, std::int64_t variant, bool& moves) const {
  const auto state = states_.find(index);
  if (state == states_.end() || !batch_.items[index].failures.empty()) return false;
  for (const VariantChange& change : state->second.variant_changes) {
    if (change.stored < 0) continue;
    const Variant& stored = state->second.variants[static_cast<std::size_t>(change.stored)];
    if (stored.id != variant) continue;
    if (change.change == Change::remove) return true;
    const bool renamed = stored.changed.has(variant_column::sku);
    moves |= renamed;
    return renamed;
  }
  return false;
}

// A sku that another variant has, or another document of the call claims.
void Parts::check_skus(std::int64_t organization_id, const Items& items) {
  std::vector<SkuClaim> claims;
  std::vector<std::string_view> skus;
  for (std::uint32_t i : items) {
    const auto state = states_.find(i);
    if (state == states_.end()) continue;
    for (const VariantChange& change : state->second.variant_changes) {
      if (!is_new_sku(state->second, change)) continue;
      const std::int64_t stored =
          change.stored < 0 ? 0
                            : state->second.variants[static_cast<std::size_t>(change.stored)].id;
      claims.push_back({i, change.place, change.sku, stored});
      skus.push_back(change.sku.as_text());
    }
  }
  // A sku's claims stand behind one another, in order of the claims.
  const auto order = sorted_texts(skus);
  TableKeys keys{{variant_column::sku}, {}, {}};
  for (std::size_t n = 0, end = 0; n < order.size(); n = end) {
    while (end < order.size() && skus[order[end]] == skus[order[n]]) ++end;
    for (std::size_t c = n; c < end; ++c) keys.add(order[c], {claims[order[c]].sku});
    tell_same_sku(claims, std::span(order).subspan(n, end - n));
  }
  if (claims.empty()) return;
  class Owners final : public TableSink {
   public:
    Owners(Parts& parts, const std::vector<SkuClaim>& claims) : parts_(parts), claims_(claims) {}
    void row(std::uint32_t claim, const StoredRow& v) override {
      parts_.found_owner(claims_[claim], v[variant_column::product_id].as_integer().value_or(0),
                         v[variant_column::id].as_integer().value_or(0));
    }

   private:
    Parts& parts_;
    const std::vector<SkuClaim>& claims_;
  } owners(*this, claims);
  related_.read(organization_id, Table::variant, {&keys, 1}, owners);
}

// Documents that claim one sku; what claims it twice by itself was told of that.
void Parts::tell_same_sku(const std::vector<SkuClaim>& claims,
                          std::span<const std::uint32_t> several) {
  std::vector<std::uint64_t> positions;
  for (std::uint32_t c : several) positions.push_back(batch_.position(claims[c].item));
  std::sort(positions.begin(), positions.end());
  positions.erase(std::unique(positions.begin(), positions.end()), positions.end());
  if (positions.size() < 2) return;
  const Field& field = batch_.profile.fields[*variants_field_];
  for (std::uint32_t c : several) {
    Others others = name_others(positions, batch_.position(claims[c].item));
    batch_.items[claims[c].item].failures.push_back(
        {Code::collision, path_at(field, claims[c].place, variant_column::sku),
         "has the same sku as " + others.words + " of this call", std::move(others.details)});
  }
}

void Parts::found_owner(const SkuClaim& claim, std::int64_t owner, std::int64_t variant) {
  if (variant == claim.variant) return;
  Item& item = batch_.items[claim.item];
  if (owner == item.id) {
    if (gives_up_sku(claim.item, variant, skus_move_)) return;
  } else if (const auto giver = dependencies_.document_of(owner);
             giver && gives_up_sku(*giver, variant, skus_move_)) {
    return dependencies_.add(claim.item, *giver, sku_taken(claim, owner));
  } else if (wanting_ != nullptr) {
    wanting_->wants_of(claim.item, owner, Wanting::What::sku, hash_text(claim.sku.as_text()));
  }
  item.failures.push_back(sku_taken(claim, owner));
}

Failure Parts::sku_taken(const SkuClaim& claim, std::int64_t owner) const {
  const Field& field = batch_.profile.fields[*variants_field_];
  return {Code::taken,
          path_at(field, claim.place, variant_column::sku),
          "is taken: product " + std::to_string(owner) + " has this sku",
          {{"id", std::to_string(owner)}}};
}

// Whose variants have the skus that documents say, for identifier_field sku.
Parts::Holders Parts::find_by_skus(std::int64_t organization_id, const Items& items) {
  const Field& field = batch_.profile.fields[*variants_field_];
  TableKeys keys{{variant_column::sku}, {}, {}};
  for (std::uint32_t i : items) {
    bool any = false;
    for (const Value& variant : items_of(batch_.value(batch_.items[i], *variants_field_))) {
      const Value sku = sku_of(field, variant);
      if (sku.kind() != Kind::text) continue;
      keys.add(i, {sku});
      any = true;
    }
    if (any) continue;
    unidentified_.insert(i);
    told_ = {};
    if (!was_told(batch_.items[i], field.name))
      batch_.items[i].failures.push_back(
          {Code::required, field.name, "is required to find the product by sku", {}});
  }
  class Products final : public TableSink {
   public:
    void row(std::uint32_t item, const StoredRow& v) override {
      of[item].push_back(v[variant_column::product_id].as_integer().value_or(0));
    }
    Holders of;
  } products;
  if (!keys.items.empty()) related_.read(organization_id, Table::variant, {&keys, 1}, products);
  for (auto& [item, ids] : products.of) {
    std::sort(ids.begin(), ids.end());
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  }
  return std::move(products.of);
}

}  // namespace product_upsert
