#include "core/related/product_links.hpp"

#include <algorithm>

#include "core/document/apply_action.hpp"
#include "core/value/assert.hpp"
#include "core/value/interrupts.hpp"

namespace product_upsert {

namespace {

class Links final : public TableSink {
 public:
  void row(std::uint32_t item, const StoredRow& v) override {
    ids[item].push_back(v[link_column::target_id].as_integer().value_or(0));
  }
  std::unordered_map<std::uint32_t, std::vector<std::int64_t>> ids;
};

Value as_list(const std::vector<std::int64_t>& ids, Arena& arena) {
  auto values = arena.array<Value>(ids.size());
  std::transform(ids.begin(), ids.end(), values.begin(),
                 [&](std::int64_t id) { return Value::whole(id, arena); });
  return Value::list(values);
}

}  // namespace

void ProductLinks::read(std::int64_t organization_id, const Items& items, std::size_t field) {
  TableKeys keys{{link_column::product_id}, {}, {}};
  for (std::uint32_t i : items) {
    const Item& item = state_.batch.items[i];
    const bool spoken_of = !state_.batch.value(item, field).is_absent() ||
                           state_.options.action(field) == Action::clear;
    if (item.id != 0 && spoken_of) keys.add(i, {Value::integer(item.id)});
  }
  if (keys.items.empty()) return;
  Links found;
  state_.related.read(organization_id,
                      *info(state_.batch.profile.fields[field].reference.table).links, {&keys, 1},
                      found);
  for (auto& [item, ids] : found.ids) {
    std::sort(ids.begin(), ids.end());
    state_.items[item].links[field] = std::move(ids);
  }
}

// recipe: action
void ProductLinks::plan(std::uint32_t index, std::size_t field) {
  check_interrupts();
  Item& item = state_.batch.items[index];
  const Value& given = state_.batch.value(item, field);
  const Action action = state_.options.action(field);
  if (given.is_absent() && (action != Action::clear || state_.batch.discards(item, field))) return;
  std::vector<std::int64_t> before;
  if (const RelatedItem* const held = state_.find(index)) {
    if (const auto* const links = held->links.find(field)) before = *links;
  }
  const Value wanted = act(action == Action::merge ? Action::append : action,
                           as_list(before, state_.batch.arena), given, state_.batch.arena);
  if (wanted.is_absent()) return;
  std::vector<std::int64_t> after;
  if (wanted.kind() == Kind::list) {
    for (const Value& v : wanted.items()) after.push_back(v.as_integer().value_or(0));
  }
  std::sort(after.begin(), after.end());
  if (after == before) return;
  state_.items[index].new_links[field] = std::move(after);
  if (item.id != 0) item.changed.push_back(static_cast<std::uint16_t>(field));
}

bool ProductLinks::write(std::int64_t organization_id, const Items& items, std::size_t field,
                         TakenKey taken) {
  const Table table = *info(state_.batch.profile.fields[field].reference.table).links;
  std::vector<std::pair<std::int64_t, std::int64_t>> gone;
  std::vector<std::pair<std::int64_t, std::int64_t>> added;
  for (std::uint32_t i : items) {
    const auto found = state_.items.find(i);
    if (found == state_.items.end()) continue;
    RelatedItem& item = found->second;
    const auto* const planned = item.new_links.find(field);
    if (planned == nullptr) continue;
    const auto& before = item.links[field];
    const auto& after = *planned;
    PRODUCT_UPSERT_ASSERT(std::is_sorted(before.begin(), before.end()));
    PRODUCT_UPSERT_ASSERT(std::is_sorted(after.begin(), after.end()));
    const std::int64_t product = state_.batch.items[i].id;
    PRODUCT_UPSERT_ASSERT(product != 0);
    for (std::int64_t id : before) {
      if (!std::binary_search(after.begin(), after.end(), id)) gone.emplace_back(product, id);
    }
    for (std::int64_t id : after) {
      if (!std::binary_search(before.begin(), before.end(), id)) added.emplace_back(product, id);
    }
  }
  const auto links = [&](const auto& pairs) {
    return given_rows(organization_id, table, pairs.size(),
                      Given{link_column::product_id,
                            [&pairs](std::size_t r) { return Value::integer(pairs[r].first); }},
                      Given{link_column::target_id,
                            [&pairs](std::size_t r) { return Value::integer(pairs[r].second); }});
  };
  if (!gone.empty() && state_.related.delete_rows(links(gone)) < gone.size()) return false;
  return added.empty() || state_.insert(links(added), taken) == added.size();
}

}  // namespace product_upsert
