#include "core/upsert/matcher.hpp"

#include <algorithm>

#include "core/upsert/rights.hpp"
#include "core/value/assert.hpp"
#include "core/value/interrupts.hpp"

namespace product_upsert {

namespace {

// Of their rules, as find_key() wants them.
[[maybe_unused]] bool are_in_order(std::span<const ItemKey> keys) {
  return std::is_sorted(keys.begin(), keys.end(),
                        [](const ItemKey& a, const ItemKey& b) { return a.rule < b.rule; });
}

}  // namespace

class Matcher::Sink final : public FoundSink {
 public:
  explicit Sink(Matcher& matcher) : matcher_(matcher) {}
  void found(std::uint32_t item, std::uint16_t rule, const StoredProduct& row) override {
    matcher_.found(item, rule, row);
  }

 private:
  Matcher& matcher_;
};

// Looks up the values that identify products but are not in their rows.
void Matcher::find_holders(const Group& group) {
  of_none_earlier_.clear();
  try {
    holders_ = state_.match.finds_by_sku()
                   ? state_.related_fields->find_by_skus(group.organization_id, group.items)
                   : state_.related_fields->find_by_custom_field(group.organization_id, group.items,
                                                                 *state_.options.custom_field);
  } catch (const Refusal&) {
    if (!is_stranger(state_.catalogue, group.organization_id)) throw;
    throw Refusal(Refused::permission, "permission denied to create or update products");
  }
  // product_match tells the candidates of its one document; a survey of a feed needs none.
  if (!state_.options.read_only || state_.batch.items.size() > 1) return;
  for (const auto& [index, holders] : holders_) {
    if (holders->size() == 1) continue;  // found by its id
    for (std::int64_t id : *holders) candidates_.push_back({index, state_.match.indirect(), id});
  }
}

const std::vector<std::int64_t>& Matcher::holders_of(std::uint32_t index) const {
  static const auto* const none = new std::vector<std::int64_t>;  // never destroyed
  const auto it = holders_.find(index);
  return it == holders_.end() ? *none : *it->second;
}

void Matcher::look_up(const Group& group) {
  if (state_.match.indirect() != kNoRule && state_.related_fields) find_holders(group);
  KeyGroups keys(group.items.size());
  for (std::uint32_t index : group.items) {
    check_interrupts();
    read_keys(index);
    for (const ItemKey& k : state_.decisions[index].keys)
      keys.add(index, k.rule, state_.rules.rules[k.rule], k.key);
  }
  const auto lookups = keys.take();
  if (lookups.empty()) return;
  comparison_.emplace(state_.batch, state_.options);
  Sink sink(*this);
  state_.catalogue.find(group.organization_id, lookups, state_.batch.stored_columns, sink);
}

void Matcher::read_keys(std::uint32_t index) {
  const Item& item = state_.batch.items[index];
  const auto said = [&](Column c) -> Value {
    const Field* f = state_.batch.profile.field_of(c);
    return f == nullptr ? Value() : state_.batch.value(item, state_.batch.profile.index_of(*f));
  };
  const auto rules = static_cast<std::uint16_t>(state_.rules.rules.size());
  for (std::uint16_t r = 0; r < rules; ++r) {
    if (r == state_.match.indirect()) continue;
    if (const auto key = read_key(state_.rules.rules[r], said, state_.batch.arena))
      keys_.push_back({r, *key});
  }
  if (state_.match.indirect() != kNoRule && holders_of(index).size() == 1) {
    auto id = state_.batch.arena.array<Value>(1);
    id[0] = Value::integer(holders_of(index).front());
    keys_.push_back({state_.match.indirect(), Key{id, hash_key(id[0]), true}});
  }
  PRODUCT_UPSERT_ASSERT(are_in_order(keys_));
  state_.decisions[index].keys = state_.batch.arena.copy(std::span<const ItemKey>(keys_));
  keys_.clear();
}

void Matcher::found(std::uint32_t index, std::uint16_t rule, const StoredProduct& row) {
  PRODUCT_UPSERT_ASSERT(row.id != 0 && rule < state_.rules.rules.size());
  PRODUCT_UPSERT_ASSERT(row.values.size() == state_.batch.stored_columns.size());
  Item& item = state_.batch.items[index];
  Decision& decision = state_.decisions[index];
  if (state_.options.read_only) candidates_.push_back({index, rule, row.id});
  if (item.id == row.id) {
    decision.matched.add(rule);
    return;
  }
  if (item.id != 0) {
    StoredProduct copy = row;
    copy.values = keep(row.values);
    state_.add_other(index, rule, copy);
    return;
  }
  decision.matched = {};
  decision.matched.add(rule);
  decision.same = comparison_->agrees(item, row.values);
  item.id = row.id;
  item.tid = row.tid;
  item.version = row.version;
  item.deleted = row.values[state_.batch.stored_columns.index(Column::is_deleted)].as_boolean();
  // Columns that are neither merged nor answered are not kept. But if rows beside the product may
  // cause a write, all columns that the batch writes are kept.
  const bool may_be_written = state_.related_fields && state_.related_fields->says_any(index);
  if (decision.same && !may_be_written && !state_.options.wants_products &&
      !state_.batch.profile.judged_by && !item.tombstone)
    return;
  item.stored = keep(row.values);
}

std::span<const Value> Matcher::keep(std::span<const Value> values) {
  auto kept = state_.batch.kept.array<Value>(values.size());
  std::transform(values.begin(), values.end(), kept.begin(),
                 [&](const Value& v) { return v.copy_to(state_.batch.kept); });
  return kept;
}

bool Matcher::choose(std::uint32_t index) {
  if (is_ambiguous(index)) return false;
  const auto choice = choose_id(index);
  if (!choice) return false;
  Item& item = state_.batch.items[index];
  if (choice->id != item.id) mean(index, choice->id);
  if (choice->by >= 0)
    item.decided_by = state_.rules.rules[static_cast<std::size_t>(choice->by)].name.c_str();
  return true;
}

std::int64_t Matcher::product_of(std::uint32_t index, std::uint16_t rule) const {
  if (state_.decisions[index].matched.has(rule)) return state_.batch.items[index].id;
  std::int64_t other = 0;
  state_.each_other(index, [&](const OtherProduct& o) {
    if (o.rule == rule) other = o.row.id;
  });
  return other;
}

// Several products have this value of a custom field that identifies (rule 7).
bool Matcher::is_ambiguous(std::uint32_t index) {
  const std::uint16_t rule = state_.match.indirect();
  const std::vector<std::int64_t>& holders = holders_of(index);
  if (rule == kNoRule || holders.size() <= 1) return false;
  check_interrupts();
  const auto is_earlier = [&](std::int64_t id) { return earlier_->is_earlier_product(index, id); };
  // Once for all documents that share the list: they are of one organization.
  if (earlier_ != nullptr && state_.options.skip_rejects &&
      of_none_earlier_.insert(&holders).second &&
      std::any_of(holders.begin(), holders.end(), is_earlier))
    throw Ledger::AcrossBatches{};
  tell_ambiguous(index);
  return true;
}

// Names the first of them: many documents may find the same thousands of products.
void Matcher::tell_ambiguous(std::uint32_t index) {
  constexpr std::size_t kMostNamed = 10;
  const std::vector<std::int64_t>& holders = holders_of(index);
  const std::size_t named = std::min(holders.size(), kMostNamed);
  const std::size_t others = holders.size() - named;
  const std::vector<std::int64_t> first(holders.begin(),
                                        holders.begin() + static_cast<std::ptrdiff_t>(named));
  std::string ids;
  for (const std::int64_t holder : first) ids += (ids.empty() ? "" : ",") + std::to_string(holder);
  Details details;
  details.numbers("ids", first);
  if (others > 0) {
    ids += ", ... and " + std::to_string(others) + " more";
    details.number("others", static_cast<std::int64_t>(others));
  }
  state_.batch.items[index].fail(Code::ambiguous,
                                 state_.match.field(state_.rules.rules[state_.match.indirect()]),
                                 "finds several products: " + ids, details);
}

// Empty if the rules name different products; the document is then told with the first.
std::optional<Matcher::Choice> Matcher::choose_id(std::uint32_t index) {
  Choice choice;
  // Complete keys first: an incomplete one names a product only if no other rule does.
  for (const bool complete : {true, false}) {
    if (choice.id != 0) break;
    for (std::uint16_t rule : state_.match.asked()) {
      const ItemKey* const key = find_key(state_.decisions[index].keys, rule);
      if (key == nullptr || key->key.complete != complete) continue;
      const std::int64_t found = product_of(index, rule);
      if (found == 0) continue;
      if (choice.id == 0) {
        choice = {found, rule};
      } else if (choice.id != found) {
        tell_two_products(index, choice, {found, rule});
        if (choice.id != state_.batch.items[index].id) mean(index, choice.id);
        return std::nullopt;
      }
    }
  }
  return choice;
}

void Matcher::tell_two_products(std::uint32_t index, Choice first, Choice second) {
  PRODUCT_UPSERT_ASSERT(first.id != second.id);
  PRODUCT_UPSERT_ASSERT(first.by >= 0 && second.by >= 0);
  const auto is_new = [&](Choice c) {
    return earlier_->is_named_newly(index, static_cast<std::uint16_t>(c.by), c.id);
  };
  if (earlier_ != nullptr && (is_new(second) || is_new(first))) throw Ledger::AcrossBatches{};
  const IdentityRule& a = state_.rules.rules[static_cast<std::size_t>(first.by)];
  const IdentityRule& b = state_.rules.rules[static_cast<std::size_t>(second.by)];
  const std::string one = std::to_string(first.id);
  const std::string other = std::to_string(second.id);
  state_.batch.items[index].fail(Code::collision, state_.match.field(b),
                                 "names product " + other + " by " + state_.match.words(b) +
                                     ", but product " + one + " by " + state_.match.words(a),
                                 Details()
                                     .texts("rules", std::vector{a.name, b.name})
                                     .texts("fields", state_.match.field_names(b))
                                     .numbers("ids", {first.id, second.id}));
}

// Makes another of the found products the matched one, or none of them.
void Matcher::mean(std::uint32_t index, std::int64_t id) {
  Item& item = state_.batch.items[index];
  Decision& decision = state_.decisions[index];
  const std::int64_t first = item.id;
  StoredProduct row;
  row.id = id;
  state_.each_other(index, [&](const OtherProduct& o) {
    if (o.row.id == id) row = o.row;
  });
  if (first != 0) {
    StoredProduct kept{first, item.tid, item.version, item.stored};
    decision.matched.each(
        [&](std::size_t rule) { state_.add_other(index, static_cast<std::uint16_t>(rule), kept); });
  }
  decision.matched = {};
  decision.same = false;
  item.id = row.id;
  item.tid = row.tid;
  item.version = row.version;
  item.stored = row.values;
  item.deleted = id != 0 && state_.batch.stored(item, Column::is_deleted).as_boolean();
}

}  // namespace product_upsert
