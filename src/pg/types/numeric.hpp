#pragma once

#include <cstddef>

#include "core/value/value.hpp"
#include "pg/boundary/compat.hpp"

namespace product_upsert {

// Reads and writes PostgreSQL's stored numeric directly. numeric.c keeps the layout private, but
// pg_upgrade carries it from version to version unchanged, so it cannot change.

// Reads any numeric that is neither compressed nor out of line, with a short header or a long one.
// The text of a long number goes to the arena; NaN and Infinity are read as long numbers.
Value read_numeric(const char* varlena, Arena& arena);
inline Value read_numeric(Datum datum, Arena& arena) {
  return read_numeric(compat::bytes_of(datum), arena);
}
// JSON has no number for NaN and Infinity, which a user's own column may contain.
inline bool is_finite(const Value& number) {
  return number.kind() != Kind::number ||
         number.as_text().find_first_of("NI") == std::string_view::npos;
}

// The most bytes that a Kind::decimal takes as a numeric, including the header.
constexpr std::size_t kDecimalBytes = 20;
// Writes a Kind::decimal as a numeric with a four-byte header at `to` (aligned to four). Returns
// its size.
std::size_t write_decimal(Value decimal, char* to);

// A palloc'ed numeric of a decimal or a long number.
Datum make_numeric(Value number);

}  // namespace product_upsert
