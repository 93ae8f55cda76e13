#pragma once

#include <cstring>
#include <string_view>

#include "core/arena.hpp"
#include "pg/boundary.hpp"

namespace product_upsert {

// A varlena that can be read where it stands: neither compressed nor out of line.
// (VARATT_IS_SHORT alone holds for a toast pointer too.)
inline bool is_inline(const char* v) {
  return VARATT_IS_4B_U(v) || (VARATT_IS_SHORT(v) && !VARATT_IS_EXTERNAL(v));
}

// The same bytes with a four-byte header, aligned to eight, in the arena.
const char* copy_varlena(Datum datum, Arena& arena);
// The datum itself where it has a four-byte header already, else a copy in the arena.
inline const char* plain_varlena(Datum datum, Arena& arena) {
  const char* const at = DatumGetPointer(datum);
  return VARATT_IS_4B_U(at) ? at : copy_varlena(datum, arena);
}

// The text in a text datum, which must stand still as long as the view; where it has to be fetched
// or decompressed first, a copy in the arena.
inline std::string_view view_text(Datum datum, Arena& arena) {
  const char* at = DatumGetPointer(datum);
  if (!is_inline(at)) at = copy_varlena(datum, arena);
  return {VARDATA_ANY(at), VARSIZE_ANY_EXHDR(at)};
}

}  // namespace product_upsert
