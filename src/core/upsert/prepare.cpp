#include "core/upsert/prepare.hpp"

#include <algorithm>
#include <vector>

#include "core/document/merge.hpp"
#include "core/value/interrupts.hpp"

namespace product_upsert {

void drop_ignored(Batch& batch, const Options& options, const MatchRules& match) {
  const ColumnSet keys = match.all().columns();
  std::vector<std::size_t> ignored;
  for (std::size_t i = 0; i < options.actions.size(); ++i) {
    if (options.actions[i] != Action::ignore && options.actions[i] != Action::clear) continue;
    const Field& f = batch.profile.fields[i];
    const bool finds = f.role == Role::variants ? match.finds_by_sku()
                       : f.role == Role::custom_fields
                           ? match.indirect() != kNoRule && !match.finds_by_sku()
                           : f.writes_column() && f.member.empty() && keys.has(f.column);
    if (finds) continue;
    ignored.push_back(i);
  }
  if (ignored.empty()) return;
  for (Item& item : batch.items) {
    check_interrupts();
    for (const std::size_t field : ignored) batch.set(item, field, {});
    // A path begins with its field's name; the name may have points of its own.
    std::erase_if(item.failures, [&](const Failure& x) {
      return std::any_of(ignored.begin(), ignored.end(), [&](std::size_t field) {
        const std::string& name = batch.profile.fields[field].name;
        return x.field.starts_with(name) &&
               (x.field.size() == name.size() || x.field[name.size()] == '.');
      });
    });
  }
}

void choose_columns(Batch& batch, const Options& options, const IdentityRules& rules) {
  const Profile& profile = batch.profile;
  if (options.wants_products) {
    batch.answer_columns = profile.columns;
    batch.answer_columns.add(Column::id);
  }
  ColumnSet columns = written_columns(batch, options, false);
  for (const IdentityRule& rule : rules.rules) {
    // A key that a document changes in part is made whole by what is stored.
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
  if (profile.judged_by) columns.add(profile.fields[*profile.judged_by].column);
  // For the note; it stands before the version, so that the row is read so far anyway.
  columns.add(Column::is_deleted);
  columns.add(batch.answer_columns);
  batch.stored_columns = columns;
}

}  // namespace product_upsert
