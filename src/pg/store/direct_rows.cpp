#include "pg/store/direct_rows.hpp"

namespace product_upsert {

namespace {

ColumnSet used_columns(const Writes& writes) {
  ColumnSet used = writes.columns;
  used.add(writes.returning);
  return used;
}

// The number of built-in columns that the table must have; one that nobody asks for may be missing.
std::size_t built_in_columns(const ColumnSet& used) {
  return used.has(Column::field_sources) ? kColumns : kFirstColumns;
}

}  // namespace

std::vector<ColumnInfo> writer_columns(const Writes& writes) {
  const ColumnSet used = used_columns(writes);
  const auto first = kColumnInfo.begin();
  std::vector<ColumnInfo> all(first, first + built_in_columns(used));
  used.each([&](Column c) {
    if (static_cast<std::size_t>(c) >= kColumns) all.push_back(info(c));
  });
  return all;
}

TableRows table_rows(const Writes& writes) {
  const ColumnSet used = used_columns(writes);
  const std::size_t ours = built_in_columns(used);
  const std::size_t built_in = [&] {
    std::size_t count = 0;
    used.each([&](Column c) { count += static_cast<std::size_t>(c) < kColumns ? 1U : 0U; });
    return count;
  }();
  const auto places = [&](const ColumnSet& columns) {
    std::vector<unsigned> all;
    columns.each([&](Column c) {
      const auto place = static_cast<std::size_t>(c);
      all.push_back(
          static_cast<unsigned>(place < kColumns ? place : ours + used.index(c) - built_in));
    });
    return all;
  };
  return {writes.organization_id,   writes.rows, places(writes.columns),
          places(writes.returning), writes.fill, {},
          writes.may_wait};
}

}  // namespace product_upsert
