#pragma once

#include <cstdint>

namespace product_upsert {

// A counter that grows whenever the definition of a relation, of a type, of a function, or the name
// of a schema may have changed. Anything derived from a definition is valid as long as the counter
// stays the same. It counts from the first call on.
std::uint64_t relation_changes();
// Increments the counter.
void note_relation_change();

}  // namespace product_upsert
