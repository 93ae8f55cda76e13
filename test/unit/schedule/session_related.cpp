// Session: the tables beside product, as src/pg/store/related_store.cpp reads and writes them.
#include <algorithm>
#include <set>

#include "unit/schedule/session.hpp"

namespace product_upsert::schedules {

template <typename F>
void Session::each_visible(Table t, std::int64_t organization_id, const Snapshot& snapshot, F f) {
  for (Tid tid = 1; tid <= db_.rows(t).size(); ++tid) {
    const Version v = db_.at(t, tid);
    if (v.organization_id == organization_id && sees(v, snapshot)) f(v, tid);
  }
}

// As a row of `t`, as RelatedRows has it.
void Session::tell_row(Table t, Tid tid, std::uint32_t item, TableSink& sink) {
  const Version& v = db_.at(t, tid);
  std::vector<Value> values;
  Arena arena;  // gone with the row, so that a sanitizer sees who kept a view
  for (unsigned c = 0; c < info(t).columns.size(); ++c)
    values.push_back(v.values[t == Table::product ? product_place(c) : c].copy_to(arena));
  sink.row(item, {tid, values});
}

void Session::read(std::int64_t organization_id, Table t, std::span<const TableKeys> keys,
                   TableSink& sink) {
  turns_.point(number_, "read");
  const Snapshot snapshot = for_read();
  for (const TableKeys& k : keys) {
    const std::size_t width = k.columns.size();
    for (std::size_t i = 0; i < k.items.size(); ++i) {
      each_visible(t, organization_id, snapshot, [&](const Version& v, Tid tid) {
        for (std::size_t c = 0; c < width; ++c) {
          const unsigned at = t == Table::product ? product_place(k.columns[c]) : k.columns[c];
          if (!v.values[at].has_value() || !equal_keys(v.values[at], k.keys[i * width + c])) return;
        }
        tell_row(t, tid, k.items[i], sink);
      });
    }
  }
}

void Session::read_all(std::int64_t organization_id, Table t, TableSink& sink) {
  turns_.point(number_, "read_all");
  each_visible(t, organization_id, for_read(),
               [&](const Version&, Tid tid) { tell_row(t, tid, 0, sink); });
}

std::vector<std::pair<unsigned, Value>> Session::row_of(const TableWrites& writes,
                                                        std::size_t row) const {
  std::vector<Value> values(writes.columns.size());
  writes.fill(row, values);
  std::vector<std::pair<unsigned, Value>> by_place;
  for (std::size_t i = 0; i < values.size(); ++i)
    by_place.emplace_back(writes.columns[i], values[i].has_value() ? values[i] : Value::null());
  return by_place;
}

std::size_t Session::insert_rows(const TableWrites& writes) {
  turns_.point(number_, "insert_rows");
  fresh();
  std::vector<Tid> written;
  for (std::size_t r = 0; r < writes.rows; ++r) {
    if (r > 0) turns_.point(number_, "insert_rows, the next");
    std::vector<Value> values(Database::width(writes.table), Value::null());
    for (const auto& [c, v] : row_of(writes, r)) values[c] = v;
    if (find_column(writes.table, "id") >= 0 && !values[0].has_value())
      values[0] = Value::integer(++db_.last_row);
    Tid tid = 0;
    if (insert_row(writes.table, writes.organization_id, values, !writes.may_fail, tid))
      written.push_back(tid);
  }
  for (Tid tid : written) require_references(writes.table, tid, nullptr);
  return faults.rows_tell_all ? writes.rows : written.size();
}

void Session::sql_insert(std::int64_t organization_id, Table t,
                         const std::vector<std::pair<std::string_view, Value>>& columns) {
  fresh();
  std::vector<Value> values(Database::width(t), Value::null());
  for (const auto& [name, value] : columns)
    values[static_cast<std::size_t>(find_column(t, name))] = value;
  if (find_column(t, "id") >= 0 && !values[0].has_value())
    values[0] = Value::integer(++db_.last_row);
  Tid tid = 0;
  insert_row(t, organization_id, values, false, tid);
}

// UPDATE … WHERE t.id = d.id: of a row that has moved, the newest version.
std::size_t Session::update_rows(const TableWrites& writes) {
  turns_.point(number_, "update_rows");
  const Snapshot snapshot = fresh();
  std::size_t written = 0;
  for (std::size_t r = 0; r < writes.rows; ++r) {
    if (r > 0) turns_.point(number_, "update_rows, the next");
    const auto given = row_of(writes, r);
    Tid found = 0;
    each_visible(writes.table, writes.organization_id, snapshot, [&](const Version& v, Tid tid) {
      if (equal_keys(v.values[0], given.front().second)) found = tid;
    });
    if (found != 0)
      found =
          follow(writes.table, found, RowLock::no_key_update, [](const Version&) { return true; });
    if (found == 0) continue;
    const Value* before = db_.at(writes.table, found).values;
    std::vector<Value> values(before, before + Database::width(writes.table));
    for (const auto& [c, v] : given) values[c] = v;
    const Tid now = replace(writes.table, found, values, RowLock::no_key_update);
    require_unique(writes.table, now);
    ++written;
  }
  return written;
}

std::size_t Session::delete_rows(const TableWrites& writes) {
  turns_.point(number_, "delete_rows");
  if (faults.deletes_no_rows) return writes.rows;
  const Snapshot snapshot = fresh();
  std::size_t deleted = 0;
  for (std::size_t r = 0; r < writes.rows; ++r) {
    const auto keys = row_of(writes, r);
    const auto fits = [&](const Version& v) {
      return std::all_of(keys.begin(), keys.end(), [&](const auto& k) {
        return v.values[k.first].has_value() && equal_keys(v.values[k.first], k.second);
      });
    };
    std::vector<Tid> found;
    each_visible(writes.table, writes.organization_id, snapshot, [&](const Version& v, Tid tid) {
      if (fits(v)) found.push_back(tid);
    });
    for (Tid tid : found) {
      const Tid newest = follow(writes.table, tid, RowLock::update, fits);
      if (newest == 0) continue;
      remove(writes.table, newest);
      ++deleted;
    }
  }
  return deleted;
}

std::vector<std::int64_t> Session::reserve_row_ids(Table, std::size_t count) {
  std::vector<std::int64_t> ids(count);
  for (std::int64_t& id : ids) id = ++db_.last_row;
  return ids;
}

// A definition that is another by then fails the foreign key.
std::optional<std::size_t> Session::insert_uses(const TableWrites& writes) {
  try {
    return insert_rows(writes);
  } catch (const SqlError& error) {
    if (error.state != kForeignKeyViolation) throw;
  }
  return std::nullopt;
}

void Session::find_values(std::int64_t organization_id, std::span<const std::string> keys,
                          const std::function<void(std::size_t key, std::int64_t product)>& found) {
  turns_.point(number_, "find_values");
  const Snapshot snapshot = for_read();
  const auto column = static_cast<std::size_t>(Column::custom_fields);
  for (std::size_t k = 0; k < keys.size(); ++k) {
    bool told = false;
    each_visible(Table::product, organization_id, snapshot, [&](const Version& v, Tid) {
      if (told || !v.values[column][keys[k]].has_value()) return;
      told = true;
      found(k, v.values[0].as_integer().value_or(0));
    });
  }
}

void Session::lock_parents(std::int64_t organization_id) {
  turns_.point(number_, "lock_parents");
  locks_parents_ = true;
  if (faults.parents_are_not_locked) return;
  for (;;) {
    auto others = lockers(Database::kParents, organization_id, 0, RowLock::update);
    if (others.empty()) break;
    wait_for_lock("wait for the parents", std::move(others));
  }
  if (faults.parents_are_unlocked_at_once) return;
  db_.lock({Database::kParents, organization_id, 0, current_, RowLock::update});
}

void Session::read_ancestors(std::int64_t organization_id, std::span<const std::int64_t> ids,
                             TableSink& sink) {
  turns_.point(number_, "read_ancestors");
  const Snapshot snapshot = faults.ancestors_by_old_snapshot ? for_read() : fresh();
  const auto parent = static_cast<std::size_t>(Column::parent_product_id);
  std::set<std::int64_t> reached(ids.begin(), ids.end());
  std::vector<Tid> rows;
  for (std::size_t before = 0; before != reached.size() && !faults.ancestors_end_early;) {
    before = reached.size();
    each_visible(Table::product, organization_id, snapshot, [&](const Version& v, Tid) {
      if (reached.contains(v.values[0].as_integer().value_or(0)) && v.values[parent].has_value())
        reached.insert(*v.values[parent].as_integer());
    });
  }
  each_visible(Table::product, organization_id, snapshot, [&](const Version& v, Tid tid) {
    if (reached.contains(v.values[0].as_integer().value_or(0))) rows.push_back(tid);
  });
  // FOR SHARE, where an old snapshot does not show what others have put above.
  const bool locks = locks_parents_ && isolation_ == Isolation::repeatable_read &&
                     !faults.ancestors_are_not_locked;
  for (Tid tid : rows) {
    if (locks) {
      tid = follow(Table::product, tid, RowLock::share, [](const Version&) { return true; });
      if (tid == 0) continue;
      hold(Table::product, tid, RowLock::share);
    }
    tell_row(Table::product, tid, 0, sink);
  }
}

}  // namespace product_upsert::schedules
