#pragma once

#include <cstdint>
#include <span>

#include "pg/boundary/compat.hpp"

namespace product_upsert {

// The position of a row in the form of StoredProduct::tid.
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

// For parameters of a statement; allocated in the current memory context.
ItemPointer make_tid(std::uint64_t packed);
Datum tid_array(std::span<const std::uint64_t> packed);

}  // namespace product_upsert
