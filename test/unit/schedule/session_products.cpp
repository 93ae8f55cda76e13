// Session: the products, as src/pg/store/store.cpp reads and writes them.
#include <algorithm>

#include "unit/schedule/session.hpp"

namespace product_upsert::schedules {

namespace {

constexpr auto place(Column c) { return static_cast<std::size_t>(c); }

}  // namespace

void Session::at_one_time(const std::function<void()>& body, Seen seen) {
  fixed_ = fresh();
  if (seen == Seen::now) fixed_ = Snapshot{db_.transactions.commits(), ++command_};
  try {
    body();
  } catch (...) {
    fixed_.reset();
    throw;
  }
  fixed_.reset();
}

template <typename F>
void Session::each_match(std::int64_t organization_id, const KeyGroup& group, const Snapshot& s,
                         F f) {
  const std::size_t width = group.columns.size();
  const auto& rows = db_.rows(Table::product);
  for (std::size_t i = 0; i < group.items.size(); ++i) {
    for (Tid tid = 1; tid <= rows.size(); ++tid) {
      const Version& v = rows[tid - 1];
      if (v.organization_id != organization_id && !faults.other_organizations_show) continue;
      bool same = true;
      for (std::size_t c = 0; c < width && same; ++c) {
        const Value& held = v.values[place(group.columns[c])];
        const Value& asked = group.keys[i * width + c];
        same = asked.has_value() ? held.has_value() && equal_keys(held, asked) : !held.has_value();
      }
      if (same && sees(v, s)) f(group.items[i], v, tid);
    }
  }
}

StoredProduct Session::stored(const Version& v, Tid tid, const ColumnSet& columns) {
  told_.clear();
  told_arena_ = Arena();
  columns.each([&](Column c) { told_.push_back(v.values[place(c)].copy_to(told_arena_)); });
  return {v.values[place(Column::id)].as_integer().value_or(0), tid,
          static_cast<std::int32_t>(v.values[place(Column::version)].as_integer().value_or(0)),
          told_};
}

void Session::find(std::int64_t organization_id, std::span<const KeyGroup> groups,
                   const ColumnSet& columns, FoundSink& sink) {
  turns_.point(number_, "find");
  const Snapshot snapshot = for_read();
  for (const KeyGroup& group : groups) {
    each_match(organization_id, group, snapshot,
               [&](std::uint32_t item, const Version& v, Tid tid) {
                 sink.found(item, group.rule, stored(v, tid, columns));
               });
  }
}

void Session::find_existing(std::int64_t organization_id, std::span<const KeyGroup> groups,
                            const std::function<void(std::uint32_t item)>& exists) {
  turns_.point(number_, "find_existing");
  const Snapshot snapshot = for_read();
  for (const KeyGroup& group : groups) {
    each_match(organization_id, group, snapshot,
               [&](std::uint32_t item, const Version&, Tid) { exists(item); });
  }
}

void Session::lock(std::int64_t organization_id, std::span<const std::int64_t> ids) {
  turns_.point(number_, "lock");
  const Snapshot snapshot = fresh();
  for (std::int64_t id : ids) {
    for (Tid tid = 1; tid <= db_.rows(Table::product).size(); ++tid) {
      const Version& v = db_.at(Table::product, tid);
      if (v.organization_id != organization_id || v.values[0].as_integer() != id ||
          !db_.is_visible(v, snapshot, top_))
        continue;
      const Tid newest =
          follow(Table::product, tid, RowLock::no_key_update, [](const Version&) { return true; });
      if (newest != 0) hold(Table::product, newest, RowLock::no_key_update);
      break;
    }
    turns_.point(number_, "lock the next");
  }
}

std::vector<std::int64_t> Session::reserve_ids(std::size_t count) {
  std::vector<std::int64_t> ids(count);
  std::int64_t next = db_.last_product;
  for (std::int64_t& id : ids) id = ++next;
  db_.last_product = next;
  return ids;
}

std::vector<Value> Session::product_row(const Writes& writes, std::size_t row) const {
  std::vector<Value> given(writes.columns.size());
  writes.fill(row, given);
  std::vector<Value> values(kColumns, Value::null());
  values[place(Column::is_archived)] = values[place(Column::is_deleted)] = Value::boolean(false);
  values[place(Column::version)] = Value::integer(1);
  std::size_t next = 0;
  writes.columns.each([&](Column c) { values[place(c)] = given[next++]; });
  return values;
}

void Session::insert(const Writes& writes, WrittenSink& sink, bool leaves_out) {
  turns_.point(number_, leaves_out ? "insert_missing" : "insert_all");
  fresh();
  std::vector<Tid> written;
  for (std::size_t i = 0; i < writes.rows; ++i) {
    if (i > 0) turns_.point(number_, "insert the next");
    const auto values = product_row(writes, i);
    Tid tid = 0;
    if (!insert_row(Table::product, writes.organization_id, values, leaves_out, tid)) {
      if (!faults.insert_tells_all) continue;
      sink.written({values[0].as_integer().value_or(0), 0, 1, {}});
      continue;
    }
    written.push_back(tid);
    tell(db_.at(Table::product, tid), tid, writes.returning, sink);
  }
  for (Tid tid : written) require_references(Table::product, tid, nullptr);
}

void Session::insert_missing(const Writes& writes, WrittenSink& sink) {
  insert(writes, sink, true);
}

void Session::insert_all(const Writes& writes, WrittenSink& sink) { insert(writes, sink, false); }

void Session::tell(const Version& v, Tid tid, const ColumnSet& columns, WrittenSink& sink) {
  sink.written(stored(v, tid, columns));
}

// UPDATE … FROM unnest(…) d WHERE p.id = d.id AND p.ctid = d.tid, in the order of the rows.
bool Session::update(const Writes& writes, std::span<const ReadRow> read, WrittenSink& sink) {
  turns_.point(number_, "update");
  const Snapshot snapshot = fresh();
  std::vector<std::pair<Tid, const Value*>> written;
  for (std::size_t i = 0; i < writes.rows; ++i) {
    if (i > 0) turns_.point(number_, "update the next");
    std::vector<Value> given(writes.columns.size());
    writes.fill(i, given);
    const auto id = given[writes.columns.index(Column::id)].as_integer();
    Tid tid = read[i].tid;
    if (faults.update_ignores_tids) {
      // WHERE p.id = d.id alone, which goes on with the newest version.
      while (db_.at(Table::product, tid).next != 0 &&
             sees(db_.at(Table::product, db_.at(Table::product, tid).next), snapshot))
        tid = db_.at(Table::product, tid).next;
      tid =
          follow(Table::product, tid, RowLock::no_key_update, [](const Version&) { return true; });
    } else if (tid == 0 || tid > db_.rows(Table::product).size() ||
               !db_.is_visible(db_.at(Table::product, tid), snapshot, top_) ||
               db_.at(Table::product, tid).values[0].as_integer() != id) {
      tid = 0;
    } else if (const Access got =
                   access(Table::product, tid, RowLock::no_key_update, writes.may_wait);
               got != Access::granted) {
      if (got != Access::another_has_it && isolation_ == Isolation::repeatable_read &&
          !is_own(db_.at(Table::product, tid).ended_by))
        cannot_serialize();
      tid = 0;
    }
    if (tid == 0) {
      if (faults.update_tells_all) sink.written({id.value_or(0), 0, 2, {}});
      continue;
    }
    const Version before = db_.at(Table::product, tid);
    std::vector<Value> values(before.values, before.values + kColumns);
    std::size_t next = 0;
    writes.columns.each([&](Column c) { values[place(c)] = given[next++]; });
    const std::int64_t version = before.values[place(Column::version)].as_integer().value_or(0);
    values[place(Column::version)] =
        Value::integer(version + (faults.update_keeps_version ? 0 : 1));
    const Tid now = replace(Table::product, tid, values, RowLock::no_key_update);
    if (!faults.update_checks_no_key) require_unique(Table::product, now);
    written.emplace_back(now, before.values);
    tell(db_.at(Table::product, now), now, writes.returning, sink);
  }
  for (const auto& [tid, before] : written) require_references(Table::product, tid, before);
  return true;
}

void Session::release(std::int64_t organization_id, const ColumnSet& columns,
                      std::span<const std::int64_t> ids, std::span<const ReadRow> read,
                      WrittenSink& sink) {
  turns_.point(number_, "release");
  const Snapshot snapshot = fresh();
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const Version& v = db_.at(Table::product, read[i].tid);
    if (v.organization_id != organization_id || !db_.is_visible(v, snapshot, top_)) continue;
    if (access(Table::product, read[i].tid, RowLock::no_key_update) != Access::granted) {
      if (isolation_ == Isolation::repeatable_read) cannot_serialize();
      continue;
    }
    const Value* before = db_.at(Table::product, read[i].tid).values;
    std::vector<Value> values(before, before + kColumns);
    columns.each([&](Column c) { values[place(c)] = Value::null(); });
    const Tid now = replace(Table::product, read[i].tid, values, RowLock::no_key_update);
    tell(db_.at(Table::product, now), now, {}, sink);
  }
}

