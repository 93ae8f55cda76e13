#include "core/upsert/writer.hpp"

#include <algorithm>
#include <map>
#include <unordered_set>

#include "core/value/assert.hpp"
#include "core/value/interrupts.hpp"

namespace product_upsert {

namespace {

bool is_pending(const Item& item) { return item.status == Status::pending; }

ReadRow as_read(const Item& item) { return {item.tid, item.version}; }

[[maybe_unused]] bool are_of(std::int64_t organization_id, const Batch& batch, const Items& items) {
  return std::all_of(items.begin(), items.end(), [&](std::uint32_t i) {
    return batch.items[i].organization_id == organization_id;
  });
}

// Of rows in order of their ids.
[[maybe_unused]] bool names_no_product_twice(const std::vector<RowToWrite>& rows) {
  return std::adjacent_find(rows.begin(), rows.end(), [](const auto& a, const auto& b) {
           return a.first == b.first;
         }) == rows.end();
}

}  // namespace

// Notes which of the rows were written. They usually come back in the order they were sent.
class Writer::Receipt final : public WrittenSink {
 public:
  // `rows`: in the order in which they are sent.
  Receipt(Batch& batch, Status status, const std::vector<RowToWrite>& rows)
      : batch_(batch), status_(status), rows_(rows) {}
  void written(const StoredProduct& row) override {
    const std::size_t at = find(row.id);
    if (at == rows_.size()) return;
    next_ = at + 1;
    Item& item = batch_.items[rows_[at].second];
    PRODUCT_UPSERT_ASSERT(item.status == Status::pending);
    PRODUCT_UPSERT_ASSERT(item.id == 0 || item.id == row.id);
    item.id = row.id;
    item.version = row.version;
    item.status = status_;
    if (batch_.answer_columns.empty()) return;
    auto values = batch_.kept.array<Value>(row.values.size());
    std::transform(row.values.begin(), row.values.end(), values.begin(),
                   [&](const Value& v) { return v.copy_to(batch_.kept); });
    item.result = values;
  }
  // Collects the items that were not written.
  void collect_lost(Items& lost) const {
    for (const auto& [id, index] : rows_) {
      if (batch_.items[index].status != status_) lost.push_back(index);
    }
  }

 private:
  std::size_t find(std::int64_t id) {
    if (next_ < rows_.size() && rows_[next_].first == id) return next_;
    if (by_id_.empty()) {
      for (std::uint32_t i = 0; i < rows_.size(); ++i) by_id_.emplace_back(rows_[i].first, i);
      std::sort(by_id_.begin(), by_id_.end());
    }
    const auto it = std::lower_bound(by_id_.begin(), by_id_.end(), RowToWrite(id, 0));
    return it != by_id_.end() && it->first == id ? it->second : rows_.size();
  }

