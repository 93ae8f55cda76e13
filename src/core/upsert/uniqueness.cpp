// Engine: every uniqueness rule held against the other documents of the call and against the
// products stored, and the level that makes a created product new.
#include <algorithm>
#include <unordered_map>

#include "core/document/merge.hpp"
#include "core/document/others.hpp"
#include "core/upsert/engine.hpp"
#include "core/value/interrupts.hpp"

namespace product_upsert {

// Two documents that are the same product, or would have the same key, are all rejected, each
// naming the others (rule 32, fine point f).
void Engine::find_collisions(const Group& group) {
  if (ledger_ != nullptr) {
    if (ledger_->pass() == Ledger::Pass::survey) return survey_collisions(group);
    find_earlier(group);
    if (ledger_->pass() == Ledger::Pass::settled) return apply_surveyed(group);
  }
  if (group.items.size() < 2) return;
  const auto groups_by = [&](auto table_of) {
    std::unordered_map<std::uint32_t, Items> clashes;
    table_of([&](std::uint32_t first, std::uint32_t item) {
      Items& all = clashes[first];
      if (all.empty()) all.push_back(first);
      all.push_back(item);
    });
    std::vector<Items> groups;
    for (auto& [first, items] : clashes) groups.push_back(std::move(items));
    return groups;
  };

  // By the product they matched.
  const auto same_product = groups_by([&](auto clash) {
    KeyTable table(group.items.size());
    std::vector<Value> ids(group.items.size());
    for (std::size_t i = 0; i < group.items.size(); ++i) {
      check_interrupts();
      const Item& item = batch_.items[group.items[i]];
      // One whose keys contradict each other is no product's.
      if (item.id == 0 || item.decided_by == nullptr || item.status != Status::pending) continue;
      ids[i] = Value::integer(item.id);
      const Key key{{&ids[i], 1}, hash_key(ids[i]), true};
      const std::uint32_t first = table.add(key, group.items[i]);
      if (first != group.items[i]) clash(first, group.items[i]);
    }
  });
  collide(same_product, kNoRule);

  // By a key that both would newly have.
  std::vector<Items> having(rules_.rules.size());  // a key of the rule
  for (std::uint32_t index : group.items) {
    for (const ItemKey& k : work_[index].final_keys) having[k.rule].push_back(index);
  }
  for (std::uint16_t rule = 0; rule < having.size(); ++rule) {
    if (having[rule].size() < 2) continue;
    const auto same_key = groups_by([&](auto clash) {
      KeyTable table(0);
      for (std::uint32_t index : having[rule]) {
        check_interrupts();
        const std::uint32_t first = table.add(find_key(work_[index].final_keys, rule)->key, index);
        if (first != index) clash(first, index);
      }
    });
    collide(same_key, rule);
  }
}

void Engine::collide(const std::vector<Items>& groups, std::uint16_t rule) {
  std::vector<std::uint64_t> positions;
  for (const Items& items : groups) {
    positions.clear();
    for (std::uint32_t i : items) positions.push_back(batch_.position(i));
    for (std::uint32_t i : items) collide(i, rule, positions);
  }
}

void Engine::collide(std::uint32_t index, std::uint16_t rule,
                     std::span<const std::uint64_t> positions) {
  check_interrupts();
  Item& item = batch_.items[index];
  const char* decided = rule == kNoRule ? item.decided_by : rules_.rules[rule].name.c_str();
  if (decided == nullptr) return;  // its keys contradict each other, which it was told
  const IdentityRule& by = rules_.rules[static_cast<std::size_t>(rules_.find(decided))];
  const Others others = name_others(positions, batch_.position(index));
  std::vector<std::pair<std::string, std::string>> details{{"rule", "\"" + by.name + "\""},
                                                           {"fields", list_rule_fields(by)}};
  details.insert(details.end(), others.details.begin(), others.details.end());
  fail(item, Code::collision, rule_field(by),
       identifies(index, rule)
           ? "is the same product as " + others.words + " of this call, by " + rule_words(by)
           : "wants the same " + field_words(by) + " as " + others.words + " of this call",
       std::move(details));
}

// Whether the key of that rule says which product the document is, or is only one that it wants: of
// a product found otherwise, or of a new one that a rule asked earlier tells from others.
bool Engine::identifies(std::uint32_t index, std::uint16_t rule) const {
  if (rule == kNoRule) return true;
  if (batch_.items[index].id != 0) return false;
  for (const std::uint16_t asked : match_rules_) {
    const ItemKey* const key = find_key(work_[index].keys, asked);
    if (asked == rule) return key != nullptr;
    if (key != nullptr && key->key.complete) return false;
  }
  return false;
}

bool Engine::is_asked(std::uint16_t rule) const {
  return std::find(match_rules_.begin(), match_rules_.end(), rule) != match_rules_.end();
}

bool Engine::touches(const Item& item, const IdentityRule& rule) const {
  return std::any_of(item.changed.begin(), item.changed.end(), [&](std::uint16_t f) {
    if (f == Item::kUnknownFields) return false;
    const Field& field = batch_.profile.fields[f];
    return field.writes_column() && field.member.empty() && rule.uses(field.column);
  });
}

// The document of this call that takes the key from the product which has it, if one does.
std::optional<std::uint32_t> Engine::giver_of(const ItemKey& key, std::int64_t holder) const {
  const auto giver = dependencies_.document_of(holder);
  if (!giver) return std::nullopt;
  const Item& item = batch_.items[*giver];
  if (item.stale || !item.failures.empty() || !touches(item, rules_.rules[key.rule]))
    return std::nullopt;
  const ItemKey* const kept = find_key(work_[*giver].final_keys, key.rule);
  return kept != nullptr && same_key(kept->key, key.key) ? std::nullopt : giver;
}

// A key that another product has is taken, whichever rule the match was made by, unless a document
// of the same call has that product give it up. Who names the other product by it (`said`) means
// that product, given up or not (rule 33).
void Engine::taken(std::uint32_t index, const ItemKey& key, std::int64_t holder, Said said) {
  if (ledger_ != nullptr && is_earlier(index, key.rule, holder)) return;
  const IdentityRule& r = rules_.rules[key.rule];
  const std::string id = std::to_string(holder);
  Item& item = batch_.items[index];
  const bool names_two = item.id != 0 && is_asked(key.rule);
  const Failure failure{
      Code::taken,
      rule_field(r),
      r.fields.size() == 1 ? "is taken: product " + id + " has this " + r.name
                           : field_words(r) + " are taken: product " + id + " has them",
      {{"rule", "\"" + r.name + "\""}, {"fields", list_rule_fields(r)}, {"id", id}}};
  if (!names_two || said == Said::in_part) {
    if (const auto giver = giver_of(key, holder)) {
      dependencies_.add(index, *giver, failure);
      moves_.push_back({index, *giver, key.rule});
      return;
    }
    count_on(index, holder, Ledger::wants_key, [](const Ledger::Document&) { return false; });
  }
  if (names_two) {
    // The document names two products: never a silent merge.
    const std::string matched = std::to_string(item.id);
    fail(item, Code::collision, rule_field(r),
         "names product " + id + " by " + rule_words(r) + ", but product " + matched + " by " +
             item.decided_by,
         {{"rules", "[\"" + std::string(item.decided_by) + "\",\"" + r.name + "\"]"},
          {"fields", list_rule_fields(r)},
          {"ids", "[" + matched + "," + id + "]"}});
    return;
  }
  item.failures.push_back(failure);
}

void Engine::check_taken(const Group& group) {
  if (ledger_ != nullptr) check_released(group);
  KeyGroups keys;
  for (std::uint32_t index : group.items) {
    check_interrupts();
    const Work& work = work_[index];
    const Item& item = batch_.items[index];
    for (const ItemKey& k : work.final_keys) {
      const ItemKey* const said = find_key(work.keys, k.rule);
      if (said != nullptr && same_key(said->key, k.key)) {
        // The document's own key was looked up with the match.
        each_other(index, [&](const Other& o) {
          if (o.rule == k.rule && o.row.id != item.id) taken(index, k, o.row.id, Said::in_full);
        });
        continue;
      }
      keys.add(index, k.rule, rules_.rules[k.rule], k.key);
    }
  }
  const auto lookups = keys.take();
  if (lookups.empty()) return;
  class Holders final : public FoundSink {
   public:
    explicit Holders(Engine& engine) : engine_(engine) {}
    void found(std::uint32_t item, std::uint16_t rule, const StoredProduct& row) override {
      if (row.id == engine_.batch_.items[item].id) return;
      const ItemKey* const key = find_key(engine_.work_[item].final_keys, rule);
      engine_.taken(item, *key, row.id, Said::in_part);
    }

   private:
    Engine& engine_;
  } holders(*this);
  catalogue_.find(group.organization_id, lookups, {}, holders);
}

// How the rule compares these of its columns.
std::vector<Fold> Engine::folds_of(std::uint16_t rule, const std::vector<Column>& columns) const {
  const IdentityRule& r = rules_.rules[rule];
  std::vector<Fold> folds;
  for (std::size_t i = 0; !r.folds.empty() && i < columns.size(); ++i) {
    const auto at = std::find(r.fields.begin(), r.fields.end(), columns[i]);
    folds.push_back(at == r.fields.end()
                        ? Fold::exact
                        : r.folds[static_cast<std::size_t>(at - r.fields.begin())]);
  }
  return folds;
}

// Rule 31: the most general level that is new decides, judged against what is stored and the
// documents before it (fine point e).
void Engine::decide_levels(const Group& group) {
  const ProfileRule* leveled = nullptr;
  for (std::uint16_t r : match_rules_) {
    const ProfileRule* p = batch_.profile.rule(rules_.rules[r].name);
    if (leveled == nullptr && p != nullptr && !p->levels.empty()) leveled = p;
  }
  if (leveled == nullptr) return;
  const auto rule = static_cast<std::uint16_t>(rules_.find(leveled->rule));
  const auto has_key = [&](std::uint32_t index) {
    return find_key(work_[index].keys, rule) != nullptr;
  };
  Items open;  // created, level not yet known
  Items seen;  // whatever counts as stored for the documents behind it
  for (std::uint32_t i : group.items) {
    if (batch_.items[i].status != Status::pending) continue;
    if (!batch_.items[i].failures.empty()) continue;
    seen.push_back(i);  // also where it was found by another rule: it may bring its product here
    if (batch_.items[i].id == 0 && has_key(i)) open.push_back(i);
  }
  for (std::size_t l = 0; l < leveled->levels.size() && !open.empty(); ++l) {
    const Level& level = leveled->levels[l];
    if (l + 1 == leveled->levels.size()) {
      for (std::uint32_t i : open) batch_.items[i].decided_by = level.name.c_str();
      return;
    }
    const IdentityRule as_rule{level.name, level.columns, {}, true, folds_of(rule, level.columns)};
    KeyTable table(seen.size());
    std::vector<char> known(batch_.items.size(), 0);
    KeyGroups keys;
    auto next = open.begin();
    for (std::uint32_t i : seen) {
      check_interrupts();
      const Key key = *read_key(
          as_rule, [&](Column c) { return merged(batch_, batch_.items[i], c, options_); },
          batch_.arena);
      const bool first = table.add(key, i) == i;
      if (next == open.end() || *next != i) continue;
      ++next;
      if (!first) {
        known[i] = 1;
        continue;
      }
      keys.add(i, 0, as_rule, key);
    }
    if (const auto lookups = keys.take(); !lookups.empty())
      catalogue_.find_existing(group.organization_id, lookups,
                               [&](std::uint32_t i) { known[i] = 1; });
    Items still;
    for (std::uint32_t i : open) {
      if (known[i] != 0) still.push_back(i);
      else batch_.items[i].decided_by = level.name.c_str();
    }
    open = std::move(still);
  }
}

}  // namespace product_upsert
