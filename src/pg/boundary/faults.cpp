#include "core/value/faults.hpp"

#ifdef PRODUCT_UPSERT_FAULTS

#include <malloc.h>

#include <algorithm>

#include "pg/boundary/boundary.hpp"

// The functions by which a test controls the faults. They do not belong to the extension: whoever
// runs a build that has them creates them (test/faults/faults). They do not use Enter and Call,
// which may fail.

extern "C" std::size_t __sanitizer_get_current_allocated_bytes() __attribute__((weak));

namespace product_upsert {

namespace {
int sqlstate = ERRCODE_INTERNAL_ERROR;
}

void boundary::raise_if_due(faults::Kind kind) {
  if (!faults::due(kind)) return;
  ereport(ERROR, (errcode(sqlstate), errmsg("injected fault")));
}

extern "C" {

#define FAULT_FUNCTION(name)                                                           \
  __attribute__((visibility("default"))) const Pg_finfo_record* pg_finfo_##name(void); \
  __attribute__((visibility("default"))) Datum name(PG_FUNCTION_ARGS);                 \
  PG_FUNCTION_INFO_V1(name);                                                           \
  Datum name([[maybe_unused]] PG_FUNCTION_ARGS)

// (kinds integer, first bigint, times bigint, sqlstate text) RETURNS void
FAULT_FUNCTION(product_upsert_fault_arm) {
  const char* const state = text_to_cstring(PG_GETARG_TEXT_PP(3));
  sqlstate = MAKE_SQLSTATE(state[0], state[1], state[2], state[3], state[4]);
  faults::plan = {static_cast<unsigned>(PG_GETARG_INT32(0)),
                  static_cast<std::uint64_t>(PG_GETARG_INT64(1)),
                  static_cast<std::uint64_t>(PG_GETARG_INT64(2)), 0, 0};
  PG_RETURN_VOID();
}

// RETURNS bigint[]: how many were seen, and how many of them failed. Disarms.
FAULT_FUNCTION(product_upsert_fault_seen) {
  Datum counts[] = {Int64GetDatum(static_cast<int64>(faults::plan.seen)),
                    Int64GetDatum(static_cast<int64>(faults::plan.failed))};
  faults::plan = {};
  PG_RETURN_ARRAYTYPE_P(construct_array(counts, 2, INT8OID, sizeof(int64), true, TYPALIGN_DOUBLE));
}

// RETURNS bigint: the heap's bytes in use, those of PostgreSQL's contexts included.
FAULT_FUNCTION(product_upsert_fault_heap) {
  if (__sanitizer_get_current_allocated_bytes != nullptr)
    PG_RETURN_INT64(static_cast<int64>(__sanitizer_get_current_allocated_bytes()));
  const struct mallinfo2 heap = mallinfo2();
  PG_RETURN_INT64(static_cast<int64>(heap.uordblks + heap.hblkhd));
}

}  // extern "C"

}  // namespace product_upsert

#endif
