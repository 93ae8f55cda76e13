#pragma once

#include <cstdint>
#include <optional>

#include "pg/boundary/compat.hpp"

namespace product_upsert {

// The organizations (bigint[]) in which the current role has the permission; if it is null, any
// permission counts. Every policy of the catalogue's tables asks for this, in each statement of a
// member and several times in an update. So the rows of product_member are read without a statement
// if the result is the same. `space`: the schema of the tables. Throws Refusal if there is no such
// table. Do not use it within Spi.
Datum member_organizations(Oid space, const NullableDatum& permission);
// Whether that organization is one of them; empty if only a statement can tell. `by_active`: by the
// active snapshot, otherwise by one of its own.
std::optional<bool> is_member_of(Oid space, const char* permission, std::int64_t organization_id,
                                 bool by_active);

}  // namespace product_upsert
