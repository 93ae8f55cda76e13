#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/value/value.hpp"
#include "pg/boundary/compat.hpp"

namespace product_upsert {

// The change feed, table product_change. If product_upsert.change_feed is on, the transaction that
// changes products writes it after them.

struct NotedProduct {
  std::int64_t id;
  Value old;  // the changed fields (old_values); absent if the product was created
};
struct DeletedProduct {
  std::int64_t id;
  std::int32_t version;  // before the change
};

class ChangeFeed {
 public:
  // `schema`: an SQL identifier; `space`: its oid.
  ChangeFeed(std::string schema, Oid space) : schema_(std::move(schema)), space_(space) {}

  // `instants`: the columns of type timestamptz that may be among the changed ones.
  void note_changes(std::int64_t organization_id, std::span<const NotedProduct> products,
                    std::span<const std::string> instants) const;
  void note_deletions(std::int64_t organization_id, std::span<const DeletedProduct> products) const;
  // See pass_taken_ids(). Returns the table.
  Oid pass_taken(std::int64_t organization_id, std::size_t rows) const;

 private:
  void note_changes_by_sql(std::int64_t organization_id, std::span<const NotedProduct> products,
                           std::span<const std::string> instants) const;
  void note_deletions_by_sql(std::int64_t organization_id,
                             std::span<const DeletedProduct> products) const;
  std::size_t write_directly(std::int64_t organization_id,
                             std::span<const NotedProduct> products) const;

  std::string schema_;
  Oid space_;
};

}  // namespace product_upsert
