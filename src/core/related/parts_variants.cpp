// Parts: variants, matched by sku within the matched product (rules 22, 23, 26, 28).
#include <algorithm>

#include "core/answer/shown.hpp"
#include "core/catalogue/key_sort.hpp"
#include "core/document/merge.hpp"
#include "core/related/parts.hpp"

namespace product_upsert {

namespace {

Value sku_of(const Field& variants, const Value& given) {
  for (const Field& f : variants.fields) {
    if (f.place == variant_column::sku) return given[f.name];
  }
  return {};
}

std::string sku_name(const Field& variants) {
  for (const Field& f : variants.fields) {
    if (f.place == variant_column::sku) return f.name;
  }
  return "sku";
}

// variants.0
std::string variant_path(const Field& variants, std::uint32_t place) {
  return variants.name + "." + std::to_string(place);
}

// variants.0.sku
std::string sku_path(const Field& variants, std::uint32_t place) {
  return variant_path(variants, place) + "." + sku_name(variants);
}

bool same(const Value& a, const Value& b) {
  return a.has_value() == b.has_value() && (!a.has_value() || identical(a, b));
}

std::span<const Value> items_of(const Value& list) {
  return list.kind() == Kind::list ? list.items() : std::span<const Value>();
}

}  // namespace

Parts::Skus::Skus(const Field& variants, const Value& given) {
  const auto items = items_of(given);
  sorted_.reserve(items.size());
  for (std::uint32_t n = 0; n < items.size(); ++n) {
    if (const Value sku = sku_of(variants, items[n]); sku.kind() == Kind::text)
      sorted_.emplace_back(sku.as_text(), n);
  }
  std::sort(sorted_.begin(), sorted_.end());
}

int Parts::Skus::find(std::string_view sku) const {
  const auto it = std::lower_bound(sorted_.begin(), sorted_.end(), std::pair(sku, 0U));
  return it != sorted_.end() && it->first == sku ? static_cast<int>(it->second) : -1;
}

// The state of the item, its variants' skus read.
Parts::State& Parts::begin_variants(std::uint32_t index) {
  const auto [it, added] = states_.try_emplace(index);
  if (it->second.stored.empty()) {
    const Value& given = batch_.value(batch_.items[index], *variants_field_);
    it->second.skus = Skus(batch_.profile.fields[*variants_field_], given);
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
  if (const int n = state.skus.find(row[variant_column::sku].as_text()); n >= 0) {
    variant.said = true;
    state.stored[static_cast<std::size_t>(n)] = static_cast<int>(state.variants.size());
    const Value& given = batch_.value(batch_.items[index], *variants_field_);
    compare(given.items()[static_cast<std::size_t>(n)], row, variant);
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

void Parts::plan_variants(std::uint32_t index) {
  Item& item = batch_.items[index];
  const Field& field = batch_.profile.fields[*variants_field_];
  const Action action = options_.action(*variants_field_);
  const Value& given = batch_.value(item, *variants_field_);
  if (action == Action::ignore) return;
  if (!given.has_value() && action != Action::clear) return;
  State& state = begin_variants(index);
  const auto remove = [&](const Variant& v) {
    state.variant_changes.push_back({Change::remove, {}, &v, 0, {}});
  };
  const auto told = [&](const std::string& at) {
    return std::any_of(item.failures.begin(), item.failures.end(),
                       [&](const Failure& f) { return f.field == at; });
  };
  const auto require = [&](const Value& variant, const std::string& path) {
    for (const Field& f : field.fields) {
      if (!f.required || variant[f.name].has_value()) continue;
      const std::string at = path + "." + f.name;
      if (!told(at))
        item.failures.push_back({Code::required, at, "is required to create a variant", {}});
    }
  };
  const auto said = items_of(given);
  if (item.id == 0 && said.empty() && field.required) {
    item.failures.push_back({Code::range, field.name, "must have at least 1 item", {}});
  }
  for (std::uint32_t n = 0; n < said.size() && action != Action::clear; ++n) {
    const auto path = [&] { return variant_path(field, n); };
    const Value sku = sku_of(field, said[n]);
    if (sku.kind() != Kind::text) {
      // A wrong one was told of when it was read.
      const std::string at = sku_path(field, n);
      if (told(path()) || told(at)) continue;
      item.failures.push_back({Code::required, at, "is required", {}});
      // It is no stored variant's, so it would be created (C3).
      if (action != Action::remove) require(said[n], path());
      continue;
    }
    if (static_cast<std::uint32_t>(state.skus.find(sku.as_text())) != n) {
      item.failures.push_back(
          {Code::collision, sku_path(field, n), "is named twice in this document", {}});
      continue;
    }
    const Variant* const stored =
        state.stored[n] < 0 ? nullptr : &state.variants[static_cast<std::size_t>(state.stored[n])];
    if (action == Action::remove) {
      if (stored != nullptr) remove(*stored);
      continue;
    }
    if (stored == nullptr) require(said[n], path());
    else if (stored->changed.empty()) continue;
    state.variant_changes.push_back(
        {stored == nullptr ? Change::create : Change::update, said[n], stored, n, sku});
  }
  if (action == Action::replace || action == Action::clear) {
    for (const Variant& v : state.variants) {
      if (!v.said || action == Action::clear) remove(v);
    }
  }
  if (state.variant_changes.empty()) return;
  state.unchanged.reset();
  if (item.id != 0) item.changed.push_back(static_cast<std::uint16_t>(*variants_field_));
}

// A sku that another product owns, or another document of the call claims.
void Parts::check_skus(std::int64_t organization_id, const Items& items) {
  struct Claim {
    std::uint32_t item;
    std::uint32_t place;
    Value sku;
  };
  const Field& field = batch_.profile.fields[*variants_field_];
  std::vector<Claim> claims;
  std::vector<std::string_view> skus;
  for (std::uint32_t i : items) {
    const auto state = states_.find(i);
    if (state == states_.end()) continue;
    for (const VariantChange& change : state->second.variant_changes) {
      if (change.change != Change::create) continue;
      claims.push_back({i, change.place, change.sku});
      skus.push_back(change.sku.as_text());
    }
  }
  // A sku's claims stand behind one another, each told with the first; in order of the claims.
  const auto order = sorted_texts(skus);
  std::vector<std::pair<std::uint32_t, std::uint32_t>> again;  // a claim, the first of its sku
  TableKeys keys{{variant_column::sku}, {}, {}};
  for (std::size_t n = 0, first = 0; n < order.size(); ++n) {
    if (skus[order[n]] != skus[order[first]]) first = n;
    if (claims[order[n]].item != claims[order[first]].item)
      again.emplace_back(order[n], order[first]);
    keys.add(order[n], {claims[order[n]].sku});
  }
  std::sort(again.begin(), again.end());
  for (const auto& [claim, first] : again) {
    const std::uint64_t positions[] = {batch_.position(claims[first].item),
                                       batch_.position(claims[claim].item)};
    for (const auto& [a, b] : {std::pair(claim, first), std::pair(first, claim)}) {
      batch_.items[claims[a].item].failures.push_back(
          {Code::collision,
           sku_path(field, claims[a].place),
           "has the same sku as document " + std::to_string(batch_.position(claims[b].item)) +
               " of this call",
           {{"positions",
             "[" + std::to_string(positions[0]) + "," + std::to_string(positions[1]) + "]"}}});
    }
  }
  if (claims.empty()) return;
  class Owners final : public TableSink {
   public:
    Owners(Batch& batch, const Field& field, const std::vector<Claim>& claims)
        : batch_(batch), field_(field), claims_(claims) {}
    void row(std::uint32_t claim, const StoredRow& v) override {
      const std::int64_t owner = v[variant_column::product_id].as_integer().value_or(0);
      Item& item = batch_.items[claims_[claim].item];
      if (owner == item.id) return;
      item.failures.push_back({Code::taken,
                               sku_path(field_, claims_[claim].place),
                               "is taken: product " + std::to_string(owner) + " has this sku",
                               {{"id", std::to_string(owner)}}});
    }

   private:
    Batch& batch_;
    const Field& field_;
    const std::vector<Claim>& claims_;
  } owners(batch_, field, claims);
  related_.read(organization_id, Table::variant, {&keys, 1}, owners);
}

bool Parts::write_variants(std::int64_t organization_id, const Items& items, TakenKey taken) {
  std::vector<VariantRow> created, updated, removed;
  for (std::uint32_t i : items) {
    const auto state = states_.find(i);
    if (state == states_.end()) continue;
    for (const VariantChange& change : state->second.variant_changes) {
      const VariantRow row{batch_.items[i].id, &change};
      if (change.change == Change::create) created.push_back(row);
      if (change.change == Change::update) updated.push_back(row);
      if (change.change == Change::remove) removed.push_back(row);
    }
  }
  if (!removed.empty()) {
    related_.delete_rows({organization_id,
                          Table::variant,
                          {variant_column::id},
                          removed.size(),
                          [&](std::size_t r, std::span<Value> to) {
                            to[0] = Value::integer(removed[r].change->stored->id);
                          }});
  }
  if (!updated.empty()) update_variants(organization_id, updated);
  return created.empty() || create_variants(organization_id, created, taken);
}

void Parts::update_variants(std::int64_t organization_id, std::vector<VariantRow>& rows) {
  std::sort(rows.begin(), rows.end(), [](const VariantRow& a, const VariantRow& b) {
    return a.change->stored->id < b.change->stored->id;
  });
  // Columns that no row changes are left alone.
  IndexSet changed;
  for (const VariantRow& row : rows) changed.add(row.change->stored->changed);
  const auto& all = batch_.profile.fields[*variants_field_].fields;
  std::vector<std::size_t> fields;
  std::vector<unsigned> columns = {variant_column::id};
  for (std::size_t f = 0; f < all.size(); ++f) {
    if (!changed.has(all[f].place) || all[f].read_only != ReadOnly::no) continue;
    fields.push_back(f);
    columns.push_back(all[f].place);
  }
  TableWrites writes{organization_id, Table::variant, columns, rows.size(),
                     [&](std::size_t r, std::span<Value> to) {
                       const VariantChange& change = *rows[r].change;
                       to[0] = Value::integer(change.stored->id);
                       MemberWalk given(change.given);
                       for (std::size_t i = 0; i < fields.size(); ++i) {
                         const Value v = given.take(all[fields[i]].name);
                         to[i + 1] = v.is_absent() ? change.stored->kept[fields[i]] : v;
                       }
                     }};
  for (const VariantRow& row : rows) writes.tids.push_back(row.change->stored->tid);
  related_.update_rows(writes);
}

// False: a concurrent writer took a sku.
bool Parts::create_variants(std::int64_t organization_id, const std::vector<VariantRow>& rows,
                            TakenKey taken) {
  // In one order for all writers, so that they never deadlock.
  std::vector<std::string_view> skus;
  for (const VariantRow& row : rows) skus.push_back(row.change->sku.as_text());
  const auto order = sorted_texts(skus);
  std::vector<const Field*> fields;
  std::vector<unsigned> columns = {variant_column::product_id};
  for (const Field& f : batch_.profile.fields[*variants_field_].fields) {
    if (f.read_only != ReadOnly::no) continue;
    fields.push_back(&f);
    columns.push_back(f.place);
  }
  return insert({organization_id, Table::variant, columns, rows.size(),
                 [&](std::size_t r, std::span<Value> to) {
                   const VariantRow& row = rows[order[r]];
                   to[0] = Value::integer(row.product);
                   MemberWalk given(row.change->given);
                   for (std::size_t f = 0; f < fields.size(); ++f) {
                     const Value v = given.take(fields[f]->name);
                     to[f + 1] = v.is_absent() && fields[f]->initial ? *fields[f]->initial : v;
                   }
                 }},
                taken) == rows.size();
}

}  // namespace product_upsert
