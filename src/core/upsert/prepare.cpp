#include "core/upsert/prepare.hpp"

#include <algorithm>
#include <vector>

#include "core/document/merge.hpp"
#include "core/value/interrupts.hpp"

namespace product_upsert {

namespace {

// Whether the field's value can find a product.
bool finds(const Field& f, const MatchRules& match, const ColumnSet& keys) {
  if (f.role == Role::variants) return match.finds_by_sku();
  if (f.role == Role::custom_fields) return match.indirect() != kNoRule && !match.finds_by_sku();
  return f.writes_column() && f.member.empty() && keys.has(f.column);
}

// Removes the documents' values of these fields, and their failures.
template <typename Concerned>
void drop(Batch& batch, const std::vector<std::size_t>& fields, Concerned concerned) {
  for (Item& item : batch.items) {
    check_interrupts();
    if (!concerned(item)) continue;
    for (const std::size_t field : fields) batch.set(item, field, {});
    std::erase_if(item.failures, [&](const Failure& x) {
      const Field* const about = batch.field_of(x);
      return std::any_of(fields.begin(), fields.end(),
                         [&](std::size_t field) { return about == &batch.profile.fields[field]; });
    });
  }
}

}  // namespace

void drop_ignored(Batch& batch, const Options& options, const MatchRules& match) {
  const ColumnSet keys = match.all().columns();
  std::vector<std::size_t> ignored;
  for (std::size_t i = 0; i < options.actions.size(); ++i) {
    if (options.actions[i] != Action::ignore && options.actions[i] != Action::clear) continue;
    if (!finds(batch.profile.fields[i], match, keys)) ignored.push_back(i);
  }
  if (!ignored.empty()) drop(batch, ignored, [](const Item& item) { return !item.tombstone; });
  if (!batch.profile.tombstone) return;
  // Only the values that find its product matter in a tombstone, whatever the actions.
  ColumnSet asked;
  for (const std::uint16_t rule : match.asked()) {
    if (rule == match.indirect()) continue;
    for (const Column c : match.all().rules[rule].fields) asked.add(c);
  }
  std::vector<std::size_t> others;
  for (std::size_t i = 0; i < batch.profile.fields.size(); ++i) {
    const Tombstone& tombstone = *batch.profile.tombstone;
    const Field& f = batch.profile.fields[i];
    const bool says_it = i == tombstone.field || (!tombstone.deletes_row && i == tombstone.deleted);
    const bool judges =
        i == batch.profile.judged_by || f.precondition || f.role == Role::organization;
    // A field that names the product of a path may be read-only.
    const bool finds_it = f.role == Role::column && f.member.empty() && asked.has(f.column);
    if (!says_it && !judges && !finds_it && !finds(f, match, {})) others.push_back(i);
  }
  if (!others.empty()) drop(batch, others, [](const Item& item) { return item.tombstone; });
}

void choose_columns(Batch& batch, const Options& options, const IdentityRules& rules) {
  const Profile& profile = batch.profile;
  if (options.wants_products) {
    batch.answer_columns = profile.columns;
    batch.answer_columns.add(Column::id);
  }
  ColumnSet columns = written_columns(batch, options, false);
  for (const IdentityRule& rule : rules.rules) {
    // A key of which a document changes a part is completed by the stored values.
    const bool touched = std::any_of(rule.fields.begin(), rule.fields.end(),
                                     [&](Column c) { return columns.has(c); });
    if (!touched || rule.fields.size() == 1) continue;
    for (Column c : rule.fields) columns.add(c);
  }
  for (const auto& [from, to] : profile.ranges) {
    columns.add(profile.fields[from].column);
    columns.add(profile.fields[to].column);
  }
  for (const Field& f : profile.fields) {
    if (!f.marked_up) continue;
    columns.add(f.marked_up->first);
    columns.add(f.marked_up->second);
  }
  // To delete a product, its keys must be known, since others may take them; and its parent, which
  // may be deleted too.
  if (profile.tombstone && profile.tombstone->deletes_row &&
      std::any_of(batch.items.begin(), batch.items.end(),
                  [](const Item& item) { return item.tombstone; })) {
    columns.add(rules.columns());
    columns.add(Column::parent_product_id);
  }
  if (profile.judged_by) columns.add(profile.fields[*profile.judged_by].column);
  // Needed for the note. The column is before the version, so it costs nothing more to read.
  columns.add(Column::is_deleted);
  columns.add(batch.answer_columns);
  batch.stored_columns = columns;
}

}  // namespace product_upsert
