#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace product_upsert {

// The change feed, table product_change: to be written where product_upsert.change_feed is on, by
// the transaction that changes the products, after them. `schema` is an SQL identifier.

struct NotedProduct {
  std::int64_t id;
  std::optional<std::string> old;  // what has changed, as JSON (old_values); none: it was created
};

// `instants`: the columns of type timestamptz that may be among what has changed.
void note_changes(const std::string& schema, std::int64_t organization_id,
                  const std::vector<NotedProduct>& products,
                  const std::vector<std::string>& instants);
struct DeletedProduct {
  std::int64_t id;
  std::int32_t version;  // that it last had
};
void note_deletions(const std::string& schema, std::int64_t organization_id,
                    const std::vector<DeletedProduct>& products);

}  // namespace product_upsert
