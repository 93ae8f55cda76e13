#include "core/upsert/uniqueness.hpp"

#include <algorithm>
#include <unordered_map>

#include "core/value/interrupts.hpp"

namespace product_upsert {

namespace {

// Sets of items that have the same value, identified by the first one.
class Clashes {
 public:
  void add(std::uint32_t first, std::uint32_t item) {
    if (first == item) return;
    Items& all = sets_[first];
    if (all.empty()) all.push_back(first);
    if (all.back() != item) all.push_back(item);
  }
  std::vector<Items> take() {
    std::vector<Items> sets;
    for (auto& [first, items] : sets_) sets.push_back(std::move(items));
    return sets;
  }

 private:
  std::unordered_map<std::uint32_t, Items> sets_;
};

}  // namespace

void Uniqueness::find_collisions(const Group& group) {
  if (feed_ != nullptr) {
    if (feed_->ledger.pass() == Ledger::Pass::survey) return feed_->collisions.survey(group);
    feed_->collisions.find_earlier(group);
    if (feed_->ledger.pass() == Ledger::Pass::settled)
      return feed_->collisions.tell_surveyed(group);
  }
  if (group.items.size() < 2) return;
  find_same_products(group);
  find_same_keys(group);
  if (state_.match.indirect() != kNoRule && state_.related_fields) find_found_alike(group);
}

// Documents that matched the same product.
void Uniqueness::find_same_products(const Group& group) {
  KeyMap table(group.items.size());
  std::vector<Value> ids(group.items.size());
  Clashes clashes;
  for (std::size_t i = 0; i < group.items.size(); ++i) {
    check_interrupts();
    const Item& item = state_.batch.items[group.items[i]];
    // A document whose keys contradict each other means no product.
    if (item.id == 0 || item.decided_by == nullptr || item.status != Status::pending) continue;
    ids[i] = Value::integer(item.id);
    const Key key{{&ids[i], 1}, hash_key(ids[i]), true};
    clashes.add(table.add(key, group.items[i]), group.items[i]);
  }
  tell(clashes.take(), kNoRule);
}

// Documents that would newly have the same key.
void Uniqueness::find_same_keys(const Group& group) {
  std::vector<Items> having(state_.rules.rules.size());  // by rule: items with a key of it
  for (std::uint32_t index : group.items) {
    for (const ItemKey& k : state_.decisions[index].final_keys) having[k.rule].push_back(index);
  }
  const auto rules = static_cast<std::uint16_t>(having.size());
  for (std::uint16_t rule = 0; rule < rules; ++rule) {
    if (having[rule].size() < 2) continue;
    KeyMap table(0);
    Clashes clashes;
    for (std::uint32_t index : having[rule]) {
      check_interrupts();
      clashes.add(table.add(find_key(state_.decisions[index].final_keys, rule)->key, index), index);
    }
    tell(clashes.take(), rule);
  }
}

// By a sku or custom value that both are found by. If it finds no product yet, one of them would
// make the product that the other one means.
void Uniqueness::find_found_alike(const Group& group) {
  std::unordered_map<std::uint64_t, std::uint32_t> firsts;
  Clashes clashes;
  for (std::uint32_t index : group.items) {
    check_interrupts();
    const FoundBy* const by = state_.related_fields->found_by(index);
    if (by == nullptr || !state_.decisions[index].planned) continue;
    for (const std::uint64_t value : by->values) {
      const std::uint32_t first = firsts.emplace(value, index).first->second;
      if (!is_told_otherwise(first, index)) clashes.add(first, index);
    }
  }
  tell(clashes.take(), state_.match.indirect());
}

// The same product is, and so is a value that both want and only one may have.
bool Uniqueness::is_told_otherwise(std::uint32_t a, std::uint32_t b) const {
  const Item& one = state_.batch.items[a];
  const Item& other = state_.batch.items[b];
  if (one.id != 0 && one.id == other.id) return true;
  return state_.related_fields->found_by(b)->unique && !one.tombstone && !other.tombstone;
}

void Uniqueness::tell(const std::vector<Items>& sets, std::uint16_t rule) {
  std::vector<std::uint64_t> positions;
  for (const Items& items : sets) {
    positions.clear();
    for (std::uint32_t i : items) positions.push_back(state_.batch.position(i));
    for (std::uint32_t i : items) collisions_.tell(i, rule, positions);
  }
}

// The document of this call that takes the key away from the product that has it, if there is one.
std::optional<std::uint32_t> Uniqueness::giver_of(const ItemKey& key, std::int64_t holder) const {
  const auto giver = state_.dependencies.document_of(holder);
  if (!giver) return std::nullopt;
  const Item& item = state_.batch.items[*giver];
  if (item.stale || !item.failures.empty() || !state_.touches(item, state_.rules.rules[key.rule]))
    return std::nullopt;
  const ItemKey* const kept = find_key(state_.decisions[*giver].final_keys, key.rule);
  return kept != nullptr && same_key(kept->key, key.key) ? std::nullopt : giver;
}

// A key that another product has is taken, whichever rule found the match, unless a document of the
// same call makes that product release it. A document that names the other product by the key
// (`said`) means that product, whether the key is released or not (rule 33).
void Uniqueness::taken(std::uint32_t index, const ItemKey& key, std::int64_t holder, Said said) {
  if (feed_ != nullptr && feed_->collisions.is_earlier(index, key.rule, holder)) return;
  const IdentityRule& r = state_.rules.rules[key.rule];
  const std::string id = std::to_string(holder);
  Item& item = state_.batch.items[index];
  const bool names_two = item.id != 0 && state_.match.is_asked(key.rule);
  const Failure failure{Code::taken, state_.match.field(r),
                        r.fields.size() == 1 ? "is taken: product " + id + " has this " + r.name
                                             : state_.match.field_words(r) +
                                                   " are taken: product " + id + " has them",
                        Details()
                            .text("rule", r.name)
                            .texts("fields", state_.match.field_names(r))
                            .number("id", holder)};
  if (!names_two || said == Said::in_part) {
    if (const auto giver = giver_of(key, holder)) {
      state_.dependencies.add(index, *giver, failure);
      state_.moves.push_back({index, *giver, key.rule});
      return;
    }
    if (feed_ != nullptr)
      feed_->links.count_on(index, holder, Ledger::wants_key,
                            [](const Ledger::Document&) { return false; });
  }
  if (names_two) {
    // The document names two products, which are never merged silently.
    const std::string matched = std::to_string(item.id);
    item.fail(Code::collision, state_.match.field(r),
              "names product " + id + " by " + state_.match.words(r) + ", but product " + matched +
                  " by " + item.decided_by,
              Details()
                  .texts("rules", std::vector{std::string(item.decided_by), r.name})
                  .texts("fields", state_.match.field_names(r))
                  .numbers("ids", {item.id, holder}));
    return;
  }
  item.failures.push_back(failure);
}

// Receives the products that have a key which was not looked up with the match.
class Uniqueness::Holders final : public FoundSink {
 public:
  explicit Holders(Uniqueness& uniqueness) : uniqueness_(uniqueness) {}
  void found(std::uint32_t item, std::uint16_t rule, const StoredProduct& row) override {
    BatchState& state = uniqueness_.state_;
    if (row.id == state.batch.items[item].id) return;
    uniqueness_.taken(item, *find_key(state.decisions[item].final_keys, rule), row.id,
                      Said::in_part);
  }

 private:
  Uniqueness& uniqueness_;
};

void Uniqueness::check_taken(const Group& group) {
  if (feed_ != nullptr) {
    feed_->collisions.each_named_by_released(
        group, [&](std::uint32_t index, const ItemKey& key, std::int64_t product) {
          taken(index, key, product, Said::in_full);
        });
  }
  KeyGroups keys;
  for (std::uint32_t index : group.items) {
    check_interrupts();
    const Decision& decision = state_.decisions[index];
    const Item& item = state_.batch.items[index];
    for (const ItemKey& k : decision.final_keys) {
      const ItemKey* const said = find_key(decision.keys, k.rule);
      if (said != nullptr && same_key(said->key, k.key)) {
        // The document's own key was looked up with the match.
        state_.each_other(index, [&](const OtherProduct& o) {
          if (o.rule == k.rule && o.row.id != item.id) taken(index, k, o.row.id, Said::in_full);
        });
        continue;
      }
      keys.add(index, k.rule, state_.rules.rules[k.rule], k.key);
    }
  }
  const auto lookups = keys.take();
  if (lookups.empty()) return;
  Holders holders(*this);
  state_.catalogue.find(group.organization_id, lookups, {}, holders);
}

}  // namespace product_upsert
