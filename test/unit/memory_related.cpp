#include "unit/memory_related.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <stdexcept>

#include "core/value/events.hpp"

namespace product_upsert {

namespace {

// The unique keys of sql/tables/05_references.sql and 15_parts.sql, by column names.
// recipe: table
std::vector<std::vector<std::string_view>> unique_keys(Table t) {
  switch (t) {
    case Table::variant: return {{"id"}, {"sku"}};
    case Table::feature_link: return {{"product_id", "feature_id"}};
    case Table::family_link: return {{"product_id", "family_id"}};
    case Table::custom_field_use: return {{"custom_field_id"}};
    case Table::custom_value: return {{"custom_field_id", "value", "product_id"}};
    case Table::organization: return {{}};
    case Table::measurement: return {{"id"}, {"uuid"}, {"code"}};
    case Table::category:
    case Table::feature:
    case Table::billing_entity:
    case Table::integration: return {{"id"}, {"uuid"}, {"reference"}};
    default: return {{"id"}, {"uuid"}};
  }
}

unsigned place(Table t, std::string_view column) {
  const int at = find_column(t, column);
  if (at < 0) throw std::invalid_argument("no column " + std::string(column));
  return static_cast<unsigned>(at);
}

// One of the rows that are to be written, by its columns' places in the table.
std::map<unsigned, Value> row_of(const TableWrites& writes, std::size_t row) {
  std::vector<Value> values(writes.columns.size());
  writes.fill(row, values);
  std::map<unsigned, Value> by_place;
  for (std::size_t i = 0; i < values.size(); ++i) by_place[writes.columns[i]] = values[i];
  return by_place;
}

}  // namespace

std::int64_t MemoryRelated::put(std::int64_t organization_id, Table t, std::string_view json) {
  const auto columns = info(t).columns;
  Row row{organization_id, std::vector<Value>(columns.size(), Value::null())};
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (columns[i].type == ColumnType::boolean) row.values[i] = Value::boolean(false);
  }
  const Value given = parse_json(json, arena_);
  for (const Member& m : given.members()) row.values[place(t, m.key)] = m.value;
  const int id = find_column(t, "id");
  if (id >= 0 && !row.values[static_cast<std::size_t>(id)].has_value())
    row.values[static_cast<std::size_t>(id)] = Value::integer(++last_id_);
  const std::int64_t number =
      id < 0 ? 0 : row.values[static_cast<std::size_t>(id)].as_integer().value_or(0);
  last_id_ = std::max(last_id_, number);
  if (!insert(t, std::move(row))) throw std::invalid_argument("the key is taken");
  return number;
}

bool MemoryRelated::has(std::int64_t organization_id, Table t, std::int64_t id) const {
  return std::any_of(rows(t).begin(), rows(t).end(), [&](const Row& r) {
    return r.organization_id == organization_id && r.values[0].as_integer() == id;
  });
}

void MemoryRelated::erase_product(std::int64_t organization_id, std::int64_t id) {
  for (Table t : {Table::variant, Table::feature_link, Table::family_link, Table::custom_value}) {
    const unsigned product = place(t, "product_id");
    std::erase_if(table(t), [&](const Row& r) {
      return r.organization_id == organization_id && r.values[product].as_integer() == id;
    });
  }
}

void MemoryRelated::clear() {
  tables_ = Tables();
  last_id_ = 0;
}

std::string MemoryRelated::dump() const {
  std::string out;
  for (std::size_t t = 0; t < kTables; ++t) {
    std::vector<std::string> lines;
    for (const Row& row : tables_[t]) {
      std::string line(info(static_cast<Table>(t)).name);
      for (const Value& v : row.values) line += " " + v.json();
      lines.push_back(std::move(line));
    }
    std::sort(lines.begin(), lines.end());
    for (const std::string& line : lines) out += line + "\n";
  }
  return out;
}

bool MemoryRelated::clashes(Table t, const Row& row) const {
  const auto same = [&](const Row& other, const std::vector<std::string_view>& key) {
    return std::all_of(key.begin(), key.end(), [&](std::string_view column) {
      const unsigned c = place(t, column);
      return other.values[c].has_value() && equal_keys(other.values[c], row.values[c]);
    });
  };
  for (const Row& other : rows(t)) {
    if (other.organization_id != row.organization_id) continue;
    for (const auto& key : unique_keys(t)) {
      if (same(other, key)) return true;
    }
    if (t == Table::custom_value && row.values[custom_value_column::is_unique].as_boolean() &&
        other.values[custom_value_column::is_unique].as_boolean() &&
        same(other, {"custom_field_id", "value"}))
      return true;
  }
  return false;
}

bool MemoryRelated::insert(Table t, Row row) {
  for (Value& v : row.values) v = v.is_absent() ? Value::null() : v.copy_to(arena_);
  if (clashes(t, row)) return false;
  table(t).push_back(std::move(row));
  return true;
}

