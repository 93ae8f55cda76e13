// Session: who may change what a custom field is, as src/pg/store/related_store.cpp and
// sql/install/30_custom_fields.sql have it.
#include <algorithm>
#include <map>

#include "core/catalogue/table.hpp"
#include "core/value/failure.hpp"
#include "unit/schedule/session.hpp"

namespace product_upsert::schedules {

void Session::lock_uses(RowLock mode) {
  for (;;) {
    auto others = lockers(Database::kUses, 0, 0, mode);
    if (others.empty()) break;
    wait_for_lock("wait for the custom fields", std::move(others));
  }
  db_.lock({Database::kUses, 0, 0, current_, mode});
}

void Session::hold_custom_fields(std::int64_t organization_id) {
  turns_.point(number_, "hold_custom_fields");
  const Snapshot snapshot = fresh();
  if (faults.fields_are_not_held) return;
  lock_uses(RowLock::share);
  if (isolation_ != Isolation::repeatable_read) return;
  const Snapshot now{db_.transactions.commits(), command_};
  for (const Version& v : db_.rows(Table::custom_field)) {
    if (v.organization_id == organization_id &&
        db_.is_visible(v, snapshot, top_) != db_.is_visible(v, now, top_))
      throw Refusal(Refused::serialization, "custom fields have changed", "Try again.");
  }
}

void Session::remove_of_field(Table t, std::int64_t organization_id, const Value& field) {
  const Snapshot snapshot = fresh();
  for (Tid tid = 1; tid <= db_.rows(t).size(); ++tid) {
    const Version v = db_.at(t, tid);
    if (v.organization_id != organization_id || !equal_keys(v.values[0], field) ||
        !db_.is_visible(v, snapshot, top_))
      continue;
    if (const Tid last = follow(t, tid, RowLock::update, [](const Version&) { return true; }))
      remove(t, last);
  }
}

int Session::index_field(std::int64_t organization_id, std::string_view reference, bool flagged) {
  turns_.point(number_, "index_field");
  lock_uses(RowLock::update);
  const Snapshot snapshot = fresh();
  Tid definition = 0;
  for (Tid tid = 1; tid <= db_.rows(Table::custom_field).size(); ++tid) {
    const Version& v = db_.at(Table::custom_field, tid);
    if (v.organization_id == organization_id && db_.is_visible(v, snapshot, top_) &&
        v.values[custom_field_column::reference].as_text() == reference)
      definition = tid;
  }
  if (definition == 0) return 0;
  const Version field = db_.at(Table::custom_field, definition);
  std::vector<std::pair<Value, Value>> held;  // value, product
  std::map<std::string, int> products;
  for (const Version& v : db_.rows(Table::product)) {
    if (v.organization_id != organization_id || !db_.is_visible(v, snapshot, top_)) continue;
    const Value& value = v.values[static_cast<std::size_t>(Column::custom_fields)][reference];
    if (!value.has_value()) continue;
    held.emplace_back(value, v.values[0]);
    if (flagged && ++products[value.printed()] > 1) return -1;
  }
  remove_of_field(Table::custom_field_use, organization_id, field.values[0]);
  remove_of_field(Table::custom_value, organization_id, field.values[0]);
  std::vector<Value> now(field.values, field.values + Database::width(Table::custom_field));
  const bool changes = now[custom_field_column::unique_value].as_boolean() != flagged ||
                       now[custom_field_column::is_identifier].as_boolean() != flagged;
  now[custom_field_column::unique_value] = Value::boolean(flagged);
  now[custom_field_column::is_identifier] = Value::boolean(flagged);
  if (changes) replace(Table::custom_field, definition, now, RowLock::update);
  Tid tid = 0;
  for (const auto& [value, product] : held) {
    if (!flagged) break;
    turns_.point(number_, "index_field, the next value");
    const Value row[] = {field.values[0], value, product, Value::boolean(true)};
    insert_row(Table::custom_value, organization_id, row, false, tid);
    require_references(Table::custom_value, tid, nullptr);
  }
  if (!held.empty()) {
    const Value row[] = {field.values[0],
                         now[custom_field_column::reference],
                         now[custom_field_column::type],
                         now[custom_field_column::multiple_values],
                         now[custom_field_column::unique_value],
                         now[custom_field_column::is_identifier]};
    insert_row(Table::custom_field_use, organization_id, row, false, tid);
  }
  return 1 + (flagged ? static_cast<int>(held.size()) : 0);
}

}  // namespace product_upsert::schedules
