#include "core/catalogue/own_column.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <string>

#include "core/value/failure.hpp"

namespace product_upsert {

namespace {

constexpr std::size_t kMost = 65'000;

struct Described {
  std::string name, cast;
  ColumnInfo info;
};

// A deque, because pointers to the descriptions must stay valid.
std::deque<Described>& descriptions() {
  static auto* const all = new std::deque<Described>;
  return *all;
}

std::multimap<std::string, Column, std::less<>>& by_name() {
  static auto* const all = new std::multimap<std::string, Column, std::less<>>;
  return *all;
}

std::optional<Column> find_among(const std::vector<Column>& columns, std::string_view name) {
  const auto it =
      std::find_if(columns.begin(), columns.end(), [&](Column c) { return info(c).name == name; });
  return it == columns.end() ? std::nullopt : std::optional(*it);
}

}  // namespace

const ColumnInfo& own_column_info(Column column) {
  return descriptions()[static_cast<std::size_t>(column) - kColumns].info;
}

Column own_column(const ColumnInfo& description) {
  const auto [first, last] = by_name().equal_range(description.name);
  const auto known =
      std::find_if(first, last, [&](const auto& c) { return info(c.second) == description; });
  if (known != last) return known->second;
  std::deque<Described>& all = descriptions();
  if (all.size() >= kMost) {
    throw Refusal(Refused::limit, "columns have changed too often in this session", "Reconnect.");
  }
  Described& added = all.emplace_back(
      Described{std::string(description.name), std::string(description.cast), description});
  added.info.name = added.name;
  added.info.cast = added.cast;
  const auto column = static_cast<Column>(kColumns + all.size() - 1);
  by_name().emplace(added.name, column);
  return column;
}

std::optional<Column> OwnColumns::find(std::string_view name) const {
  if (const auto column = find_column(name)) return column;
  return find_among(product, name);
}

std::optional<Column> OwnColumns::find_variant(std::string_view name) const {
  return find_among(variant, name);
}

const ColumnInfo& as_altered(const ColumnInfo& column, const std::vector<Column>& altered) {
  const auto now = find_among(altered, column.name);
  return now ? info(*now) : column;
}

}  // namespace product_upsert
