// Parts: variants, matched by sku within the matched product (rules 22, 23, 26, 28).
#include <algorithm>

#include "core/key_sort.hpp"
#include "core/merge.hpp"
#include "core/parts.hpp"

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

bool same(const Value& a, const Value& b) {
  return a.has_value() == b.has_value() && (!a.has_value() || identical(a, b));
}

}  // namespace

void Parts::read_variants(std::int64_t organization_id, const Items& items) {
  class Reading final : public TableSink {
   public:
    Reading(Parts& parts) : parts_(parts) {}
    void row(std::uint32_t item, const StoredRow& v) override {
      auto values = parts_.batch_.arena.array<Value>(v.values.size());
      std::transform(v.values.begin(), v.values.end(), values.begin(),
                     [&](const Value& x) { return x.copy_to(parts_.batch_.arena); });
      parts_.states_[item].variants.push_back(
          {v[variant_column::id].as_integer().value_or(0), v.tid, values});
    }

   private:
    Parts& parts_;
  } sink(*this);
  TableKeys keys{{variant_column::product_id}, {}, {}};
  for (std::uint32_t i : items) {
    const Item& item = batch_.items[i];
    const bool spoken_of = batch_.value(item, *variants_field_).has_value() ||
                           options_.action(*variants_field_) == Action::clear;
    if (item.id != 0 && spoken_of) keys.add(i, {Value::integer(item.id)});
  }
  if (!keys.items.empty()) related_.read(organization_id, Table::variant, {&keys, 1}, sink);
}

bool Parts::differs(const Field& variants, const VariantChange& change) const {
  MemberWalk given(change.given);
  return std::any_of(variants.fields.begin(), variants.fields.end(), [&](const Field& f) {
    const Value v = given.take(f.name);
    return f.read_only == ReadOnly::no && !v.is_absent() &&
           !same(v, change.stored->values[f.place]);
  });
}

void Parts::plan_variants(std::uint32_t index) {
  Item& item = batch_.items[index];
  const Field& field = batch_.profile.fields[*variants_field_];
  const Action action = options_.action(*variants_field_);
  const Value& given = batch_.value(item, *variants_field_);
  if (action == Action::ignore) return;
  if (!given.has_value() && action != Action::clear) return;
  State& state = states_[index];
  const auto remove = [&](const Variant& v) {
    state.variant_changes.push_back({Change::remove, {}, &v, {}, {}});
  };
  const auto stored_with = [&](const Value& sku) -> const Variant* {
    for (const Variant& v : state.variants) {
      if (equal_keys(v.values[variant_column::sku], sku)) return &v;
    }
    return nullptr;
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
  std::vector<std::string_view> named;
  const auto said = given.kind() == Kind::list ? given.items() : std::span<const Value>();
  if (item.id == 0 && said.empty() && field.required) {
    item.failures.push_back({Code::range, field.name, "must have at least 1 item", {}});
  }
  for (std::size_t n = 0; n < said.size() && action != Action::clear; ++n) {
    const std::string path = field.name + "." + std::to_string(n);
    const Value sku = sku_of(field, said[n]);
    if (sku.kind() != Kind::text) {
      // A wrong one was told of when it was read.
      const std::string at = path + "." + sku_name(field);
      if (told(path) || told(at)) continue;
      item.failures.push_back({Code::required, at, "is required", {}});
      // It is no stored variant's, so it would be created (C3).
      if (action != Action::remove) require(said[n], path);
      continue;
    }
    if (std::find(named.begin(), named.end(), sku.as_text()) != named.end()) {
      item.failures.push_back(
          {Code::collision, path + "." + sku_name(field), "is named twice in this document", {}});
      continue;
    }
    named.push_back(sku.as_text());
    const Variant* stored = stored_with(sku);
    if (action == Action::remove) {
      if (stored != nullptr) remove(*stored);
      continue;
    }
    VariantChange change{stored != nullptr ? Change::update : Change::create, said[n], stored, path,
                         sku};
    if (stored != nullptr && !differs(field, change)) change.change = Change::none;
    if (change.change == Change::create) require(said[n], path);
    state.variant_changes.push_back(std::move(change));
  }
  if (action == Action::replace || action == Action::clear) {
    for (const Variant& v : state.variants) {
      const auto sku = v.values[variant_column::sku].as_text();
      if (std::find(named.begin(), named.end(), sku) == named.end()) remove(v);
    }
  }
  const bool changes = std::any_of(state.variant_changes.begin(), state.variant_changes.end(),
                                   [](const VariantChange& v) { return v.change != Change::none; });
  if (changes && item.id != 0) item.changed.push_back(static_cast<std::uint16_t>(*variants_field_));
}

// A sku that another product owns, or another document of the call claims.
void Parts::check_skus(std::int64_t organization_id, const Items& items) {
  struct Claim {
    std::uint32_t item;
    std::string path;
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
      claims.push_back({i, change.path + "." + sku_name(field), change.sku});
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
           claims[a].path,
           "has the same sku as document " + std::to_string(batch_.position(claims[b].item)) +
               " of this call",
           {{"positions",
             "[" + std::to_string(positions[0]) + "," + std::to_string(positions[1]) + "]"}}});
    }
  }
  if (claims.empty()) return;
  class Owners final : public TableSink {
   public:
    Owners(Batch& batch, const std::vector<Claim>& claims) : batch_(batch), claims_(claims) {}
    void row(std::uint32_t claim, const StoredRow& v) override {
      const std::int64_t owner = v[variant_column::product_id].as_integer().value_or(0);
      Item& item = batch_.items[claims_[claim].item];
      if (owner == item.id) return;
      item.failures.push_back({Code::taken,
                               claims_[claim].path,
                               "is taken: product " + std::to_string(owner) + " has this sku",
                               {{"id", std::to_string(owner)}}});
    }

   private:
    Batch& batch_;
    const std::vector<Claim>& claims_;
  } owners(batch_, claims);
  related_.read(organization_id, Table::variant, {&keys, 1}, owners);
}

