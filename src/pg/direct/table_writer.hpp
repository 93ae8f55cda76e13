#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "core/catalogue/catalogue.hpp"
#include "pg/direct/open_table.hpp"

namespace product_upsert {

// Rows to write to a table, whose columns are identified by their places; see Writes and OpenTable.
struct TableRows {
  std::int64_t organization_id = 0;
  std::size_t rows = 0;
  std::vector<unsigned> columns;
  std::vector<unsigned> returning;
  std::function<void(std::size_t row, std::span<Value> values)> fill;
  std::optional<OpenTable::Written> written;
  bool may_wait = true;  // for an update, see Writes
};

// Writes rows of one of our tables below SQL, with the calls that COPY makes: no plan, no
// parameters, and no queued check for a foreign key that is known to be satisfied. Each function
// returns false, with nothing done, if the SQL statement might do anything else: see is_plain() and
// its callers in open_table.cpp. Constraints, indexes, foreign keys, serializable transactions and
// replication work as in SQL. There must be an active snapshot (Spi's, or that of the calling
// statement).
class TableWriter {
 public:
  // `columns`: see OpenTable.
  TableWriter(Oid table, std::span<const ColumnInfo> columns) : table_(table), columns_(columns) {}

  // Inserts all rows and tells the sink of each.
  bool insert(const TableRows& rows, WrittenSink& sink) const;
  // Updates those rows that are still at their `tids` (see StoredProduct::tid), in the given order.
  // Increments their version, if they have one, and sets updated_at to `now`. Tells the sink of the
  // rows written. `rows.columns` must contain id, which identifies the row.
  bool update(const TableRows& rows, std::span<const std::uint64_t> tids, TimestampTz now,
              WrittenSink& sink) const;

 private:
  Oid table_;
  std::span<const ColumnInfo> columns_;
};

}  // namespace product_upsert