  Batch& batch_;
  Status status_;
  const std::vector<RowToWrite>& rows_;
  std::size_t next_ = 0;
  std::vector<RowToWrite> by_id_;  // id, index in rows_; made only if a row was skipped
};

Writer::Result Writer::write(std::int64_t organization_id, const Items& items, Manner manner) {
  PRODUCT_UPSERT_ASSERT(are_of(organization_id, state_.batch, items));
  Result result;
  released_ = {};
  if (state_.related_fields != nullptr) {
    state_.related_fields->claim(organization_id, items);
    result.lost = state_.related_fields->make_rows(organization_id, items);
    if (!result.lost.empty()) return result;
  }
  std::vector<KeyMove> moves = moves_among(items);
  // Deletions come last, when nothing refers to the products any more; their keys are released
  // before.
  const auto left = std::stable_partition(moves.begin(), moves.end(), [&](const KeyMove& m) {
    return !state_.batch.items[m.from].removes;
  });
  if (left != moves.end()) {
    release(organization_id, {left, moves.end()});
    moves.erase(left, moves.end());
  }
  const auto stops = [&] { return manner.stops_at_loss && !result.lost.empty(); };
  // A product whose new parent is only now created comes after it. Then all keys that new products
  // take must be released before.
  const bool inserts_first =
      state_.related_fields != nullptr && state_.related_fields->inserts_first(items);
  if (inserts_first) {
    released_ = release(organization_id, moves);
    moves.clear();
    insert(organization_id, items, manner, result.lost);
  }
  if (stops()) return result;
  update(organization_id, items, std::move(moves), manner, result.lost);
  if (stops()) return result;
  if (!inserts_first) insert(organization_id, items, manner, result.lost);
  if (stops()) return result;
  if (state_.batch.profile.tombstone) remove(organization_id, items, result.lost);
  if (stops() || state_.related_fields == nullptr) return result;
  Items written;
  std::copy_if(items.begin(), items.end(), std::back_inserter(written), [&](std::uint32_t i) {
    const Item& item = state_.batch.items[i];
    return item.status == Status::created || (item.status == Status::updated && !item.removes);
  });
  auto taken = TakenKey::leaves_out;
  if (manner.fails_at_many) taken = TakenKey::may_fail;
  if (manner.fails_at_one) taken = TakenKey::fails;
  result.related_written = state_.related_fields->write(organization_id, written, taken);
  return result;
}

std::vector<KeyMove> Writer::moves_among(const Items& items) const {
  std::vector<KeyMove> moves;
  if (state_.moves.empty()) return moves;
  std::vector<std::uint32_t> sorted = items;
  std::sort(sorted.begin(), sorted.end());
  const auto has = [&](std::uint32_t i) {
    return std::binary_search(sorted.begin(), sorted.end(), i) && is_pending(state_.batch.items[i]);
  };
  for (const KeyMove& m : state_.moves) {
    if (has(m.item) && has(m.from)) moves.push_back(m);
  }
  return moves;
}

// Products that release keys come before those that take them. If products take keys from one
// another in a cycle, some must release first: these are left in `moves`.
void Writer::put_in_order(std::vector<RowToWrite>& rows, std::vector<KeyMove>& moves) {
  std::vector<Dependencies::Edge> edges;
  for (const KeyMove& m : moves) {
    if (state_.batch.items[m.item].id != 0) edges.push_back({m.item, m.from});
  }
  std::map<std::uint32_t, std::int64_t> ids;
  Items items;
  for (const auto& [id, index] : rows) {
    items.push_back(index);
    ids.emplace(index, id);
  }
  const Ordered ordered = order_by_dependency(items, edges);
  PRODUCT_UPSERT_ASSERT(ordered.items.size() == rows.size());
  rows.clear();
  for (std::uint32_t i : ordered.items) rows.emplace_back(ids.at(i), i);
  Items cut = ordered.cut;
  std::sort(cut.begin(), cut.end());
  std::erase_if(moves, [&](const KeyMove& m) {
    return state_.batch.items[m.item].id == 0 ||
           !std::binary_search(cut.begin(), cut.end(), m.from);
  });
}

// Releases the keys that products will take from others: one column of each key is null until it is
// updated. Returns these columns.
ColumnSet Writer::release(std::int64_t organization_id, const std::vector<KeyMove>& moves) {
  ColumnSet columns;
  std::map<std::int64_t, std::uint32_t> rows;
  for (const KeyMove& m : moves) {
    PRODUCT_UPSERT_ASSERT(m.item != m.from && state_.batch.items[m.from].id != 0);
    columns.add(state_.rules.rules[m.rule].required.front());
    rows.emplace(state_.batch.items[m.from].id, m.from);
  }
  if (rows.empty()) return columns;
  std::vector<std::int64_t> ids;
  std::vector<ReadRow> read;
  for (const auto& [id, index] : rows) {
    ids.push_back(id);
    read.push_back(as_read(state_.batch.items[index]));
  }
  class Moved final : public WrittenSink {
   public:
    Moved(Batch& batch, const std::map<std::int64_t, std::uint32_t>& rows)
        : batch_(batch), rows_(rows) {}
    void written(const StoredProduct& row) override {
      if (const auto it = rows_.find(row.id); it != rows_.end())
        batch_.items[it->second].tid = row.tid;
    }

   private:
    Batch& batch_;
    const std::map<std::int64_t, std::uint32_t>& rows_;
  } moved(state_.batch, rows);
  // A row that has moved is not released, and is lost when it is to be updated.
  state_.catalogue.release(organization_id, columns, ids, read, moved);
  return columns;
}

void Writer::update(std::int64_t organization_id, const Items& items, std::vector<KeyMove> moves,
                    Manner manner, Items& lost) {
  std::vector<RowToWrite> rows;
  Writes writes;
  writes.may_wait = manner.may_wait;
  for (std::uint32_t i : items) {
    const Item& item = state_.batch.items[i];
    if (!is_pending(item) || item.id == 0 || item.removes) continue;
    rows.emplace_back(item.id, i);
    if (item.sources != nullptr && !item.sources->marks.is_absent())
      writes.columns.add(Column::field_sources);
    for (std::uint16_t f : item.changed) {
      // A change of variants or links alone still increments the version (fine point l).
      if (f != Item::kUnknownFields && !state_.batch.profile.fields[f].writes_column()) continue;
      writes.columns.add(f == Item::kUnknownFields ? Column::meta
                                                   : state_.batch.profile.fields[f].column);
    }
  }
  if (rows.empty()) return;
  std::sort(rows.begin(), rows.end());
  PRODUCT_UPSERT_ASSERT(names_no_product_twice(rows));
  if (!moves.empty()) {
    put_in_order(rows, moves);
    released_.add(release(organization_id, moves));
  }
  writes.columns.add(released_);
  const ColumnSet keys = state_.rules.columns();
  keys.each([&](Column c) { writes.takes_keys |= writes.columns.has(c); });
  std::vector<ReadRow> read;
  read.reserve(rows.size());
  for (const auto& [id, index] : rows) read.push_back(as_read(state_.batch.items[index]));
  writes.columns.add(Column::id);
  writes.organization_id = organization_id;
  writes.rows = rows.size();
  writes.returning = state_.batch.answer_columns;
  Merger merger(state_.batch, state_.options, writes.columns);
  writes.fill = [&](std::size_t row, std::span<Value> values) {
    fill(merger, rows[row], writes.columns, values);
  };
  Receipt receipt(state_.batch, Status::updated, rows);
  if (state_.catalogue.update(writes, read, receipt)) return receipt.collect_lost(lost);
  for (const auto& [id, index] : rows) lost.push_back(index);
}

void Writer::remove(std::int64_t organization_id, const Items& items, Items& lost) {
  std::vector<RowToWrite> rows;
  for (std::uint32_t i : items) {
    const Item& item = state_.batch.items[i];
    if (is_pending(item) && item.removes) rows.emplace_back(item.id, i);
  }
  if (rows.empty()) return;
  std::sort(rows.begin(), rows.end());
  PRODUCT_UPSERT_ASSERT(names_no_product_twice(rows));
  std::vector<std::int64_t> ids;
  std::vector<ReadRow> read;
  for (const auto& [id, index] : rows) {
    ids.push_back(id);
    read.push_back(as_read(state_.batch.items[index]));
  }
  class Gone final : public WrittenSink {
   public:
    void written(const StoredProduct& row) override { ids.insert(row.id); }
    std::unordered_set<std::int64_t> ids;
  } gone;
  state_.catalogue.remove(organization_id, ids, read, gone);
  for (const auto& [id, index] : rows) {
    Item& item = state_.batch.items[index];
    if (!gone.ids.contains(id)) {
      lost.push_back(index);
      continue;
    }
    item.status = Status::updated;
    if (state_.options.wants_products) item.result = state_.answer_of_stored(item);
  }
}

void Writer::fill(Merger& merger, const RowToWrite& row, const ColumnSet& columns,
                  std::span<Value> values) {
  check_interrupts();
  PRODUCT_UPSERT_ASSERT(values.size() == columns.size() && columns.has(Column::id));
  const auto [id, index] = row;
  PRODUCT_UPSERT_ASSERT(id != 0 && is_pending(state_.batch.items[index]));
  merger.merge(state_.batch.items[index], values);
  values[columns.index(Column::id)] = Value::integer(id);
  if (state_.related_fields == nullptr) return;
  state_.related_fields->each_made(index, [&](std::size_t field, std::uint32_t maker) {
    const Column column = state_.batch.profile.fields[field].column;
    if (!columns.has(column)) return;
    const std::int64_t known = state_.batch.items[maker].id;
    values[columns.index(column)] =
        Value::integer(known != 0 ? known : state_.decisions[maker].reserved_id);
  });
}

void Writer::insert(std::int64_t organization_id, const Items& items, Manner manner, Items& lost) {
  Items fresh;
  std::copy_if(items.begin(), items.end(), std::back_inserter(fresh), [&](std::uint32_t i) {
    return is_pending(state_.batch.items[i]) && state_.batch.items[i].id == 0;
  });
  if (fresh.empty()) return;
  ColumnSet columns = written_columns(state_.batch, state_.options, true);
  columns.add(Column::id);
  auto rows_in_order = insert_order_.reserve_rows(organization_id, fresh, manner.asks_for_ids);
  for (const auto& rows : insert_order_.by_defaults(std::move(rows_in_order), columns))
    insert_rows(organization_id, rows, columns, manner, lost);
}

void Writer::insert_rows(std::int64_t organization_id, const std::vector<RowToWrite>& rows,
                         const ColumnSet& columns, Manner manner, Items& lost) {
  PRODUCT_UPSERT_ASSERT(!rows.empty());
  Receipt receipt(state_.batch, Status::created, rows);
  Writes writes;
  writes.organization_id = organization_id;
  writes.rows = rows.size();
  columns.each([&](Column c) {
    if (!insert_order_.is_left_out(state_.batch.items[rows.front().second], c))
      writes.columns.add(c);
  });
  writes.returning = state_.batch.answer_columns;
  Merger merger(state_.batch, state_.options, writes.columns);
  writes.fill = [&](std::size_t row, std::span<Value> values) {
    fill(merger, rows[row], writes.columns, values);
  };
  const bool fails = manner.fails_at_one || (manner.fails_at_many && rows.size() >= kManyRows);
  if (fails) state_.catalogue.insert_all(writes, receipt);
  else state_.catalogue.insert_missing(writes, receipt);
  receipt.collect_lost(lost);
}

}  // namespace product_upsert
