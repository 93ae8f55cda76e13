#pragma once

#include <cstdint>
#include <optional>

#include "pg/boundary/compat.hpp"

namespace product_upsert {

// The organizations (bigint[]) in which the current role has the permission; null: any. What every
// policy of the catalogue's tables asks: each statement of a member asks it, an update several
// times. So the rows of product_member are read without a statement where that comes to the same.
// `space`: the schema of the tables. Throws Refusal where there is no such table. Not within Spi.
Datum member_organizations(Oid space, const NullableDatum& permission);
// Whether that organization is one of them; nothing where only a statement knows. `by_active`: by
// the active snapshot, else by one of the transaction's own.
std::optional<bool> is_member_of(Oid space, const char* permission, std::int64_t organization_id,
                                 bool by_active);

}  // namespace product_upsert
