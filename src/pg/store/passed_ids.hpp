#pragma once

#include <cstddef>
#include <cstdint>

#include "pg/boundary/compat.hpp"

namespace product_upsert {

// Rows may have ids that the sequence of their table has yet to give: they were restored without
// it, or it was set back. Draws those that the next `rows` rows of the organization might get, and
// throws them away. Where nothing is wrong, this only reads the sequence, unless the session looks
// for the first time or the rows of the last time were not confirmed as written.
void pass_taken_ids(Oid table, std::int64_t organization_id, std::size_t rows);
void confirm_ids(Oid table, std::int64_t organization_id);

}  // namespace product_upsert
