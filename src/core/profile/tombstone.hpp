#pragma once

#include <optional>

#include "core/profile/profile.hpp"

namespace product_upsert {

// The member `tombstone` of a definition, once its fields are known. Throws Refusal (invalid) with
// the path of a fault.
std::optional<Tombstone> compile_tombstone(const Profile& profile, const Value& definition);

// Whether a document that says this in the member is one. A cell of a table holds all as text.
bool is_tombstone(const Tombstone& tombstone, const Value& said, bool cells);

}  // namespace product_upsert
