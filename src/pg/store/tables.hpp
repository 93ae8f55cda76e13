#pragma once

#include <string>

#include "core/value/failure.hpp"
#include "pg/boundary/compat.hpp"

namespace product_upsert {

// Raises why the catalogue's tables of a schema cannot be used: they do not exist, are not whole,
// of a newer version than the library, or of several owners. Asked once a session, and again when
// one of them has changed. `schema` as an SQL identifier, `space` its oid. Within Spi.
void check_tables(const std::string& schema, Oid space);

// That the catalogue's tables do not exist, to be thrown.
Refusal no_tables();

}  // namespace product_upsert
