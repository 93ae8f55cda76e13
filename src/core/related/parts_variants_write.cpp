// Parts: variants as they were planned, written.
#include <algorithm>

#include "core/catalogue/key_sort.hpp"
#include "core/related/parts.hpp"

namespace product_upsert {

bool Parts::write_variants(std::int64_t organization_id, const Items& items, TakenKey taken) {
  std::vector<VariantRow> created, updated, removed;
  for (std::uint32_t i : items) {
    const auto state = states_.find(i);
    if (state == states_.end()) continue;
    for (const VariantChange& change : state->second.variant_changes) {
      const VariantRow row{batch_.items[i].id, &change,
                           change.stored < 0
                               ? nullptr
                               : &state->second.variants[static_cast<std::size_t>(change.stored)]};
      if (change.change == Change::create) created.push_back(row);
      if (change.change == Change::update) updated.push_back(row);
      if (change.change == Change::remove) removed.push_back(row);
    }
  }
  if (!removed.empty()) {
    const std::size_t gone = related_.delete_rows({organization_id,
                                                   Table::variant,
                                                   {variant_column::id},
                                                   removed.size(),
                                                   [&](std::size_t r, std::span<Value> to) {
                                                     to[0] = Value::integer(removed[r].stored->id);
                                                   }});
    if (gone < removed.size()) return false;
  }
  if (!updated.empty() && !update_variants(organization_id, updated)) return false;
  return created.empty() || create_variants(organization_id, created, taken);
}

// Variants that take skus from one another let go of theirs first.
bool Parts::release_skus(std::int64_t organization_id, const std::vector<VariantRow>& rows) {
  std::vector<const Variant*> moving;
  for (const VariantRow& row : rows) {
    if (row.stored->changed.has(variant_column::sku)) moving.push_back(row.stored);
  }
  if (!skus_move_ || moving.size() < 2) return true;
  TableWrites writes{
      organization_id,
      Table::variant,
      {variant_column::id, variant_column::sku},
      moving.size(),
      [&](std::size_t r, std::span<Value> to) {
        const std::string id = std::to_string(moving[r]->id);
        to[0] = Value::integer(moving[r]->id);
        to[1] = Value::text(batch_.arena.copy(std::string_view("product_upsert: moving " + id)));
      }};
  return related_.update_rows(writes) == moving.size();
}

bool Parts::update_variants(std::int64_t organization_id, std::vector<VariantRow>& rows) {
  std::sort(rows.begin(), rows.end(),
            [](const VariantRow& a, const VariantRow& b) { return a.stored->id < b.stored->id; });
  if (!release_skus(organization_id, rows)) return false;
  // Columns that no row changes are left alone.
  IndexSet changed;
  for (const VariantRow& row : rows) changed.add(row.stored->changed);
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
                       to[0] = Value::integer(rows[r].stored->id);
                       MemberWalk given(change.given);
                       for (std::size_t i = 0; i < fields.size(); ++i) {
                         const Value v = given.take(all[fields[i]].name);
                         to[i + 1] = v.is_absent() ? rows[r].stored->kept[fields[i]] : v;
                       }
                     }};
  for (const VariantRow& row : rows) writes.tids.push_back(row.stored->tid);
  return related_.update_rows(writes) == rows.size();
}

// False: a concurrent writer took a sku.
bool Parts::create_variants(std::int64_t organization_id, const std::vector<VariantRow>& rows,
                            TakenKey taken) {
  // In one order for all writers, so that they never deadlock.
  std::vector<std::string_view> skus;
  for (const VariantRow& row : rows) skus.push_back(row.change->sku.as_text());
  const auto alike = by_defaults(rows, sorted_texts(skus));
  const auto ids = ids_as_sent(rows, alike);
  std::size_t inserted = 0;
  for (const auto& [without, some] : alike) {
    const auto& all = batch_.profile.fields[*variants_field_].fields;
    std::vector<const Field*> fields;
    std::vector<unsigned> columns = {variant_column::product_id};
    for (std::size_t f = 0; f < all.size(); ++f) {
      if (without[f]) continue;
      fields.push_back(&all[f]);
      columns.push_back(all[f].place);
    }
    if (!ids.empty()) columns.push_back(variant_column::id);
    inserted += insert({organization_id, Table::variant, columns, some.size(),
                        [&, &some = some](std::size_t r, std::span<Value> to) {
                          const VariantRow& row = rows[some[r]];
                          to[0] = Value::integer(row.product);
                          MemberWalk given(row.change->given);
                          for (std::size_t f = 0; f < fields.size(); ++f) {
                            const Value v = given.take(fields[f]->name);
                            to[f + 1] =
                                v.is_absent() && fields[f]->initial ? *fields[f]->initial : v;
                          }
                          if (!ids.empty()) to.back() = Value::integer(ids[some[r]]);
                        }},
                       taken);
  }
  return inserted == rows.size();
}

// Answers show a product's variants in order of their ids. Where the order in which they go in is
// not the document's, they are given ids; else the table gives them.
std::vector<std::int64_t> Parts::ids_as_sent(
    const std::vector<VariantRow>& rows,
    const std::map<std::vector<bool>, std::vector<std::uint32_t>>& alike) {
  std::vector<std::uint32_t> turns(rows.size());
  std::uint32_t turn = 0;
  for (const auto& [without, some] : alike) {
    for (const std::uint32_t r : some) turns[r] = turn++;
  }
  for (std::size_t r = 1; r < rows.size(); ++r) {
    if (rows[r].product == rows[r - 1].product && turns[r] < turns[r - 1])
      return related_.reserve_row_ids(Table::variant, rows.size());
  }
  return {};
}

// A row that says nothing of a user's own column gets the table's default, as a statement gives it
// that does not name the column. The rows, in their order, by the fields that are left out.
std::map<std::vector<bool>, std::vector<std::uint32_t>> Parts::by_defaults(
    const std::vector<VariantRow>& rows, const std::vector<std::uint32_t>& order) const {
  const auto& all = batch_.profile.fields[*variants_field_].fields;
  std::vector<bool> without(all.size());
  std::vector<std::size_t> defaulted;
  for (std::size_t f = 0; f < all.size(); ++f) {
    without[f] = all[f].read_only != ReadOnly::no;
    const bool has_default = batch_.profile.variant_columns[all[f].place].has_default;
    if (!without[f] && has_default && !all[f].initial) defaulted.push_back(f);
  }
  std::map<std::vector<bool>, std::vector<std::uint32_t>> alike;
  if (defaulted.empty()) {
    alike.emplace(without, order);
    return alike;
  }
  for (const std::uint32_t r : order) {
    for (const std::size_t f : defaulted)
      without[f] = rows[r].change->given[all[f].name].is_absent();
    alike[without].push_back(r);
  }
  return alike;
}

}  // namespace product_upsert
