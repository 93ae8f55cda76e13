#include "core/upsert/batch_state.hpp"

#include <algorithm>

#include "core/value/assert.hpp"

namespace product_upsert {

BatchState::BatchState(const MatchRules& match, const Options& options, Catalogue& catalogue,
                       Batch& batch)
    : match(match),
      rules(match.all()),
      options(options),
      catalogue(catalogue),
      batch(batch),
      decisions(batch.items.size()),
      dependencies(batch) {}

void BatchState::clear() {
  others.clear();
  dependencies.clear();
  moves.clear();
}

void BatchState::forget(std::uint32_t index) {
  PRODUCT_UPSERT_ASSERT(index < decisions.size() && decisions.size() == batch.items.size());
  Item& item = batch.items[index];
  for (const auto& [field, said] : decisions[index].overruled) batch.set(item, field, said);
  Decision fresh;
  fresh.refused_tid = decisions[index].refused_tid;
  fresh.refused_in_round = decisions[index].refused_in_round;
  fresh.strikes = decisions[index].strikes;
  decisions[index] = std::move(fresh);
  item.id = 0;
  item.version = 0;
  item.tid = 0;
  item.stored = {};
  item.result = {};
  item.changed.clear();
  item.decided_by = nullptr;
  item.sources = nullptr;
  item.stale = false;
  item.deleted = false;
  item.removes = false;
  item.status = Status::pending;
  if (related_fields) related_fields->forget(index);
}

void BatchState::overrule(std::uint32_t index, std::size_t field, const Value& value) {
  PRODUCT_UPSERT_ASSERT(field < batch.profile.fields.size());
  Item& item = batch.items[index];
  decisions[index].overruled.emplace_back(field, batch.value(item, field));
  batch.set(item, field, value);
}

const Value& BatchState::said(std::uint32_t index, std::size_t field) const {
  for (const auto& [f, value] : decisions[index].overruled) {
    if (f == field) return value;
  }
  return batch.value(batch.items[index], field);
}

std::span<const Value> BatchState::answer_of_stored(const Item& item) const {
  auto values = batch.kept.array<Value>(batch.answer_columns.size());
  std::size_t i = 0;
  batch.answer_columns.each([&](Column c) { values[i++] = batch.stored(item, c); });
  PRODUCT_UPSERT_ASSERT(i == values.size());
  return values;
}

void BatchState::add_other(std::uint32_t index, std::uint16_t rule, const StoredProduct& row) {
  PRODUCT_UPSERT_ASSERT(rule < rules.rules.size());
  PRODUCT_UPSERT_ASSERT(row.id != 0);
  others.push_back({rule, row, decisions[index].others});
  decisions[index].others = static_cast<std::uint32_t>(others.size() - 1);
}

bool BatchState::touches(const Item& item, const IdentityRule& rule) const {
  if (item.removes) return true;
  return std::any_of(item.changed.begin(), item.changed.end(), [&](std::uint16_t f) {
    if (f == Item::kUnknownFields) return false;
    const Field& field = batch.profile.fields[f];
    return field.writes_column() && field.member.empty() && rule.uses(field.column);
  });
}

}  // namespace product_upsert
