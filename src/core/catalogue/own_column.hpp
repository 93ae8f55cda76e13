#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "core/catalogue/column.hpp"

namespace product_upsert {

// The Column of a user's own one, the same for the same description as long as the process lives:
// a column that gets another type is another Column. Keeps copies of the texts. Throws Refusal
// (limit) past some 65,000 descriptions.
Column own_column(const ColumnInfo& description);

// The columns that users added to the tables, as far as documents can be mapped to them.
struct OwnColumns {
  std::vector<Column> product;
  std::vector<Column> variant;  // of product_variant: descriptions of its columns
  // Columns of ours that hold less since a user altered them (numeric(8,2), varchar(20), a domain):
  // descriptions of what they are now.
  std::vector<Column> altered, altered_variant;
  bool has_sources = true;  // product has field_sources: its tables are of version 4
  // The tables cannot be asked now: any name may be a column, of the type that fits.
  bool unknown = false;

  // Of product, the built-in ones included.
  std::optional<Column> find(std::string_view name) const;
  std::optional<Column> find_variant(std::string_view name) const;
  bool operator==(const OwnColumns&) const = default;
};

// The column as it is now: as one of `altered`, where that has its name.
const ColumnInfo& as_altered(const ColumnInfo& column, const std::vector<Column>& altered);

}  // namespace product_upsert
