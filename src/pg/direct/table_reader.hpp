#pragma once

#include <cstdint>
#include <span>

#include "core/catalogue/catalogue.hpp"
#include "pg/boundary/compat.hpp"

namespace product_upsert {

// Finds rows of product by their keys below SQL: each key is a descent of the index of its rule,
// without a statement around it. By the active snapshot, as one statement reads.
class TableReader {
 public:
  explicit TableReader(Oid table) : table_(table) {}

  // As Catalogue::find. False, and nothing is told, where the statement might tell anything else:
  // see is_plain(), has_privileges() and policies_let(); where a rule has no index that answers by
  // itself, or columns are a user's own.
  bool find(std::int64_t organization_id, std::span<const KeyGroup> groups,
            const ColumnSet& columns, FoundSink& sink) const;

 private:
  Oid table_;
};

}  // namespace product_upsert
