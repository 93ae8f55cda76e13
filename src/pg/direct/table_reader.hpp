#pragma once

#include <cstdint>
#include <span>

#include "core/catalogue/catalogue.hpp"
#include "core/catalogue/related.hpp"
#include "pg/boundary/compat.hpp"

namespace product_upsert {

// Finds rows by their keys below SQL: each key is one descent of an index, without a statement.
// Uses the active snapshot, as one statement does.
//
// Both functions return false, and tell nothing, if the statement might return anything else (see
// open_source()), if no index is sufficient for the keys, or with direct_writes = off.
class TableReader {
 public:
  explicit TableReader(Oid table) : table_(table) {}

  // Rows of product, as Catalogue::find. Returns false if the user has added columns that are
  // needed.
  bool find(std::int64_t organization_id, std::span<const KeyGroup> groups,
            const ColumnSet& columns, FoundSink& sink) const;

  // Rows of another table, which has `columns`, as RelatedRows::read. Without key columns: all rows
  // of the organization.
  bool read(std::int64_t organization_id, std::span<const ColumnInfo> columns,
            std::span<const TableKeys> keys, TableSink& sink) const;

 private:
  Oid table_;
};

}  // namespace product_upsert
