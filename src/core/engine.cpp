#include "core/engine.hpp"

#include <algorithm>
#include <map>

#include "core/answer.hpp"
#include "core/key_sort.hpp"
#include "core/merge.hpp"
#include "core/shown.hpp"

namespace product_upsert {

namespace {

// So many rounds lost to concurrent writers are bad luck no more: somebody hides the product.
constexpr int kMostRounds = 50;
constexpr std::string_view kCustomField = "custom_field";
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

class Engine::Finding final : public FoundSink {
 public:
  explicit Finding(Engine& engine) : engine_(engine) {}
  void found(std::uint32_t item, std::uint16_t rule, const StoredProduct& row) override {
    engine_.found(item, rule, row);
  }

 private:
  Engine& engine_;
};

Engine::Engine(const IdentityRules& rules, const Options& options, Catalogue& catalogue,
               Batch& batch, Ledger* ledger)
    : own_rules_(extend(rules, options)),
      rules_(own_rules_ ? *own_rules_ : rules),
      options_(options),
      catalogue_(catalogue),
      batch_(batch),
      ledger_(ledger) {
  bind_rules();
  drop_ignored();
  work_.resize(batch.items.size());
  if (batch.profile.has_parts)
    parts_ = std::make_unique<Parts>(options, catalogue.related(), batch);
  if (own_rules_ && !parts_) {
    throw Refusal(Refused::invalid, "profile \"" + batch.profile.name + "\" has no custom fields",
                  {},
                  {{Code::enumeration,
                    "identifier_field",
                    "custom_field is for profiles that have custom fields",
                    {}}});
  }
  choose_columns();
}

// With identifier_field custom_field there is one rule more: whoever has the value is found by id.
std::unique_ptr<const IdentityRules> Engine::extend(const IdentityRules& rules,
                                                    const Options& options) {
  if (!options.identifier || *options.identifier != kCustomField) return nullptr;
  if (!options.custom_field) {
    throw Refusal(Refused::invalid, "identifier_field custom_field needs a custom_field_reference",
                  {},
                  {{Code::required,
                    "custom_field_reference",
                    "is required with identifier_field custom_field",
                    {}}});
  }
  auto extended = std::make_unique<IdentityRules>(rules);
  extended->rules.push_back(
      {std::string(kCustomField) + ":" + *options.custom_field, {Column::id}, {Column::id}, false});
  return extended;
}

void Engine::choose_columns() {
  const Profile& profile = batch_.profile;
  if (options_.wants_products) {
    batch_.answer_columns = profile.columns;
    batch_.answer_columns.add(Column::id);
  }
  ColumnSet columns = written_columns(batch_, options_, false);
  for (const IdentityRule& rule : rules_.rules) {
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
  columns.add(batch_.answer_columns);
  batch_.stored_columns = columns;
}

// What a document says of a field that is ignored is neither checked nor looked up (rule 16),
// unless the product is found by it.
void Engine::drop_ignored() {
  const ColumnSet keys = rules_.columns();
  for (std::size_t i = 0; i < options_.actions.size(); ++i) {
    if (options_.actions[i] != Action::ignore) continue;
    const Field& f = batch_.profile.fields[i];
    if (f.role == Role::custom_fields ? custom_rule_ != kNoRule
                                      : f.writes_column() && f.member.empty() && keys.has(f.column))
      continue;
    for (Item& item : batch_.items) {
      batch_.set(item, i, {});
      std::erase_if(item.failures, [&](const Failure& x) {
        return x.field == f.name || x.field.starts_with(f.name + ".");
      });
    }
  }
}

void Engine::bind_rules() {
  if (own_rules_) {
    if (!may_name(std::string(kCustomField))) refuse_identifier(std::string(kCustomField));
    custom_rule_ = static_cast<std::uint16_t>(rules_.rules.size() - 1);
    match_rules_.push_back(custom_rule_);
    return;
  }
  if (options_.identifier) {
    const int rule = options_.identifier_is_ours ? rules_.find(*options_.identifier)
                                                 : find_identifier(*options_.identifier);
    if (rule < 0) refuse_identifier(*options_.identifier);
    match_rules_.push_back(static_cast<std::uint16_t>(rule));
    return;
  }
  for (const ProfileRule& r : batch_.profile.identity) {
    const int rule = rules_.find(r.rule);
    if (rule < 0) {
      std::string names;
      for (const IdentityRule& known : rules_.rules)
        names += (names.empty() ? "" : ", ") + known.name;
      throw Refusal(Refused::invalid, "identity rule \"" + r.rule + "\" is not known",
                    "Valid are " + names + ".",
                    {{Code::enumeration, "identity rule", "must be one of " + names, {}}});
    }
    match_rules_.push_back(static_cast<std::uint16_t>(rule));
  }
}

std::vector<Engine::Group> Engine::group_by_organization() const {
  std::vector<Group> groups;
  std::map<std::int64_t, std::size_t> places;
  for (std::uint32_t i = 0; i < batch_.items.size(); ++i) {
    const Item& item = batch_.items[i];
    if (item.status != Status::pending) continue;
    if (groups.empty() || groups.back().organization_id != item.organization_id) {
      const auto [place, added] = places.try_emplace(item.organization_id, groups.size());
      if (added) groups.push_back({item.organization_id, {}, {}, {}});
      groups[place->second].items.push_back(i);
    } else {
      groups.back().items.push_back(i);
    }
  }
  // In an order that all writers share.
  std::sort(groups.begin(), groups.end(),
            [](const Group& a, const Group& b) { return a.organization_id < b.organization_id; });
  return groups;
}

void Engine::run() {
  auto groups = group_by_organization();
  if (groups.empty()) return abort_on_rejects();
  for (const Group& group : groups) {
    if (parts_) parts_->resolve(group.organization_id, group.items);
  }
  for (round_ = 0; !groups.empty(); ++round_) {
    if (round_ == kMostRounds) {
      throw Refusal(Refused::serialization,
                    "could not write the products because of concurrent writers", "Try again.");
    }
    if (!is_contended(groups)) {
      decide_all(groups);
      if (options_.read_only) return;
      write_each(groups);
    } else if (bare_) {
      lock(groups);
      decide_all(groups);
      write_each(groups);
    } else {
      lock_and_write(groups);
    }
    std::erase_if(groups, [](const Group& g) { return g.items.empty(); });
  }
  if (ledger_ != nullptr) note_batch();
  if (parts_ && options_.wants_products) show();
}

// What becomes of the documents, nothing written yet.
void Engine::decide_all(std::vector<Group>& groups) {
  others_.clear();
  candidates_.clear();
  catalogue_.at_one_time([&] {
    for (const Group& group : groups) {
      look_up(group);
      decide(group);
      find_collisions(group);
      check_taken(group);
      if (parts_) parts_->check(group.organization_id, group.items);
      check_rights(group);
      settle(group);
      if (options_.wants_levels) decide_levels(group);
    }
  });
  abort_on_rejects();
  for (Group& group : groups) {
    group.pending.clear();
    for (std::uint32_t i : group.items) {
      if (batch_.items[i].status == Status::pending) group.pending.push_back(i);
    }
  }
}

// Reads what answers show beyond the products' own rows.
void Engine::show() {
  auto shown = std::make_shared<Shown>(batch_.profile, batch_.answer_columns);
  std::map<std::int64_t, std::vector<Shown::Subject>> subjects;
  for (const Item& item : batch_.items) {
    if (item.status != Status::rejected)
      subjects[item.organization_id].push_back({item.id, item.result});
  }
  for (const auto& [organization_id, products] : subjects)
    shown->read(catalogue_.related(), organization_id, products);
  batch_.shown = std::move(shown);
}

void Engine::look_up(const Group& group) {
  if (custom_rule_ != kNoRule && parts_) {
    try {
      custom_holders_ =
          parts_->find_by_custom_field(group.organization_id, group.items, *options_.custom_field);
    } catch (const Refusal&) {
      if (!is_stranger(group)) throw;
      throw Refusal(Refused::permission, "permission denied to create or update products");
    }
    for (const auto& [index, holders] : custom_holders_) {
      if (!options_.read_only || holders.size() == 1) continue;  // the one is found by its id
      for (std::int64_t id : holders) candidates_.push_back({index, custom_rule_, id});
    }
  }
  // A group for every rule and pattern of nulls that occurs; few, so they are searched in a line.
  std::vector<KeyGroup> lookups;
  for (std::uint32_t index : group.items) {
    read_keys(index);
    for (const ItemKey& k : work_[index].keys) {
      std::uint32_t nulls = 0;
      for (std::size_t i = 0; i < k.key.values.size(); ++i)
        nulls |= k.key.values[i].is_null() ? 1U << i : 0;
      auto it = std::find_if(lookups.begin(), lookups.end(), [&](const KeyGroup& g) {
        return g.rule == k.rule && g.nulls == nulls;
      });
      if (it == lookups.end()) {
        it = lookups.insert(it, KeyGroup{rules_.rules[k.rule].fields, nulls, k.rule, {}, {}});
        it->items.reserve(group.items.size());
        it->keys.reserve(group.items.size() * k.key.values.size());
      }
      it->items.push_back(index);
      it->keys.insert(it->keys.end(), k.key.values.begin(), k.key.values.end());
    }
  }
  if (lookups.empty()) return;
  std::sort(lookups.begin(), lookups.end(), [](const KeyGroup& a, const KeyGroup& b) {
    return std::pair(a.rule, a.nulls) < std::pair(b.rule, b.nulls);
  });
  Finding sink(*this);
  catalogue_.find(group.organization_id, lookups, batch_.stored_columns, sink);
}

void Engine::found(std::uint32_t index, std::uint16_t rule, const StoredProduct& row) {
  Item& item = batch_.items[index];
  Work& work = work_[index];
  if (options_.read_only) candidates_.push_back({index, rule, row.id});
  if (item.id == row.id) {
    work.matched |= std::uint64_t{1} << rule;
    return;
  }
  if (item.id != 0) {
    StoredProduct copy = row;
    auto values = batch_.arena.array<Value>(row.values.size());
    std::transform(row.values.begin(), row.values.end(), values.begin(),
                   [&](const Value& v) { return v.copy_to(batch_.arena); });
    copy.values = values;
    others_.push_back({index, rule, copy});
    work.crowded = true;
    return;
  }
  work.matched = std::uint64_t{1} << rule;
  work.same = agrees(batch_, item, row.values, options_);
  item.id = row.id;
  item.tid = row.tid;
  item.version = row.version;
  // What is neither merged nor answered with is not kept.
  if (work.same && !options_.wants_products && !batch_.profile.judged_by) return;
  auto values = batch_.arena.array<Value>(row.values.size());
  std::transform(row.values.begin(), row.values.end(), values.begin(),
                 [&](const Value& v) { return v.copy_to(batch_.arena); });
  item.stored = values;
}

void Engine::fail(Item& item, Code code, std::string field, std::string message,
                  std::vector<std::pair<std::string, std::string>> details) {
  item.failures.push_back({code, std::move(field), std::move(message), std::move(details)});
}

// Failed documents are rejected; a document that changes nothing is done.
void Engine::settle(const Group& group) {
  for (std::uint32_t index : group.items) {
    Item& item = batch_.items[index];
    if (!item.failures.empty()) {
      item.status = Status::rejected;
      if (item.id == 0) item.decided_by = nullptr;  // no rule found a product, nor is one new
    } else if (item.id != 0 && item.changed.empty()) {
      item.status = Status::unchanged;
      if (options_.wants_products) {
        auto values = batch_.arena.array<Value>(batch_.answer_columns.size());
        std::size_t i = 0;
        batch_.answer_columns.each([&](Column c) { values[i++] = batch_.stored(item, c); });
        item.result = values;
      }
    }
  }
}

void Engine::abort_on_rejects() {
  if (options_.skip_rejects || options_.read_only) return;
  const bool any = std::any_of(batch_.items.begin(), batch_.items.end(),
                               [](const Item& i) { return i.status == Status::rejected; });
  if (any) throw refuse_batch(batch_);
}

bool Engine::is_stranger(const Group& group) {
  return !catalogue_.may(Right::create, group.organization_id) &&
         !catalogue_.may(Right::update, group.organization_id);
}

void Engine::check_rights(const Group& group) {
  const auto lacks = [&](Right right, bool creating, const char* message) {
    const auto concerned = [&](std::uint32_t i) {
      const Item& item = batch_.items[i];
      return item.failures.empty() &&
             (creating ? item.id == 0 : item.id != 0 && !item.changed.empty());
    };
    if (std::none_of(group.items.begin(), group.items.end(), concerned)) return;
    if (catalogue_.may(right, group.organization_id)) return;
    for (std::uint32_t i : group.items) {
      if (concerned(i)) fail(batch_.items[i], Code::permission, "", message);
    }
  };
  // Whoever may neither is told that alone: what else is wrong may be no more than what is hidden.
  const auto faulty = [&](std::uint32_t i) { return !batch_.items[i].failures.empty(); };
  if (std::any_of(group.items.begin(), group.items.end(), faulty) && is_stranger(group)) {
    for (std::uint32_t i : group.items) {
      if (!faulty(i)) continue;
      batch_.items[i].failures.clear();
      fail(batch_.items[i], Code::permission, "", "permission denied to create or update products");
    }
  }
  lacks(Right::create, true, "permission denied to create products");
  lacks(Right::update, false, "permission denied to update products");
}

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
    auto values = batch_.arena.array<Value>(row.values.size());
    std::transform(row.values.begin(), row.values.end(), values.begin(),
                   [&](const Value& v) { return v.copy_to(batch_.arena); });
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
    throw Refusal(Refused::collision,
                  "a concurrent writer took a key of a product's variants or custom fields",
                  "Try again.",
                  {{Code::taken,
                    "",
                    "a concurrent writer took a key of a product's variants or custom fields",
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
  if (!ended && ++errors_ == kMostErrors) bare_ = true;
  return outcome == Attempt::done;
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
  return parts_->write(group.organization_id, written, losing == Losing::undoes_all && round_ == 0);
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

void Engine::fill(Merger& merger, const Place& place, ColumnSet columns, std::span<Value> values) {
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