void Session::remove(std::int64_t organization_id, std::span<const std::int64_t> ids,
                     std::span<const ReadRow> read, WrittenSink& sink) {
  turns_.point(number_, "remove");
  const Snapshot snapshot = fresh();
  std::vector<std::int64_t> gone;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const Version& v = db_.at(Table::product, read[i].tid);
    if (v.organization_id != organization_id || !db_.is_visible(v, snapshot, top_)) continue;
    if (access(Table::product, read[i].tid, RowLock::update) != Access::granted) {
      if (isolation_ == Isolation::repeatable_read) cannot_serialize();
      continue;
    }
    remove(Table::product, read[i].tid);
    gone.push_back(ids[i]);
    sink.written({ids[i], 0, 0, {}});
  }
  for (const std::int64_t id : gone) remove_parts(organization_id, id);
}

Value Session::new_uuid(Arena& arena) {
  const std::string digits = std::to_string(1'000'000'000'000 + ++db_.uuids).substr(1);
  return Value::text(arena.copy("00000000-0000-4000-8000-" + digits));
}

// --- direct SQL ---

int Session::sql_update(std::int64_t organization_id, std::int64_t id, Column column,
                        const Value& value) {
  turns_.point(number_, "UPDATE");
  const Snapshot snapshot = fresh();
  for (Tid tid = 1; tid <= db_.rows(Table::product).size(); ++tid) {
    const Version v = db_.at(Table::product, tid);
    if (v.organization_id != organization_id || v.values[0].as_integer() != id ||
        !db_.is_visible(v, snapshot, top_))
      continue;
    const Tid newest =
        follow(Table::product, tid, RowLock::no_key_update, [](const Version&) { return true; });
    if (newest == 0) return 0;
    const Version before = db_.at(Table::product, newest);
    std::vector<Value> values(before.values, before.values + kColumns);
    values[place(column)] = value;
    const Tid now = replace(Table::product, newest, values, RowLock::no_key_update);
    require_unique(Table::product, now);
    require_references(Table::product, now, before.values);
    return 1;
  }
  return 0;
}