void MemoryRelated::read(std::int64_t organization_id, Table t, std::span<const TableKeys> keys,
                         TableSink& sink) {
  ++calls;
  const std::vector<Row> all = t == Table::product ? products_(organization_id) : rows(t);
  for (const TableKeys& k : keys) {
    const std::size_t width = k.columns.size();
    this->keys += k.items.size();
    for (std::size_t i = 0; i < k.items.size(); ++i) {
      for (const Row& row : all) {
        if (row.organization_id != organization_id) continue;
        bool same = true;
        for (std::size_t c = 0; c < width && same; ++c) {
          const Value& held = row.values[k.columns[c]];
          same = held.has_value() && equal_keys(held, k.keys[i * width + c]);
        }
        if (same) sink.row(k.items[i], {0, row.values});
      }
    }
  }
}

void MemoryRelated::read_all(std::int64_t organization_id, Table t, TableSink& sink) {
  ++calls;
  for (const Row& row : rows(t)) {
    if (row.organization_id == organization_id) sink.row(0, {0, row.values});
  }
}

std::size_t MemoryRelated::insert_rows(const TableWrites& writes) {
  ++calls;
  if (before_insert) before_insert();
  std::size_t inserted = 0;
  for (std::size_t r = 0; r < writes.rows; ++r) {
    Row row{writes.organization_id,
            std::vector<Value>(info(writes.table).columns.size(), Value::null())};
    for (const auto& [c, v] : row_of(writes, r)) row.values[c] = v;
    const int id = find_column(writes.table, "id");
    if (id >= 0 && !row.values[static_cast<std::size_t>(id)].has_value())
      row.values[static_cast<std::size_t>(id)] = Value::integer(++last_id_);
    inserted += insert(writes.table, std::move(row)) ? 1 : 0;
  }
  return inserted;
}

std::vector<std::int64_t> MemoryRelated::reserve_row_ids(Table, std::size_t count) {
  std::vector<std::int64_t> ids(count);
  for (std::int64_t& id : ids) id = ++last_id_;
  return ids;
}

std::size_t MemoryRelated::update_rows(const TableWrites& writes) {
  ++calls;
  std::size_t written = 0;
  for (std::size_t r = 0; r < writes.rows; ++r) {
    const auto values = row_of(writes, r);
    const auto id = values.at(place(writes.table, "id")).as_integer();
    for (Row& row : table(writes.table)) {
      if (row.organization_id != writes.organization_id || row.values[0].as_integer() != id)
        continue;
      for (const auto& [c, v] : values)
        row.values[c] = v.has_value() ? v.copy_to(arena_) : Value::null();
      ++written;
    }
  }
  return written;
}

std::size_t MemoryRelated::delete_rows(const TableWrites& writes) {
  ++calls;
  std::size_t deleted = 0;
  for (std::size_t r = 0; r < writes.rows; ++r) {
    const auto values = row_of(writes, r);
    deleted += std::erase_if(table(writes.table), [&](const Row& row) {
      return row.organization_id == writes.organization_id &&
             std::all_of(values.begin(), values.end(), [&](const auto& v) {
               return row.values[v.first].has_value() && equal_keys(row.values[v.first], v.second);
             });
    });
  }
  return deleted;
}

std::optional<std::size_t> MemoryRelated::insert_uses(const TableWrites& writes) {
  using namespace custom_field_use_column;
  for (std::size_t r = 0; r < writes.rows; ++r) {
    const auto values = row_of(writes, r);
    const bool defined = std::any_of(
        rows(Table::custom_field).begin(), rows(Table::custom_field).end(), [&](const Row& row) {
          return row.organization_id == writes.organization_id &&
                 equal_keys(row.values[custom_field_column::id], values.at(custom_field_id)) &&
                 equal_keys(row.values[custom_field_column::type], values.at(type));
        });
    if (!defined) return std::nullopt;
  }
  return insert_rows(writes);
}

void MemoryRelated::find_values(
    std::int64_t organization_id, std::span<const std::string> keys,
    const std::function<void(std::size_t key, std::int64_t product)>& found) {
  ++calls;
  for (const auto& [id, held] : custom_fields_(organization_id)) {
    for (std::size_t k = 0; k < keys.size(); ++k) {
      if (held[keys[k]].has_value()) found(k, id);
    }
  }
}

void MemoryRelated::lock_parents(std::int64_t) { ++calls; }

void MemoryRelated::read_ancestors(std::int64_t organization_id, std::span<const std::int64_t> ids,
                                   TableSink& sink) {
  ++calls;
  const unsigned parent = place(Table::product, "parent_product_id");
  const std::vector<Row> all = products_(organization_id);
  std::set<std::int64_t> reached(ids.begin(), ids.end());
  for (std::size_t before = 0; before != reached.size();) {
    before = reached.size();
    for (const Row& row : all) {
      if (reached.contains(row.values[0].as_integer().value_or(0)) &&
          row.values[parent].has_value())
        reached.insert(*row.values[parent].as_integer());
    }
  }
  for (const Row& row : all) {
    if (reached.contains(row.values[0].as_integer().value_or(0))) sink.row(0, {0, row.values});
  }
}

}  // namespace product_upsert
