#pragma once

#include <cstdint>
#include <span>

#include "core/catalogue/catalogue.hpp"
#include "core/catalogue/related.hpp"
#include "pg/boundary/compat.hpp"

namespace product_upsert {

// Finds rows by their keys below SQL: each key is a descent of an index, without a statement around
// it. By the active snapshot, as one statement reads.
//
// Both functions are false, and nothing is told, where the statement might tell anything else: see
// open_source(); where keys have no index that answers by itself; or with direct_writes = off.
class TableReader {
 public:
  explicit TableReader(Oid table) : table_(table) {}

  // Rows of product, as Catalogue::find. False where columns are a user's own, too.
  bool find(std::int64_t organization_id, std::span<const KeyGroup> groups,
            const ColumnSet& columns, FoundSink& sink) const;

  // Rows of a table beside it, which has `columns`, as RelatedRows::read. By no column at all: all
  // rows of the organization.
  bool read(std::int64_t organization_id, std::span<const ColumnInfo> columns,
            std::span<const TableKeys> keys, TableSink& sink) const;

 private:
  Oid table_;
};

}  // namespace product_upsert
