#pragma once

#include <string>

#include "core/value/failure.hpp"
#include "pg/boundary/compat.hpp"

namespace product_upsert {

// Raises an error if the catalogue's tables of a schema cannot be used: they do not exist, are
// incomplete, newer than the library, or of several owners. Throws other_functions(). They are
// checked once in a session, and again when one of them has changed. `schema`: an SQL identifier;
// `space`: its oid. Use it within Spi.
void check_tables(const std::string& schema, Oid space);

// The error to throw if the catalogue's tables do not exist.
Refusal no_tables();
// The error to throw after the installation of a newer library and before ALTER EXTENSION, when the
// functions are still the old ones.
Refusal other_functions();

}  // namespace product_upsert