bool Parts::write_variants(std::int64_t organization_id, const Items& items, TakenKey taken) {
  const Field& field = batch_.profile.fields[*variants_field_];
  struct Row {
    std::int64_t product;
    const VariantChange* change;
  };
  std::vector<Row> created, updated, removed;
  for (std::uint32_t i : items) {
    const auto state = states_.find(i);
    if (state == states_.end()) continue;
    for (const VariantChange& change : state->second.variant_changes) {
      const Row row{batch_.items[i].id, &change};
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
  std::vector<const Field*> fields;
  for (const Field& f : field.fields) {
    if (f.read_only == ReadOnly::no) fields.push_back(&f);
  }
  if (!updated.empty()) {
    std::sort(updated.begin(), updated.end(), [](const Row& a, const Row& b) {
      return a.change->stored->id < b.change->stored->id;
    });
    // Columns that no row changes are left alone.
    std::vector<char> changes(fields.size());
    for (const Row& row : updated) {
      MemberWalk given(row.change->given);
      for (std::size_t f = 0; f < fields.size(); ++f) {
        const Value v = given.take(fields[f]->name);
        if (changes[f] == 0 && !v.is_absent() &&
            !same(v, row.change->stored->values[fields[f]->place]))
          changes[f] = 1;
      }
    }
    std::vector<const Field*> changed;
    TableWrites writes{organization_id,
                       Table::variant,
                       {variant_column::id},
                       updated.size(),
                       [&](std::size_t r, std::span<Value> to) {
                         const VariantChange& change = *updated[r].change;
                         to[0] = Value::integer(change.stored->id);
                         MemberWalk given(change.given);
                         for (std::size_t f = 0; f < changed.size(); ++f) {
                           const Value v = given.take(changed[f]->name);
                           to[f + 1] = v.is_absent() ? change.stored->values[changed[f]->place] : v;
                         }
                       }};
    for (std::size_t f = 0; f < fields.size(); ++f) {
      if (changes[f] == 0) continue;
      changed.push_back(fields[f]);
      writes.columns.push_back(fields[f]->place);
    }
    for (const Row& row : updated) writes.tids.push_back(row.change->stored->tid);
    related_.update_rows(writes);
  }
  if (created.empty()) return true;
  // In one order for all writers, so that they never deadlock.
  std::vector<std::string_view> skus;
  for (const Row& row : created) skus.push_back(row.change->sku.as_text());
  const auto order = sorted_texts(skus);
  std::vector<unsigned> columns = {variant_column::product_id};
  for (const Field* f : fields) columns.push_back(f->place);
  return insert({organization_id, Table::variant, columns, created.size(),
                 [&](std::size_t r, std::span<Value> to) {
                   const Row& row = created[order[r]];
                   to[0] = Value::integer(row.product);
                   MemberWalk given(row.change->given);
                   for (std::size_t f = 0; f < fields.size(); ++f) {
                     const Value v = given.take(fields[f]->name);
                     to[f + 1] = v.is_absent() && fields[f]->initial ? *fields[f]->initial : v;
                   }
                 }},
                taken) == created.size();
}

}  // namespace product_upsert
