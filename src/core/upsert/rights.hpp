#pragma once

#include <cstdint>

#include "core/upsert/batch_state.hpp"

namespace product_upsert {

// Whether the caller may neither create nor update products of the organization.
bool is_stranger(Catalogue& catalogue, std::int64_t organization_id);

// Rule 1, fine point d: documents that would create or update without permission fail. If the
// caller has neither permission, that is the only failure, whatever else is wrong.
void check_rights(BatchState& state, const Group& group);

}  // namespace product_upsert
