#include "pg/types/varlena.hpp"

#include <algorithm>

namespace product_upsert {

const char* copy_varlena(Datum datum, Arena& arena) {
  auto* const stored = reinterpret_cast<varlena*>(DatumGetPointer(datum));
  varlena* from = stored;
  if (!is_inline(compat::bytes_of(datum))) {
    from = Call([stored] { return pg_detoast_datum_packed(stored); });
  }
  const std::size_t size = VARSIZE_ANY_EXHDR(from);
  char* const to = static_cast<char*>(arena.allocate(VARHDRSZ + size, alignof(std::max_align_t)));
  SET_VARSIZE(to, VARHDRSZ + size);
  std::memcpy(VARDATA(to), VARDATA_ANY(from), size);
  if (from != stored) Call([from] { pfree(from); });
  return to;
}

void GrowingBytes::reserve(std::size_t bytes) {
  constexpr std::size_t kLeast = 1024;
  const std::size_t size = std::max({bytes, 2 * allocated_, kLeast});
  data_ = Call([this, size] {
    return static_cast<char*>(data_ == nullptr ? MemoryContextAllocHuge(memory_, size)
                                               : repalloc_huge(data_, size));
  });
  allocated_ = size;
}

}  // namespace product_upsert
