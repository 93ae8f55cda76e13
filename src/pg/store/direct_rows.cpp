#include "pg/store/direct_rows.hpp"

namespace product_upsert {

std::vector<ColumnInfo> writer_columns(const Writes& writes) {
  std::vector<ColumnInfo> all(kColumnInfo.begin(), kColumnInfo.end());
  ColumnSet used = writes.columns;
  used.add(writes.returning);
  used.each([&](Column c) {
    if (static_cast<std::size_t>(c) >= kColumns) all.push_back(info(c));
  });
  return all;
}

TableRows table_rows(const Writes& writes) {
  ColumnSet used = writes.columns;
  used.add(writes.returning);
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
          static_cast<unsigned>(place < kColumns ? place : kColumns + used.index(c) - built_in));
    });
    return all;
  };
  return {writes.organization_id,   writes.rows, places(writes.columns),
          places(writes.returning), writes.fill, {},
          writes.may_wait};
}

}  // namespace product_upsert
