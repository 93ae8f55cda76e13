#pragma once

#include <optional>

#include "core/profile/profile.hpp"

namespace product_upsert {

// Reads the member `tombstone` of a definition, after its fields. Throws Refusal (invalid) with the
// path of an error. `coerce`: what the whole definition says of it.
std::optional<Tombstone> compile_tombstone(const Profile& profile, const Value& definition,
                                           bool coerce);

// Whether a document with this value of the member is a tombstone. Cells of a table are all text.
bool is_tombstone(const Tombstone& tombstone, const Value& said, bool cells, Arena& arena);

}  // namespace product_upsert
