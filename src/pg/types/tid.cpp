#include "pg/types/tid.hpp"

#include "pg/boundary/boundary.hpp"

namespace product_upsert {

ItemPointer make_tid(std::uint64_t packed) {
  return Call([packed] {
    auto* const tid = static_cast<ItemPointer>(palloc(sizeof(ItemPointerData)));
    *tid = unpack_tid(packed);
    return tid;
  });
}

Datum tid_array(std::span<const std::uint64_t> packed) {
  auto* places = Call([count = packed.size()] {
    return static_cast<ItemPointerData*>(
        palloc_extended((count + 1) * sizeof(ItemPointerData), MCXT_ALLOC_HUGE));
  });
  auto* datums = Call([count = packed.size()] {
    return static_cast<Datum*>(palloc_extended((count + 1) * sizeof(Datum), MCXT_ALLOC_HUGE));
  });
  for (std::size_t i = 0; i < packed.size(); ++i) {
    places[i] = unpack_tid(packed[i]);
    datums[i] = PointerGetDatum(&places[i]);
  }
  return Call([=] {
    return PointerGetDatum(construct_array(datums, static_cast<int>(packed.size()), TIDOID,
                                           sizeof(ItemPointerData), false, TYPALIGN_SHORT));
  });
}

}  // namespace product_upsert
