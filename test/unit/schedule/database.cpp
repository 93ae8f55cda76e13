#include "unit/schedule/database.hpp"

#include <algorithm>

namespace product_upsert::schedules {

namespace {

unsigned place(Table t, std::string_view column) {
  const int at = find_column(t, column);
  if (at < 0) throw std::logic_error("no column " + std::string(column));
  return static_cast<unsigned>(at);
}

// The unique keys of sql/install/05_references.sql, 15_parts.sql and 17_custom_fields.sql.
std::vector<UniqueKey> keys_of(Table t) {
  const auto key = [&](std::vector<std::string_view> columns) {
    UniqueKey k;
    for (std::string_view c : columns) {
      k.name += (k.name.empty() ? "" : ", ") + std::string(c);
      k.columns.push_back(place(t, c));
    }
    k.required = k.columns;
    return k;
  };
  switch (t) {
    case Table::variant: return {key({"id"}), key({"sku"})};
    case Table::feature: return {key({"id"}), key({"reference"})};
    case Table::feature_link: return {key({"product_id", "feature_id"})};
    case Table::custom_field: return {key({"id"})};
    case Table::custom_field_use: return {key({"custom_field_id"})};
    case Table::custom_value: {
      UniqueKey unique = key({"custom_field_id", "value"});
      unique.where = place(t, "is_unique");
      return {key({"custom_field_id", "value", "product_id"}), unique};
    }
    default: return {};
  }
}

std::vector<UniqueKey> keys_of(const IdentityRules& rules) {
  std::vector<UniqueKey> keys;
  for (const IdentityRule& rule : rules.rules) {
    UniqueKey k;
    k.name = rule.name;
    for (Column c : rule.fields) k.columns.push_back(static_cast<unsigned>(c));
    for (Column c : rule.required) k.required.push_back(static_cast<unsigned>(c));
    k.nulls_equal = rule.nulls_equal;
    keys.push_back(std::move(k));
  }
  return keys;
}

bool has_key(const UniqueKey& key, const Value* row) {
  return std::all_of(key.required.begin(), key.required.end(),
                     [&](unsigned c) { return row[c].has_value(); }) &&
         (!key.where || row[*key.where].as_boolean());
}

}  // namespace

Database::Database(const IdentityRules& rules, Arena& arena) : arena(arena), rules_(rules) {
  for (std::size_t t = 0; t < kTables; ++t)
    keys_[t] = t == 0 ? keys_of(rules) : keys_of(static_cast<Table>(t));
}

Database Database::settled(Arena& to) const {
  Database copy(rules_, to);
  for (std::size_t t = 0; t < kTables; ++t) {
    for (const Version& v : tables_[t]) {
      if (is_live(v)) copy.tables_[t].push_back({v.organization_id, v.values});
    }
  }
  copy.last_product = last_product;
  copy.last_row = last_row;
  copy.uuids = uuids;
  return copy;
}

std::size_t Database::width(Table t) {
  return t == Table::product ? kColumns : info(t).columns.size();
}

std::uint64_t Database::add(Table t, Version version) {
  rows(t).push_back(version);
  return rows(t).size();
}

const Value* Database::keep(std::span<const Value> values) {
  auto kept = arena.array<Value>(values.size());
  for (std::size_t i = 0; i < values.size(); ++i)
    kept[i] = values[i].has_value() ? values[i].copy_to(arena) : Value::null();
  return kept.data();
}

bool Database::is_visible(const Version& v, const Snapshot& snapshot, Xid own) const {
  const auto seen = [&](Xid xid, std::uint32_t command) {
    if (transactions.top(xid) == own && own != 0)
      return transactions.state(xid) != Transactions::State::aborted && command < snapshot.command;
    return transactions.had_committed(xid, snapshot);
  };
  return seen(v.made_by, v.made_in) && (v.ended_by == 0 || !seen(v.ended_by, v.ended_in));
}

bool Database::is_live(const Version& v) const {
  return transactions.state(v.made_by) == Transactions::State::committed &&
         (v.ended_by == 0 || transactions.state(v.ended_by) != Transactions::State::committed);
}

void Database::lock(const Lock& lock) { locks_.push_back(lock); }

bool same_key(const UniqueKey& key, const Value* a, const Value* b) {
  if (!has_key(key, a) || !has_key(key, b)) return false;
  return std::all_of(key.columns.begin(), key.columns.end(), [&](unsigned c) {
    if (!a[c].has_value() || !b[c].has_value())
      return key.nulls_equal && a[c].has_value() == b[c].has_value();
    return equal_keys(a[c], b[c]);
  });
}

unsigned product_place(unsigned column) {
  return static_cast<unsigned>(*find_column(info(Table::product).columns[column].name));
}

}  // namespace product_upsert::schedules
