// Engine: what was decided is written, in an order that all writers share; what is lost to another
// writer is decided anew.
#include <algorithm>
#include <map>

#include "core/catalogue/key_sort.hpp"
#include "core/document/merge.hpp"
#include "core/upsert/engine.hpp"

namespace product_upsert {

namespace {

// A new product that so often was not let in, while no look-up found what kept it out, or so many
// statements that failed: nothing that we know of stands in the way, so the next one is run bare,
// for PostgreSQL to say which constraint of the user's does.
constexpr int kMostRefusals = 3;
constexpr int kMostErrors = 10;
// From this round on a single product that keeps moving is locked before it is read.
constexpr int kUnlockedRounds = 2;
// From so many new products on, one subtransaction is cheaper than probing every index twice.
constexpr std::size_t kLargeInsert = 200;

}  // namespace

// Notes which of the rows sent were written. They come back in the order they were sent, as a rule.
class Engine::Receipt final : public WrittenSink {
 public:
  // `places` in the order in which the rows are sent.
  Receipt(Batch& batch, Status status, const std::vector<Place>& places)
      : batch_(batch), status_(status), places_(places) {}
  void written(const StoredProduct& row) override {
    const std::size_t place = find(row.id);
    if (place == places_.size()) return;
    next_ = place + 1;
    Item& item = batch_.items[places_[place].second];
    item.id = row.id;
    item.version = row.version;
    item.status = status_;
    if (batch_.answer_columns.empty()) return;
    auto values = batch_.kept.array<Value>(row.values.size());
    std::transform(row.values.begin(), row.values.end(), values.begin(),
                   [&](const Value& v) { return v.copy_to(batch_.kept); });
    item.result = values;
  }
  // Those not written.
  void collect_lost(Items& lost) const {
    for (const auto& [id, index] : places_) {
      if (batch_.items[index].status != status_) lost.push_back(index);
    }
  }

 private:
  std::size_t find(std::int64_t id) {
    if (next_ < places_.size() && places_[next_].first == id) return next_;
    if (by_id_.empty()) {
      for (std::uint32_t i = 0; i < places_.size(); ++i) by_id_.emplace_back(places_[i].first, i);
      std::sort(by_id_.begin(), by_id_.end());
    }
    const auto it = std::lower_bound(by_id_.begin(), by_id_.end(), Place(id, 0));
    return it != by_id_.end() && it->first == id ? it->second : places_.size();
  }

