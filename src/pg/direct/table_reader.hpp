#pragma once

#include <cstdint>
#include <span>

#include "core/catalogue/catalogue.hpp"
#include "core/catalogue/related.hpp"
#include "pg/boundary/compat.hpp"

namespace product_upsert {

// Picks products while all of an organization are read: by some columns first, since the others of
// a row need not be looked at where it is not wanted.
class ProductFilter {
 public:
  virtual ~ProductFilter() = default;
  // `values`: of the columns that the filter goes by, in order.
  virtual bool wants(std::span<const Value> values) = 0;
  // The row that was wanted last.
  virtual void take(const StoredProduct& row) = 0;
};

// Finds rows by their keys below SQL, without a statement: each key is one descent of an index, or
// all rows are read. Uses the active snapshot, as one statement does.
//
// The functions return false, and tell nothing, if the statement might return anything else (see
// open_source()), if no index is sufficient for the keys, or with direct_writes = off.
class TableReader {
 public:
  explicit TableReader(Oid table) : table_(table) {}

  // Rows of product, as Catalogue::find. Returns false if the user has added columns that are
  // needed.
  bool find(std::int64_t organization_id, std::span<const KeyGroup> groups,
            const ColumnSet& columns, FoundSink& sink) const;
  // All rows of product: the filter goes by the columns of `keys`, and takes rows with `columns`.
  bool scan(std::int64_t organization_id, const ColumnSet& keys, const ColumnSet& columns,
            ProductFilter& filter) const;

  // Rows of another table, which has `columns`, as RelatedRows::read. Without key columns: all rows
  // of the organization.
  bool read(std::int64_t organization_id, std::span<const ColumnInfo> columns,
            std::span<const TableKeys> keys, TableSink& sink) const;

 private:
  Oid table_;
};

}  // namespace product_upsert
