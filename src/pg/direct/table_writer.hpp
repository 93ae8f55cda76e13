#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "core/catalogue/catalogue.hpp"
#include "pg/direct/open_table.hpp"

namespace product_upsert {

// Rows to write to a table whose columns are named by their places; see Writes and OpenTable.
struct TableRows {
  std::int64_t organization_id = 0;
  std::size_t rows = 0;
  std::vector<unsigned> columns;
  std::vector<unsigned> returning;
  std::function<void(std::size_t row, std::span<Value> values)> fill;
  std::optional<OpenTable::Written> written;
  bool may_wait = true;  // of an update, see Writes
};

// Writes rows of one of our tables below SQL, with the calls that COPY makes: no plan, no
// parameters, and no check queued for a foreign key that holds. Each function returns false,
// nothing done, where the SQL statement might do anything else: see is_plain() and its callers in
// open_table.cpp. Constraints, indexes, foreign keys, serializable transactions and replication
// hold as in SQL. To be used within a snapshot's life (Spi's, or the calling statement's).
class TableWriter {
 public:
  // `columns`: see OpenTable.
  TableWriter(Oid table, std::span<const ColumnInfo> columns) : table_(table), columns_(columns) {}

  // INSERT of all rows, each told as it goes in.
  bool insert(const TableRows& rows, WrittenSink& sink) const;
  // UPDATE of the rows that still are where `tids` (see StoredProduct::tid) say, in the order
  // given; raises their version, if they have one, by one and moves updated_at to `now`. Tells
  // those written. `rows.columns` has id, which names the row.
  bool update(const TableRows& rows, std::span<const std::uint64_t> tids, TimestampTz now,
              WrittenSink& sink) const;

 private:
  Oid table_;
  std::span<const ColumnInfo> columns_;
};

}  // namespace product_upsert
