#include "core/upsert/engine.hpp"

#include <algorithm>
#include <map>

#include "core/answer/answer.hpp"
#include "core/answer/shown.hpp"
#include "core/document/merge.hpp"
#include "core/value/interrupts.hpp"

namespace product_upsert {

namespace {

// So many rounds lost to concurrent writers are bad luck no more: somebody hides the product.
constexpr int kMostRounds = 50;
constexpr std::string_view kCustomField = "custom_field";
constexpr std::string_view kSku = "sku";

bool has_variants(const Profile& profile) {
  return std::any_of(profile.fields.begin(), profile.fields.end(), [](const Field& f) {
    return f.role == Role::variants && f.read_only == ReadOnly::no;
  });
}

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
    : own_rules_(extend(rules, options, batch.profile)),
      rules_(own_rules_ ? *own_rules_ : rules),
      options_(options),
      catalogue_(catalogue),
      batch_(batch),
      ledger_(ledger),
      dependencies_(batch) {
  bind_rules();
  if (options.custom_field && options.identifier && *options.identifier != kCustomField) {
    throw Refusal(Refused::invalid, "custom_field_reference is for identifier_field custom_field",
                  "Leave one of the two out.",
                  {{Code::enumeration,
                    "custom_field_reference",
                    "is for identifier_field custom_field, not " + *options.identifier,
                    {}}});
  }
  drop_ignored();
  work_.resize(batch.items.size());
  choose_columns();
  if (batch.profile.has_parts) {
    if (options.wants_products)
      shown_ = std::make_shared<Shown>(batch.profile, batch.answer_columns);
    parts_ =
        std::make_unique<Parts>(options, catalogue.related(), batch, dependencies_, shown_.get());
    if (ledger_ != nullptr) {
      wants_ = make_wants();
      parts_->set_wanting(wants_.get());
    }
  }
  writer_.emplace(rules_, options_, catalogue_, batch_, parts_.get(), work_, moves_);
  if (own_rules_ && !parts_) {
    throw Refusal(Refused::invalid, "profile \"" + batch.profile.name + "\" has no custom fields",
                  {},
                  {{Code::enumeration,
                    "identifier_field",
                    "custom_field is for profiles that have custom fields",
                    {}}});
  }
}

// With identifier_field custom_field or sku there is one rule more: whoever has the value, or a
// variant of that sku, is found by id.
std::unique_ptr<const IdentityRules> Engine::extend(const IdentityRules& rules,
                                                    const Options& options,
                                                    const Profile& profile) {
  if (options.identifier == kSku && has_variants(profile) && rules.find(kSku) < 0) {
    auto extended = std::make_unique<IdentityRules>(rules);
    extended->rules.push_back({std::string(kSku), {Column::id}, {Column::id}, false});
    return extended;
  }
  if (options.identifier != kCustomField) return nullptr;
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
  // For the note; it stands before the version, so that the row is read so far anyway.
  columns.add(Column::is_deleted);
  columns.add(batch_.answer_columns);
  batch_.stored_columns = columns;
}

// What a document says of a field that is ignored or cleared is neither checked nor looked up
// (rule 16), unless the product is found by it.
void Engine::drop_ignored() {
  const ColumnSet keys = rules_.columns();
  std::vector<std::size_t> ignored;
  for (std::size_t i = 0; i < options_.actions.size(); ++i) {
    if (options_.actions[i] != Action::ignore && options_.actions[i] != Action::clear) continue;
    const Field& f = batch_.profile.fields[i];
    const bool finds = f.role == Role::variants ? finds_by_sku()
                       : f.role == Role::custom_fields
                           ? custom_rule_ != kNoRule && !finds_by_sku()
                           : f.writes_column() && f.member.empty() && keys.has(f.column);
    if (finds) continue;
    ignored.push_back(i);
  }
  if (ignored.empty()) return;
  for (Item& item : batch_.items) {
    check_interrupts();
    for (const std::size_t field : ignored) batch_.set(item, field, {});
    // A path begins with its field's name; the name may have points of its own.
    std::erase_if(item.failures, [&](const Failure& x) {
      return std::any_of(ignored.begin(), ignored.end(), [&](std::size_t field) {
        const std::string& name = batch_.profile.fields[field].name;
        return x.field.starts_with(name) &&
               (x.field.size() == name.size() || x.field[name.size()] == '.');
      });
    });
  }
}

void Engine::bind_rules() {
  if (own_rules_) {
    if (!may_name(*options_.identifier)) refuse_identifier(*options_.identifier);
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

void Engine::run(const std::function<void()>& done_reading) {
  auto groups = group_by_organization();
  if (groups.empty()) return abort_on_rejects();
  check_said_types();
  for (const Group& group : groups) {
    if (parts_) parts_->resolve(group.organization_id, group.items);
  }
  for (round_ = 0; !groups.empty(); ++round_) {
    if (round_ == kMostRounds) {
      throw Refusal(Refused::serialization,
                    "could not write the products because of concurrent writers", "Try again.");
    }
    if (options_.read_only) return decide_all(groups);
    run_round(groups);
    join_followers(groups);
    std::erase_if(groups, [](const Group& g) { return g.items.empty(); });
  }
  abort_on_rejects();  // of rows that were kept out
  if (ledger_ != nullptr) note_batch();
  if (options_.wants_products) show(done_reading);
}

// What becomes of the documents, nothing written yet.
void Engine::decide_all(std::vector<Group>& groups) {
  others_.clear();
  candidates_.clear();
  dependencies_.clear();
  moves_.clear();
  followers_.clear();
  catalogue_.at_one_time([&] {
    for (const Group& group : groups) {
      look_up(group);
      decide(group);
      settle_duplicates(group);
      dependencies_.begin(group.items);
      find_collisions(group);
      check_taken(group);
      if (parts_) parts_->check(group.organization_id, group.items);
      check_rights(group);
      // Last: what becomes of a parent depends on which documents stand.
      if (parts_) parts_->check_parents(group.organization_id, group.items);
      dependencies_.fail_dependents();
      settle(group);
      show_unchanged(group);
      if (options_.wants_levels) decide_levels(group);
    }
  });
  if (ledger_ != nullptr) note_links();
  abort_on_rejects();
  for (Group& group : groups) {
    group.pending.clear();
    for (std::uint32_t i : group.items) {
      if (batch_.items[i].status == Status::pending) group.pending.push_back(i);
    }
  }
}

// Reads what answers show beyond the products' own rows; what is needed no more makes room for it.
void Engine::show(const std::function<void()>& done_reading) {
  parts_.reset();
  work_ = {};
  others_ = {};
  batch_.keep_results();
  if (done_reading) done_reading();
  if (!shown_) return;
  std::map<std::int64_t, std::vector<Shown::Subject>> subjects;
  for (const Item& item : batch_.items) {
    if (item.status != Status::rejected)
      subjects[item.organization_id].push_back({item.id, item.result});
  }
  for (const auto& [organization_id, products] : subjects)
    shown_->read(catalogue_.related(), organization_id, products);
  batch_.shown = std::move(shown_);
}

bool Engine::finds_by_sku() const { return own_rules_ && options_.identifier == kSku; }

// Of what documents are found by that is beside the products.
void Engine::find_holders(const Group& group) {
  try {
    custom_holders_ = finds_by_sku()
                          ? parts_->find_by_skus(group.organization_id, group.items)
                          : parts_->find_by_custom_field(group.organization_id, group.items,
                                                         *options_.custom_field);
  } catch (const Refusal&) {
    if (!is_stranger(group)) throw;
    throw Refusal(Refused::permission, "permission denied to create or update products");
  }
  for (const auto& [index, holders] : custom_holders_) {
    if (!options_.read_only || holders.size() == 1) continue;  // the one is found by its id
    for (std::int64_t id : holders) candidates_.push_back({index, custom_rule_, id});
  }
}

void Engine::look_up(const Group& group) {
  if (custom_rule_ != kNoRule && parts_) find_holders(group);
  KeyGroups keys(group.items.size());
  for (std::uint32_t index : group.items) {
    check_interrupts();
    read_keys(index);
    for (const ItemKey& k : work_[index].keys) keys.add(index, k.rule, rules_.rules[k.rule], k.key);
  }
  const auto lookups = keys.take();
  if (lookups.empty()) return;
  comparison_.emplace(batch_, options_);
  Finding sink(*this);
  catalogue_.find(group.organization_id, lookups, batch_.stored_columns, sink);
}

void Engine::found(std::uint32_t index, std::uint16_t rule, const StoredProduct& row) {
  Item& item = batch_.items[index];
  Work& work = work_[index];
  if (options_.read_only) candidates_.push_back({index, rule, row.id});
  if (item.id == row.id) {
    work.matched.add(rule);
    return;
  }
  if (item.id != 0) {
    StoredProduct copy = row;
    auto values = batch_.kept.array<Value>(row.values.size());
    std::transform(row.values.begin(), row.values.end(), values.begin(),
                   [&](const Value& v) { return v.copy_to(batch_.kept); });
    copy.values = values;
    add_other(index, rule, copy);
    return;
  }
  work.matched = {};
  work.matched.add(rule);
  work.same = comparison_->agrees(item, row.values);
  item.id = row.id;
  item.tid = row.tid;
  item.version = row.version;
  item.deleted = row.values[batch_.stored_columns.index(Column::is_deleted)].as_boolean();
  // What is neither merged nor answered with is not kept. Rows beside the product may still have it
  // written: then all of its columns that the batch writes are.
  const bool may_be_written = parts_ && parts_->says_any(index);
  if (work.same && !may_be_written && !options_.wants_products && !batch_.profile.judged_by) return;
  auto values = batch_.kept.array<Value>(row.values.size());
  std::transform(row.values.begin(), row.values.end(), values.begin(),
                 [&](const Value& v) { return v.copy_to(batch_.kept); });
  item.stored = values;
}

void Engine::add_other(std::uint32_t index, std::uint16_t rule, const StoredProduct& row) {
  others_.push_back({rule, row, work_[index].others});
  work_[index].others = static_cast<std::uint32_t>(others_.size() - 1);
}

void Engine::fail(Item& item, Code code, std::string field, std::string message,
                  std::vector<std::pair<std::string, std::string>> details) {
  item.failures.push_back({code, std::move(field), std::move(message), std::move(details)});
}

// What answers show of products that stay as they are beyond their rows: by the snapshot that the
// rows were read by, or the answer would be one that was never true.
void Engine::show_unchanged(const Group& group) {
  if (!shown_) return;
  if (parts_) parts_->give_unchanged();
  std::vector<Shown::Subject> subjects;
  for (std::uint32_t i : group.items) {
    const Item& item = batch_.items[i];
    if (item.status == Status::unchanged && !item.result.empty())
      subjects.push_back({item.id, item.result});
  }
  if (!subjects.empty()) shown_->read(catalogue_.related(), group.organization_id, subjects);
}

// Failed documents are rejected; a document that changes nothing is done.
void Engine::settle(const Group& group) {
  for (std::uint32_t index : group.items) {
    check_interrupts();
    Item& item = batch_.items[index];
    if (item.status != Status::pending) continue;  // another document stands for it
    if (item.deleted && !item.stale && !item.stored.empty())
      item.deleted = merged(batch_, item, Column::is_deleted, options_).as_boolean();
    if (!item.failures.empty()) {
      item.status = Status::rejected;
      if (item.id == 0) item.decided_by = nullptr;  // no rule found a product, nor is one new
    } else if (item.id != 0 && item.changed.empty()) {
      item.status = Status::unchanged;
      if (options_.wants_products) {
        auto values = batch_.kept.array<Value>(batch_.answer_columns.size());
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
      return item.status == Status::pending && item.failures.empty() &&
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

}  // namespace product_upsert
