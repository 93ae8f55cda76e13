#include "core/related/variant_writer.hpp"

#include <algorithm>
#include <iterator>
#include <set>

#include "core/catalogue/key_sort.hpp"
#include "core/document/merge.hpp"
#include "core/value/assert.hpp"

namespace product_upsert {

bool VariantWriter::write(std::int64_t organization_id, const Items& items, TakenKey taken,
                          bool skus_move) {
  std::vector<VariantToWrite> created, updated, removed;
  for (std::uint32_t i : items) {
    const RelatedItem* const item = state_.find(i);
    if (item == nullptr) continue;
    for (const VariantChange& change : item->variants().changes) {
      const VariantToWrite row{state_.batch.items[i].id, &change,
                               item->variants().stored_by(change)};
      PRODUCT_UPSERT_ASSERT(row.product != 0);
      PRODUCT_UPSERT_ASSERT((row.stored == nullptr) ==
                            (change.kind == VariantChange::Kind::create));
      switch (change.kind) {
        case VariantChange::Kind::create: created.push_back(row); break;
        case VariantChange::Kind::update: updated.push_back(row); break;
        case VariantChange::Kind::remove: removed.push_back(row); break;
      }
    }
  }
  if (!removed.empty() && !remove(organization_id, removed)) return false;
  if (!updated.empty() && !update(organization_id, updated, skus_move)) return false;
  return created.empty() || create(organization_id, created, taken);
}

bool VariantWriter::remove(std::int64_t organization_id, const std::vector<VariantToWrite>& rows) {
  const Given id{variant_column::id,
                 [&](std::size_t r) { return Value::integer(rows[r].stored->id); }};
  return state_.related.delete_rows(given_rows(organization_id, Table::variant, rows.size(), id)) ==
         rows.size();
}

// Variants that exchange skus release theirs first.
bool VariantWriter::release_skus(std::int64_t organization_id,
                                 const std::vector<VariantToWrite>& rows) {
  std::vector<const StoredVariant*> moving;
  for (const VariantToWrite& row : rows) {
    if (row.stored->changed.has(variant_column::sku)) moving.push_back(row.stored);
  }
  if (moving.size() < 2) return true;
  const Given id{variant_column::id, [&](std::size_t r) { return Value::integer(moving[r]->id); }};
  const Given sku{variant_column::sku, [&](std::size_t r) {
                    const std::string text =
                        "product_upsert: moving " + std::to_string(moving[r]->id);
                    return Value::text(state_.batch.arena.copy(std::string_view(text)));
                  }};
  return state_.related.update_rows(
             given_rows(organization_id, Table::variant, moving.size(), id, sku)) == moving.size();
}

bool VariantWriter::update(std::int64_t organization_id, std::vector<VariantToWrite>& rows,
                           bool skus_move) {
  std::sort(rows.begin(), rows.end(), [](const VariantToWrite& a, const VariantToWrite& b) {
    return a.stored->id < b.stored->id;
  });
  if (skus_move && !release_skus(organization_id, rows)) return false;
  // Columns that no row changes are not written.
  IndexSet changed;
  for (const VariantToWrite& row : rows) changed.add(row.stored->changed);
  const auto& all = state_.batch.profile.fields[*state_.variants_field].fields;
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
                         const Value& kept = rows[r].stored->kept[fields[i]];
                         to[i + 1] = kept.is_absent() ? v : kept;
                       }
                     }};
  for (const VariantToWrite& row : rows) writes.tids.push_back(row.stored->tid);
  return state_.related.update_rows(writes) == rows.size();
}

bool VariantWriter::create(std::int64_t organization_id, const std::vector<VariantToWrite>& rows,
                           TakenKey taken) {
  // All writers use the same order, so that they never deadlock.
  std::vector<std::string_view> skus;
  skus.reserve(rows.size());
  for (const VariantToWrite& row : rows) skus.push_back(row.change->sku.as_text());
  const auto alike = by_defaults(rows, sorted_texts(skus));
  const auto ids =
      taken == TakenKey::fails ? free_ids(organization_id, rows.size()) : ids_as_sent(rows, alike);
  PRODUCT_UPSERT_ASSERT(ids.empty() || ids.size() == rows.size());
  std::size_t inserted = 0;
  for (const auto& one : alike) inserted += create_alike(organization_id, rows, one, ids, taken);
  return inserted == rows.size();
}

