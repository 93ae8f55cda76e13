// A session that imports a source holds an advisory lock on it: product_import commits many times,
// and no other session may import in between.
#include "pg/boundary/boundary.hpp"
#include "pg/functions/upsert.hpp"

extern "C" {
#include "access/xact.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "storage/lock.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
}

namespace product_upsert {

namespace {

// The session-level lock, held from product_import_hold until the next transaction has its own.
struct Held {
  std::int32_t source = 0, home = 0;
} held;
bool noticing_aborts = false;

void give_back() {
  if (held.source == 0) return;
  LOCKTAG tag;
  SET_LOCKTAG_ADVISORY(tag, MyDatabaseId, static_cast<std::uint32_t>(held.source),
                       static_cast<std::uint32_t>(held.home), 2);
  LockRelease(&tag, ExclusiveLock, true);
  held = {};
}

extern "C" {
// The COMMIT across which the lock was held has failed, so the import has ended.
void give_back_on_abort(XactEvent event, void*) {
  if (event == XACT_EVENT_ABORT) give_back();
}
}

Held key_of(FunctionCallInfo fcinfo) {
  const Oid space = schema_oid(fcinfo);
  const Oid home = Call([space] { return get_relname_relid("product_import", space); });
  return {static_cast<std::int32_t>(DatumGetObjectId(fcinfo->args[0].value)),
          static_cast<std::int32_t>(home)};
}

}  // namespace

// recipe: import
// True if this transaction has the lock until it ends, false if another session has it.
PRODUCT_UPSERT_FUNCTION(product_import_lock) {
  const Held key = key_of(fcinfo);
  return Call([key] {
    const Datum taken = DirectFunctionCall2(pg_try_advisory_xact_lock_int4,
                                            Int32GetDatum(key.source), Int32GetDatum(key.home));
    if (DatumGetBool(taken)) give_back();
    return taken;
  });
}

// Keeps the transaction's lock across the COMMIT that follows.
PRODUCT_UPSERT_FUNCTION(product_import_hold) {
  const Held key = key_of(fcinfo);
  return Call([key] {
    if (!noticing_aborts) RegisterXactCallback(give_back_on_abort, nullptr);
    noticing_aborts = true;
    DirectFunctionCall2(pg_advisory_lock_int4, Int32GetDatum(key.source), Int32GetDatum(key.home));
    held = key;
    return Datum{0};
  });
}

// Whether the procedure that calls it may commit. It may not in a transaction block or when called
// by a function.
PRODUCT_UPSERT_FUNCTION(product_import_may_commit) {
  return Call([] { return BoolGetDatum(SPI_inside_nonatomic_context()); });
}

}  // namespace product_upsert