  Batch& batch_;
  Status status_;
  const std::vector<Place>& places_;
  std::size_t next_ = 0;
  std::vector<Place> by_id_;  // id, place; only made where a row was left out
};

// Rows of ours that others wait for while we wait for theirs are how deadlocks come about. So where
// one of several products is lost to another writer all are undone; next time they are locked
// first, in an order that all writers share, and given back with what is written should that fail.
bool Engine::is_contended(const std::vector<Group>& groups) {
  return std::any_of(groups.begin(), groups.end(),
                     [](const Group& g) { return !g.contended.empty(); });
}

void Engine::lock(const std::vector<Group>& groups) {
  for (const Group& group : groups) {
    if (!group.contended.empty()) catalogue_.lock(group.organization_id, group.contended);
  }
}

void Engine::lock_and_write(std::vector<Group>& groups) {
  const bool written = attempt([&] {
    lock(groups);
    decide_all(groups);
    for (Group& group : groups) {
      if (Items lost; !write_rows(group, Losing::undoes_all, lost)) return false;
    }
    return true;
  });
  for (Group& group : groups) try_again(group, written ? Items() : group.pending);
}

// Up to the first group that loses: what comes after it would be locked out of order.
void Engine::write_each(std::vector<Group>& groups) {
  bool losing = false;
  for (Group& group : groups) {
    try_again(group, losing ? group.pending : write(group));
    losing = losing || !group.items.empty();
  }
}

// Returns what was lost to other writers.
Engine::Items Engine::write(Group& group) {
  Items lost;
  if (!bare_ && may_lose(group.pending)) {
    const bool written = attempt([&] { return write_rows(group, Losing::undoes_all, lost); });
    return written ? Items() : group.pending;
  }
  if (!write_rows(group, Losing::keeps_the_rest, lost)) {
    throw Refusal(
        Refused::collision,
        "a concurrent writer took a key of a product's variants, links or custom fields",
        "Try again.",
        {{Code::taken,
          "",
          "a concurrent writer took a key of a product's variants, links or custom fields",
          {}}});
  }
  return lost;
}

// Whether the body came to its end and said true; else what it wrote is undone.
bool Engine::attempt(const std::function<bool()>& body) {
  bool ended = false;
  const Attempt outcome = catalogue_.atomically([&] {
    const bool whole = body();
    ended = true;
    return whole;
  });
  if (!ended) note_error();
  return outcome == Attempt::done;
}

void Engine::note_error() {
  if (++errors_ == kMostErrors) bare_ = true;
}

// Leaves the group with what was lost, to be decided anew.
void Engine::try_again(Group& group, Items lost) {
  std::sort(lost.begin(), lost.end());
  group.contended.clear();
  const bool locks = group.pending.size() > 1 || round_ + 1 >= kUnlockedRounds;
  for (std::uint32_t i : lost) {
    if (locks && batch_.items[i].id != 0) group.contended.push_back(batch_.items[i].id);
    forget(i);
  }
  std::sort(group.contended.begin(), group.contended.end());
  group.items = std::move(lost);
}

// Whether what is written may have to be undone: a single row holds nothing while it waits, and is
// written or not.
bool Engine::may_lose(const Items& pending) const {
  if (pending.size() > 1 || (parts_ && parts_->may_lose(pending))) return !pending.empty();
  const ColumnSet keys = rules_.columns();
  return std::any_of(pending.begin(), pending.end(), [&](std::uint32_t i) {
    const Item& item = batch_.items[i];
    return item.id != 0 &&
           std::any_of(item.changed.begin(), item.changed.end(), [&](std::uint16_t f) {
             return f != Item::kUnknownFields && batch_.profile.fields[f].writes_column() &&
                    keys.has(batch_.profile.fields[f].column);
           });
  });
}

// Updates first, then inserts, each in an order that all writers share; then what belongs to the
// products. False: what cannot be undone in part lost a race.
bool Engine::write_rows(Group& group, Losing losing, Items& lost) {
  if (parts_) parts_->claim(group.organization_id, group.pending);
  const auto stops = [&] { return losing == Losing::undoes_all && !lost.empty(); };
  const bool inserts_first = parts_ && parts_->inserts_first(group.pending);
  if (inserts_first) insert(group, losing, lost);
  if (stops()) return false;
  update(group, lost);
  if (stops()) return false;
  if (!inserts_first) insert(group, losing, lost);
  if (stops()) return false;
  if (!parts_) return true;
  Items written;
  for (std::uint32_t i : group.pending) {
    if (std::find(lost.begin(), lost.end(), i) == lost.end()) written.push_back(i);
  }
  auto taken = Parts::TakenKey::leaves_out;
  if (losing == Losing::undoes_all && round_ == 0) taken = Parts::TakenKey::may_fail;
  if (bare_) taken = Parts::TakenKey::fails;
  if (parts_->write(group.organization_id, written, taken)) return true;
  note_error();
  return false;
}

// Back to the start: the item is matched again.
void Engine::forget(std::uint32_t index) {
  Item& item = batch_.items[index];
  for (const auto& [field, said] : work_[index].overruled) batch_.set(item, field, said);
  const int refusals = work_[index].refusals;
  work_[index] = {};
  work_[index].refusals = refusals;
  item.id = 0;
  item.version = 0;
  item.tid = 0;
  item.stored = {};
  item.result = {};
  item.changed.clear();
  item.decided_by = nullptr;
  item.status = Status::pending;
  if (parts_) parts_->forget(index);
}

void Engine::update(Group& group, Items& lost) {
  std::vector<Place> places;
  Writes writes;
  for (std::uint32_t i : group.items) {
    const Item& item = batch_.items[i];
    if (item.status != Status::pending || item.id == 0) continue;
    places.emplace_back(item.id, i);
    for (std::uint16_t f : item.changed) {
      // A change of variants or links alone still raises the version (fine point l).
      if (f != Item::kUnknownFields && !batch_.profile.fields[f].writes_column()) continue;
      const Column c = f == Item::kUnknownFields ? Column::meta : batch_.profile.fields[f].column;
      writes.columns.add(c);
    }
  }
  if (places.empty()) return;
  std::sort(places.begin(), places.end());
  std::vector<std::uint64_t> tids;
  tids.reserve(places.size());
  for (const auto& [id, index] : places) tids.push_back(batch_.items[index].tid);
  writes.columns.add(Column::id);
  writes.organization_id = group.organization_id;
  writes.rows = places.size();
  writes.returning = batch_.answer_columns;
  Merger merger(batch_, options_, writes.columns);
  writes.fill = [&](std::size_t row, std::span<Value> values) {
    fill(merger, places[row], writes.columns, values);
  };
  Receipt receipt(batch_, Status::updated, places);
  catalogue_.update(writes, tids, receipt);
  receipt.collect_lost(lost);
}

void Engine::fill(Merger& merger, const Place& place, const ColumnSet& columns,
                  std::span<Value> values) {
  const auto [id, index] = place;
  merger.merge(batch_.items[index], values);
  values[columns.index(Column::id)] = Value::integer(id);
  if (!parts_ || !columns.has(Column::parent_product_id)) return;
  if (const auto parent = parts_->parent_document(index)) {
    const std::int64_t known = batch_.items[*parent].id;
    values[columns.index(Column::parent_product_id)] =
        Value::integer(known != 0 ? known : work_[*parent].reserved_id);
  }
}

std::int64_t Engine::given_id(const Item& item) const {
  const Field* field = batch_.profile.field_of(Column::id);
  if (field == nullptr || field->read_only != ReadOnly::no) return 0;
  return batch_.value(item, static_cast<std::size_t>(field - batch_.profile.fields.data()))
      .as_integer()
      .value_or(0);
}

// An order that all writers share: by the last rule that the product has a key of, then by that
// key.
void Engine::sort_by_key(std::vector<Place>& places) const {
  const auto last_key = [&](std::size_t place) -> const ItemKey* {
    const auto& keys = work_[places[place].second].final_keys;
    return keys.empty() ? nullptr : &keys.back();
  };
  std::map<int, std::vector<std::uint32_t>> by_rule;
  for (std::uint32_t i = 0; i < places.size(); ++i) {
    const ItemKey* const key = last_key(i);
    by_rule[key == nullptr ? -1 : key->rule].push_back(i);
  }
  std::vector<Place> sorted;
  sorted.reserve(places.size());
  for (const auto& [rule, members] : by_rule) {
    std::vector<const Key*> keys;
    if (rule >= 0) {
      for (std::uint32_t i : members) keys.push_back(&last_key(i)->key);
      for (std::uint32_t i : sorted_by_key(keys)) sorted.push_back(places[members[i]]);
    } else {
      for (std::uint32_t i : members) sorted.push_back(places[i]);
    }
  }
  places = std::move(sorted);
}

void Engine::insert(Group& group, Losing losing, Items& lost) {
  Items items;
  std::size_t unnamed = 0;
  std::int64_t highest = 0;
  for (std::uint32_t i : group.items) {
    const Item& item = batch_.items[i];
    if (item.status != Status::pending || item.id != 0) continue;
    items.push_back(i);
    const std::int64_t given = given_id(item);
    highest = std::max(highest, given);
    if (given == 0) ++unnamed;
  }
  if (items.empty()) return;
  if (highest > 0) catalogue_.skip_ids_to(highest);

  // Ids ascend in input order, rows go in by key: the places keep the two together.
  const auto fresh = catalogue_.reserve_ids(unnamed);
  std::vector<Place> places;
  places.reserve(items.size());
  auto next = fresh.begin();
  for (std::uint32_t i : items) {
    const std::int64_t given = given_id(batch_.items[i]);
    places.emplace_back(given != 0 ? given : *next++, i);
    work_[i].reserved_id = places.back().first;
  }
  sort_by_key(places);
  Receipt receipt(batch_, Status::created, places);

  Writes writes;
  writes.organization_id = group.organization_id;
  writes.rows = items.size();
  writes.columns = written_columns(batch_, options_, true);
  writes.columns.add(Column::id);
  writes.returning = batch_.answer_columns;
  Merger merger(batch_, options_, writes.columns);
  writes.fill = [&](std::size_t row, std::span<Value> values) {
    fill(merger, places[row], writes.columns, values);
  };
  const bool large = items.size() >= kLargeInsert && losing == Losing::undoes_all && round_ == 0;
  if (large || bare_) catalogue_.insert_all(writes, receipt);
  else catalogue_.insert_missing(writes, receipt);
  const std::size_t before = lost.size();
  receipt.collect_lost(lost);
  for (std::size_t i = before; i < lost.size(); ++i) {
    if (++work_[lost[i]].refusals == kMostRefusals) bare_ = true;
  }
}

}  // namespace product_upsert
