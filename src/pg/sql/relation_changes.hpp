#pragma once

#include <cstdint>

namespace product_upsert {

// Grows whenever the definition of a relation may have changed; what was worked out of one holds as
// long as the number is the same. Counts from its first call on.
std::uint64_t relation_changes();
// Makes it grow.
void note_relation_change();

}  // namespace product_upsert
