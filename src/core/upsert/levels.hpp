#pragma once

#include "core/upsert/batch_state.hpp"

namespace product_upsert {

// Rule 31: sets decided_by of the group's new products to the most general level that is new,
// judged against what is stored and the documents before it (fine point e). Does nothing where no
// rule of the profile has levels. One statement a level, but for the last.
void decide_levels(BatchState& state, const Group& group);

}  // namespace product_upsert