// ON DELETE CASCADE; a child product, which has none, is an error.
void Session::remove_parts(std::int64_t organization_id, std::int64_t id) {
  const auto any = [](const Version&) { return true; };
  for (Table t : {Table::variant, Table::feature_link, Table::custom_value}) {
    const auto product = static_cast<unsigned>(find_column(t, "product_id"));
    const Snapshot now = fresh();
    for (Tid part = 1; part <= db_.rows(t).size(); ++part) {
      const Version& row = db_.at(t, part);
      if (row.organization_id != organization_id || row.values[product].as_integer() != id ||
          !db_.is_visible(row, now, top_))
        continue;
      if (const Tid last = follow(t, part, RowLock::update, any)) remove(t, last);
    }
  }
  const Snapshot now{db_.transactions.commits(), ++command_};
  for (const Version& child : db_.rows(Table::product)) {
    if (child.organization_id == organization_id && db_.is_visible(child, now, top_) &&
        child.values[place(Column::parent_product_id)].as_integer() == id)
      throw SqlError(kForeignKeyViolation, "the product has children");
  }
}

int Session::sql_delete(std::int64_t organization_id, std::int64_t id) {
  turns_.point(number_, "DELETE");
  const Snapshot snapshot = fresh();
  const auto any = [](const Version&) { return true; };
  for (Tid tid = 1; tid <= db_.rows(Table::product).size(); ++tid) {
    const Version v = db_.at(Table::product, tid);
    if (v.organization_id != organization_id || v.values[0].as_integer() != id ||
        !db_.is_visible(v, snapshot, top_))
      continue;
    const Tid newest = follow(Table::product, tid, RowLock::update, any);
    if (newest == 0) return 0;
    remove(Table::product, newest);
    remove_parts(organization_id, id);
    return 1;
  }
  return 0;
}

}  // namespace product_upsert::schedules
