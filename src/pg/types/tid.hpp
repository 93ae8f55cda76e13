#pragma once

#include <cstdint>
#include <span>

#include "pg/boundary/compat.hpp"

namespace product_upsert {

// Where a row stands, as StoredProduct::tid has it.
inline std::uint64_t pack_tid(const ItemPointerData& tid) {
  return std::uint64_t{ItemPointerGetBlockNumberNoCheck(&tid)} << 16U |
         ItemPointerGetOffsetNumberNoCheck(&tid);
}

inline ItemPointerData unpack_tid(std::uint64_t packed) {
  ItemPointerData tid;
  ItemPointerSet(&tid, static_cast<BlockNumber>(packed >> 16U),
                 static_cast<OffsetNumber>(packed & 0xFFFFU));
  return tid;
}

// As parameters of a statement, in the current memory context.
ItemPointer make_tid(std::uint64_t packed);
Datum tid_array(std::span<const std::uint64_t> packed);

}  // namespace product_upsert
