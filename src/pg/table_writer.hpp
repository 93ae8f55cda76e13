#pragma once

#include <cstdint>
#include <span>

#include "core/catalogue.hpp"
#include "pg/compat.hpp"

namespace product_upsert {

// Writes rows of the table product below SQL, with the calls that COPY makes: no plan, no
// parameters, and no check queued for a foreign key that is null. Each function returns false,
// nothing done, where the SQL statement might do anything else: see is_plain() and its callers in
// table_writer.cpp. Constraints, indexes, foreign keys, serializable transactions and replication
// hold as in SQL. To be used within a snapshot's life (Spi's, or the calling statement's).
class TableWriter {
 public:
  explicit TableWriter(Oid table) : table_(table) {}

  // INSERT of all rows, each told as it goes in.
  bool insert(const Writes& writes, WrittenSink& sink) const;
  // UPDATE of the rows that still are where `tids` (see StoredProduct::tid) say, in the order
  // given; raises their version by one and moves updated_at to `now`. Tells those written.
  bool update(const Writes& writes, std::span<const std::uint64_t> tids, TimestampTz now,
              WrittenSink& sink) const;

 private:
  Oid table_;
};

}  // namespace product_upsert