// Creates rows that leave the same fields out.
std::size_t VariantWriter::create_alike(std::int64_t organization_id,
                                        const std::vector<VariantToWrite>& rows,
                                        const Alike::value_type& alike,
                                        const std::vector<std::int64_t>& ids, TakenKey taken) {
  const auto& [without, some] = alike;
  const auto& all = state_.batch.profile.fields[*state_.variants_field].fields;
  std::vector<const Field*> fields;
  std::vector<unsigned> columns = {variant_column::product_id};
  for (std::size_t f = 0; f < all.size(); ++f) {
    if (without[f]) continue;
    fields.push_back(&all[f]);
    columns.push_back(all[f].place);
  }
  if (!ids.empty()) columns.push_back(variant_column::id);
  return state_.insert({organization_id, Table::variant, columns, some.size(),
                        [&, &some = some](std::size_t r, std::span<Value> to) {
                          const VariantToWrite& row = rows[some[r]];
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

// Answers show a product's variants by id. If they are not inserted in the document's order, they
// are given ids here; otherwise the table assigns them.
std::vector<std::int64_t> VariantWriter::ids_as_sent(const std::vector<VariantToWrite>& rows,
                                                     const Alike& alike) {
  std::vector<std::uint32_t> turns(rows.size());
  std::uint32_t turn = 0;
  for (const auto& [without, some] : alike) {
    for (const std::uint32_t r : some) turns[r] = turn++;
  }
  for (std::size_t r = 1; r < rows.size(); ++r) {
    if (rows[r].product == rows[r - 1].product && turns[r] < turns[r - 1])
      return state_.related.reserve_row_ids(Table::variant, rows.size());
  }
  return {};
}

// The sequence may be behind the rows if they were restored by hand. After a failure, ids that are
// taken are skipped, as for new products.
std::vector<std::int64_t> VariantWriter::free_ids(std::int64_t organization_id, std::size_t count) {
  class Taken final : public TableSink {
   public:
    void row(std::uint32_t, const StoredRow& v) override {
      ids.insert(v[variant_column::id].as_integer().value_or(0));
    }
    std::set<std::int64_t> ids;
  };
  std::vector<std::int64_t> free;
  for (std::size_t more = count; free.size() < count; more *= 2) {
    const auto drawn = state_.related.reserve_row_ids(Table::variant, more);
    TableKeys keys{{variant_column::id}, {}, {}};
    for (std::uint32_t i = 0; i < drawn.size(); ++i) keys.add(i, {Value::integer(drawn[i])});
    Taken taken;
    state_.related.read(organization_id, Table::variant, {&keys, 1}, taken);
    std::copy_if(drawn.begin(), drawn.end(), std::back_inserter(free),
                 [&](std::int64_t id) { return !taken.ids.contains(id); });
  }
  free.resize(count);
  return free;
}

// A row that says nothing of a user's own column gets the table's default, as it would from a
// statement that does not name the column. Groups the rows, in their order, by the fields that they
// leave out.
VariantWriter::Alike VariantWriter::by_defaults(const std::vector<VariantToWrite>& rows,
                                                const std::vector<std::uint32_t>& order) const {
  const auto& all = state_.batch.profile.fields[*state_.variants_field].fields;
  std::vector<bool> without(all.size());
  std::vector<std::size_t> defaulted;
  for (std::size_t f = 0; f < all.size(); ++f) {
    without[f] = all[f].read_only != ReadOnly::no;
    const bool has_default = state_.batch.profile.variant_columns[all[f].place].has_default;
    if (!without[f] && has_default && !all[f].initial) defaulted.push_back(f);
  }
  Alike alike;
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
