#pragma once

// PostgreSQL 15 to 18 (19 where known): the server's headers in one block, and every difference
// between its versions. Include it last.

extern "C" {
#include "postgres.h"

#include "access/htup_details.h"
#include "access/relation.h"
#include "access/xact.h"
#include "catalog/dependency.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "executor/executor.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "nodes/params.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/plancat.h"
#include "tcop/dest.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/fmgrprotos.h"
#include "utils/guc.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/numeric.h"
#include "utils/plancache.h"
#include "utils/rel.h"
#include "utils/resowner.h"
#include "utils/selfuncs.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

// 16, d952373a987: the macros over varlena left postgres.h.
#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif

extern PGDLLIMPORT bool jit_enabled;  // jit/jit.h, without what it includes
}

namespace product_upsert::compat {

// 16, 3057465acfb: what a check hook hands on as `extra` lives in the settings' own memory, no
// longer in malloc's. Null where there is none left.
inline void* guc_extra(std::size_t bytes) {
#if PG_VERSION_NUM >= 160000
  return guc_malloc(LOG, bytes);
#else
  return malloc(bytes);
#endif
}

// 16, 9e98583898c: InitMaterializedSRF was SetSingleFuncCall.
inline void materialized_srf(FunctionCallInfo call) {
#if PG_VERSION_NUM >= 160000
  InitMaterializedSRF(call, 0);
#else
  SetSingleFuncCall(call, 0);
#endif
}

// 17, 509199587df: takes the relation, no longer its oid.
inline Oid identity_sequence(Oid table, AttrNumber column) {
#if PG_VERSION_NUM >= 170000
  const Relation relation = relation_open(table, AccessShareLock);
  const Oid sequence = getIdentitySequence(relation, column, false);
  relation_close(relation, NoLock);
  return sequence;
#else
  return getIdentitySequence(table, column, false);
#endif
}

// The last value that the sequence gave, 0 where it gave none yet.
inline int64 sequence_last_value(Oid sequence) {
  LOCAL_FCINFO(call, 1);
  InitFunctionCallInfoData(*call, nullptr, 1, InvalidOid, nullptr, nullptr);
  call->args[0] = {ObjectIdGetDatum(sequence), false};
  const Datum last = pg_sequence_last_value(call);
  return call->isnull ? 0 : DatumGetInt64(last);
}

}  // namespace product_upsert::compat

// 18, 9324c8c5807: a module tells its name and version.
#if PG_VERSION_NUM >= 180000
#define PRODUCT_UPSERT_MODULE_MAGIC \
  PG_MODULE_MAGIC_EXT(.name = "product_upsert", .version = PRODUCT_UPSERT_VERSION)
#else
#define PRODUCT_UPSERT_MODULE_MAGIC PG_MODULE_MAGIC
#endif
