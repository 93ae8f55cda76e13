#pragma once

#include <string>

#include "core/profile/profile.hpp"

namespace product_upsert {

// What the profile says for all its fields, and the memory of what they point at.
struct FieldDefaults {
  bool coerce = false;
  Empty empty = Empty::unsaid;
  Arena* arena = nullptr;
};
FieldDefaults read_field_defaults(const Value& definition);

// Compiles one field of a definition; `path` is where it stands. A variant's field whose column is
// a user's own gets a place behind the built-in ones: its place in own.variant, which grows where
// the tables are unknown. Throws Refusal (invalid).
Field compile_field(std::string_view name, const Value& definition, const std::string& path,
                    const FieldDefaults& defaults, OwnColumns& own);

}  // namespace product_upsert
