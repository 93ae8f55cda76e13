#pragma once

#include <span>
#include <string>

#include "core/profile/profile.hpp"

// What a profile's documents and answers look like, as JSON Schema. A schema says what can be said
// without the database: what it refuses is refused, what it takes may still be a reference to
// nothing or a value that is taken.
namespace product_upsert {

// What documents may say; `ignored` are places of fields of which anything may be said. What must
// be there depends on the call: see required_schema().
std::string document_schema(const Profile& profile, std::span<const std::size_t> ignored);
// What a document must have: fields by their places, and those without which nothing is created.
std::string required_schema(const Profile& profile, std::span<const std::size_t> fields,
                            bool creates);
// What answers show of a product.
std::string product_schema(const Profile& profile);
// A value of the column, as a parameter says it.
std::string parameter_schema(ColumnType type);

}  // namespace product_upsert
