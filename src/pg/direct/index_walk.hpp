#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "pg/boundary/compat.hpp"

// Counts and skips rows page by page of an index, below SQL: over 1,000,000 rows, count(*) or
// OFFSET took 45 ms, this takes 10 (doc/requests.md). doc/concurrency.md says why it sees what SQL
// would see.
namespace product_upsert {

// A column of a sort order: ascending unless it descends, nulls last.
struct OrderedColumn {
  AttrNumber column;
  bool descends;
};

// Both functions use the rows of `table` whose first column, a bigint that is never null, is
// `organization_id`, as a statement that began now would see them. The caller must have the right
// to read the table. Both return nothing if SQL has to do it: the table is not an ordinary one,
// policies other than ours hide rows, the transaction is SERIALIZABLE, or no index fits.

// The number of rows.
std::optional<std::int64_t> count_rows(Oid table, std::int64_t organization_id);

// The ids of the `limit` rows after the first `offset`. `order` ends with the id, a bigint. There
// must be an index of exactly the organization and the order.
std::optional<std::vector<std::int64_t>> ids_behind(Oid table, std::int64_t organization_id,
                                                    std::span<const OrderedColumn> order,
                                                    std::int64_t offset, std::int64_t limit);

}  // namespace product_upsert
