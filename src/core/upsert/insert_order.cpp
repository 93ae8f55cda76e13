#include "core/upsert/insert_order.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <unordered_map>
#include <utility>

#include "core/catalogue/key_sort.hpp"
#include "core/document/dependencies.hpp"
#include "core/document/merge.hpp"
#include "core/upsert/draw_ids.hpp"
#include "core/value/assert.hpp"
#include "core/value/interrupts.hpp"

namespace product_upsert {

std::optional<std::int64_t> said_id(const Batch& batch, const Item& item) {
  const Field* field = batch.profile.field_of(Column::id);
  if (field == nullptr || field->read_only != ReadOnly::no) return std::nullopt;
  return batch.value(item, batch.profile.index_of(*field)).as_integer();
}

std::int64_t given_id(const Batch& batch, const Item& item) {
  return said_id(batch, item).value_or(0);
}

// An order that all writers share: by the last rule of which the product has a key, and then by
// that key.
void InsertOrder::sort_by_key(std::vector<RowToWrite>& rows) const {
  const auto last_key = [&](std::size_t at) -> const ItemKey* {
    const auto& keys = state_.decisions[rows[at].second].final_keys;
    return keys.empty() ? nullptr : &keys.back();
  };
  std::map<int, std::vector<std::uint32_t>> by_rule;
  for (std::uint32_t i = 0; i < rows.size(); ++i) {
    const ItemKey* const key = last_key(i);
    by_rule[key == nullptr ? -1 : key->rule].push_back(i);
  }
  std::vector<RowToWrite> sorted;
  sorted.reserve(rows.size());
  for (const auto& [rule, members] : by_rule) {
    std::vector<const Key*> keys;
    if (rule >= 0) {
      for (std::uint32_t i : members) keys.push_back(&last_key(i)->key);
      for (std::uint32_t i : sorted_by_key(keys)) sorted.push_back(rows[members[i]]);
    } else {
      for (std::uint32_t i : members) sorted.push_back(rows[i]);
    }
  }
  PRODUCT_UPSERT_ASSERT(sorted.size() == rows.size());
  rows = std::move(sorted);
}

// Ids ascend in input order, but rows are inserted in the order of keys; each row keeps its id.
std::vector<RowToWrite> InsertOrder::reserve_rows(std::int64_t organization_id, const Items& items,
                                                  bool asks_for_ids) {
  std::size_t unnamed = 0;
  std::vector<std::int64_t> given_ids;
  for (std::uint32_t i : items) {
    const std::int64_t given = given_id(state_.batch, state_.batch.items[i]);
    if (given == 0) ++unnamed;
    else given_ids.push_back(given);
  }
  const auto fresh = draw_ids(state_.catalogue, organization_id, unnamed, given_ids, asks_for_ids);
  std::vector<RowToWrite> rows;
  rows.reserve(items.size());
  auto next = fresh.begin();
  for (std::uint32_t i : items) {
    const std::int64_t given = given_id(state_.batch, state_.batch.items[i]);
    rows.emplace_back(given != 0 ? given : *next++, i);
    state_.decisions[i].reserved_id = rows.back().first;
  }
  PRODUCT_UPSERT_ASSERT(fresh.size() == unnamed && next == fresh.end());
  sort_by_key(rows);
  return rows;
}

// Whether the new product says nothing of the column.
bool InsertOrder::is_left_out(const Item& item, Column column) const {
  return info(column).has_default && merged(state_.batch, item, column, state_.options).is_absent();
}

// A row that says nothing of a user's own column gets the table's default, as it would from a
// statement that does not name the column. So there is one statement for each set of columns left
// out, usually one in all.
std::vector<std::vector<RowToWrite>> InsertOrder::by_defaults(std::vector<RowToWrite> rows,
                                                              const ColumnSet& columns) const {
  std::vector<Column> defaulted;
  columns.each([&](Column c) {
    if (info(c).has_default) defaulted.push_back(c);
  });
  std::vector<std::vector<RowToWrite>> all;
  if (defaulted.empty()) {
    all.push_back(std::move(rows));
    return all;
  }
  std::vector<std::vector<bool>> absent(rows.size(), std::vector<bool>(defaulted.size()));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (std::size_t c = 0; c < defaulted.size(); ++c)
      absent[i][c] = is_left_out(state_.batch.items[rows[i].second], defaulted[c]);
  }
  const std::vector<std::size_t> stages = stages_of(rows, absent);
  std::map<std::pair<std::size_t, std::vector<bool>>, std::vector<RowToWrite>> pieces;
  for (std::size_t i = 0; i < rows.size(); ++i)
    pieces[{stages[i], std::move(absent[i])}].push_back(rows[i]);
  for (auto& [key, some] : pieces) all.push_back(std::move(some));
  return all;
}

// A product is inserted with those that refer to it or before them. If they cannot be in the same
// statement, it is one stage earlier. Those that refer to one another in a circle have to be.
std::vector<std::size_t> InsertOrder::stages_of(const std::vector<RowToWrite>& rows,
                                                const std::vector<std::vector<bool>>& kinds) const {
  PRODUCT_UPSERT_ASSERT(kinds.size() == rows.size());
  std::vector<std::size_t> stages(rows.size(), 0);
  if (state_.related_fields == nullptr) return stages;
  std::unordered_map<std::uint32_t, std::uint32_t> row_of;
  for (std::uint32_t i = 0; i < rows.size(); ++i) row_of.emplace(rows[i].second, i);
  std::vector<Dependencies::Edge> edges;  // of rows, in their order
  for (std::uint32_t i = 0; i < rows.size(); ++i) {
    check_interrupts();
    state_.related_fields->each_made(rows[i].second, [&](std::size_t, std::uint32_t maker) {
      if (const auto row = row_of.find(maker); row != row_of.end() && row->second != i)
        edges.push_back({i, row->second});
    });
  }
  if (edges.empty()) return stages;
  std::vector<std::uint32_t> all(rows.size());
  std::iota(all.begin(), all.end(), 0U);
  std::vector<char> known(rows.size(), 0);
  for (const std::uint32_t i : order_by_dependency(all, edges).items) {
    auto edge = std::lower_bound(
        edges.begin(), edges.end(), i,
        [](const Dependencies::Edge& e, std::uint32_t item) { return e.item < item; });
    for (; edge != edges.end() && edge->item == i; ++edge) {
      if (known[edge->on] == 0) continue;
      const std::size_t after = kinds[edge->on] == kinds[i] ? 0 : 1;
      stages[i] = std::max(stages[i], stages[edge->on] + after);
    }
    known[i] = 1;
  }
  return stages;
}

}  // namespace product_upsert
