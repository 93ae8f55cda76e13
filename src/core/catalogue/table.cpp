#include "core/catalogue/table.hpp"

#include <algorithm>
#include <array>

namespace product_upsert {

namespace {

constexpr std::array<TableInfo, kTables> kTableInfo = {{
#define PRODUCT_TABLE(name, number, naming, made_of, links) \
  {#name, number, table_columns::name, naming, made_of, links},
    PRODUCT_TABLES(PRODUCT_TABLE)
#undef PRODUCT_TABLE
}};

constexpr bool has(const TableInfo& table, unsigned place, std::string_view name) {
  return place < table.columns.size() && table.columns[place].name == name;
}

constexpr bool names_stand_where_they_are_read() {
  return std::all_of(kTableInfo.begin(), kTableInfo.end(), [](const TableInfo& t) {
    const bool named = t.naming == Naming::none ||
                       (has(t, named_column::id, "id") && has(t, named_column::uuid, "uuid"));
    const bool linked = !t.links || has(kTableInfo[static_cast<std::size_t>(*t.links)],
                                        link_column::product_id, "product_id");
    return named && linked;
  });
}
static_assert(names_stand_where_they_are_read());

}  // namespace

const TableInfo& info(Table table) { return kTableInfo[static_cast<std::size_t>(table)]; }

std::optional<Table> find_table(std::string_view name) {
  const auto* const it = std::find_if(kTableInfo.begin(), kTableInfo.end(),
                                      [&](const TableInfo& t) { return t.name == name; });
  if (it == kTableInfo.end()) return std::nullopt;
  return static_cast<Table>(it - kTableInfo.begin());
}

int find_column(Table table, std::string_view name) {
  const auto columns = info(table).columns;
  const auto it = std::find_if(columns.begin(), columns.end(),
                               [&](const ColumnInfo& c) { return c.name == name; });
  return it == columns.end() ? -1 : static_cast<int>(it - columns.begin());
}

std::string list_named_tables(bool linked, std::string_view separator) {
  std::string list;
  for (const TableInfo& t : kTableInfo) {
    if (t.naming == Naming::none || (linked && !t.links)) continue;
    if (!list.empty()) list += separator;
    list += t.name;
  }
  return list;
}

}  // namespace product_upsert
