// Parts: rows of other tables that a product is linked to (features, families).
#include <algorithm>

#include "core/document/merge.hpp"
#include "core/related/parts.hpp"
#include "core/value/interrupts.hpp"

namespace product_upsert {

namespace {

Table link_table(const Field& field) {
  return field.reference.table == Table::feature ? Table::feature_link : Table::family_link;
}

class Links final : public TableSink {
 public:
  void row(std::uint32_t item, const StoredRow& v) override {
    ids[item].push_back(v[link_column::target_id].as_integer().value_or(0));
  }
  std::unordered_map<std::uint32_t, std::vector<std::int64_t>> ids;
};

Value as_list(const std::vector<std::int64_t>& ids, Arena& arena) {
  auto values = arena.array<Value>(ids.size());
  std::transform(ids.begin(), ids.end(), values.begin(), Value::integer);
  return Value::list(values);
}

}  // namespace

void Parts::read_links(std::int64_t organization_id, const Items& items, std::size_t field) {
  TableKeys keys{{link_column::product_id}, {}, {}};
  for (std::uint32_t i : items) {
    const Item& item = batch_.items[i];
    const bool spoken_of =
        !batch_.value(item, field).is_absent() || options_.action(field) == Action::clear;
    if (item.id != 0 && spoken_of) keys.add(i, {Value::integer(item.id)});
  }
  if (keys.items.empty()) return;
  Links found;
  related_.read(organization_id, link_table(batch_.profile.fields[field]), {&keys, 1}, found);
  for (auto& [item, ids] : found.ids) {
    std::sort(ids.begin(), ids.end());
    states_[item].links[field] = std::move(ids);
  }
}

void Parts::plan_links(std::uint32_t index, std::size_t field) {
  check_interrupts();
  Item& item = batch_.items[index];
  const Value& given = batch_.value(item, field);
  const Action action = options_.action(field);
  if (given.is_absent() && action != Action::clear) return;
  const auto state = states_.find(index);
  const std::vector<std::int64_t> before =
      state == states_.end() ? std::vector<std::int64_t>() : state->second.links[field];
  const Value wanted = act(action == Action::merge ? Action::append : action,
                           as_list(before, batch_.arena), given, batch_.arena);
  if (wanted.is_absent()) return;
  std::vector<std::int64_t> after;
  if (wanted.kind() == Kind::list) {
    for (const Value& v : wanted.items()) after.push_back(v.as_integer().value_or(0));
  }
  std::sort(after.begin(), after.end());
  if (after == before) return;
  states_[index].new_links[field] = std::move(after);
  if (item.id != 0) item.changed.push_back(static_cast<std::uint16_t>(field));
}

bool Parts::write_links(std::int64_t organization_id, const Items& items, std::size_t field,
                        TakenKey taken) {
  const Table table = link_table(batch_.profile.fields[field]);
  std::vector<std::pair<std::int64_t, std::int64_t>> gone;
  std::vector<std::pair<std::int64_t, std::int64_t>> added;
  for (std::uint32_t i : items) {
    const auto state = states_.find(i);
    if (state == states_.end()) continue;
    const auto planned = state->second.new_links.find(field);
    if (planned == state->second.new_links.end()) continue;
    const auto& before = state->second.links[field];
    const auto& after = planned->second;
    const std::int64_t product = batch_.items[i].id;
    for (std::int64_t id : before) {
      if (!std::binary_search(after.begin(), after.end(), id)) gone.emplace_back(product, id);
    }
    for (std::int64_t id : after) {
      if (!std::binary_search(before.begin(), before.end(), id)) added.emplace_back(product, id);
    }
  }
  const auto from = [](const auto& pairs) {
    return [&pairs](std::size_t r, std::span<Value> to) {
      to[0] = Value::integer(pairs[r].first);
      to[1] = Value::integer(pairs[r].second);
    };
  };
  const std::vector<unsigned> both = {link_column::product_id, link_column::target_id};
  if (!gone.empty() &&
      related_.delete_rows({organization_id, table, both, gone.size(), from(gone)}) < gone.size())
    return false;
  return added.empty() ||
         insert({organization_id, table, both, added.size(), from(added)}, taken) == added.size();
}

}  // namespace product_upsert
