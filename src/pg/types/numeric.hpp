#pragma once

#include <cstddef>

#include "core/value/value.hpp"
#include "pg/boundary/compat.hpp"

namespace product_upsert {

// Reads and writes PostgreSQL's stored numeric directly: numeric.c keeps the layout private, yet
// pg_upgrade carries it over unchanged from version to version, so it cannot change.

// Any numeric that is neither compressed nor out of line, short header or not. Text of a long one
// goes to the arena; so do NaN and Infinity, as long numbers.
Value read_numeric(const char* varlena, Arena& arena);
inline Value read_numeric(Datum datum, Arena& arena) {
  return read_numeric(compat::bytes_of(datum), arena);
}

// The most bytes a Kind::decimal takes as a numeric, header included.
constexpr std::size_t kDecimalBytes = 20;
// Writes a Kind::decimal as a numeric with a four-byte header at `to` (aligned to four); returns
// its size.
std::size_t write_decimal(Value decimal, char* to);

// A palloc'ed numeric of either kind of number.
Datum make_numeric(Value number);

}  // namespace product_upsert
