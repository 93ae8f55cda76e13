#pragma once

// PostgreSQL 15 to 19: the server's headers in one block, and all differences between the versions.
// Include it last.

extern "C" {
#include "postgres.h"

#include "access/genam.h"
#include "access/heapam.h"
#include "access/htup_details.h"
#include "access/relation.h"
#include "access/table.h"
#include "access/tableam.h"
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
#include "nodes/nodeFuncs.h"
#include "nodes/params.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/plancat.h"
#include "optimizer/planner.h"
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
#include "utils/snapmgr.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"
#include "utils/uuid.h"
#include "utils/wait_event.h"

// 16, d952373a987: the macros over varlena left postgres.h.
#if PG_VERSION_NUM >= 160000
#include "parser/parse_relation.h"
#include "varatt.h"
#endif

#if PG_VERSION_NUM < 170000
#include "storage/ipc.h"
#include "storage/lwlock.h"
#include "storage/shmem.h"
#elif PG_VERSION_NUM < 190000
#include "storage/dsm_registry.h"
#endif

extern PGDLLIMPORT bool jit_enabled;  // jit/jit.h, without what it includes
}

// recipe: version
namespace product_upsert::compat {

// 16, 3057465acfb: the `extra` of a check hook must be allocated by guc_malloc, no longer by
// malloc. Null if there is no memory left.
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

// 17, 509199587df: takes the relation instead of its oid.
inline Oid identity_sequence(Oid table, AttrNumber column) {
#if PG_VERSION_NUM >= 170000
  const Relation relation = relation_open(table, AccessShareLock);
  const Oid sequence = getIdentitySequence(relation, column, true);
  relation_close(relation, NoLock);
  return sequence;
#else
  return getIdentitySequence(table, column, true);
#endif
}

// 16, a61b1f74823: permissions and the written columns are beside the range table. 18, cbc127917e0:
// the executor is also told which relations were not pruned.
inline void one_table(EState* estate, Relation table, Bitmapset* inserted, Bitmapset* updated) {
  auto* const entry = makeNode(RangeTblEntry);
  entry->rtekind = RTE_RELATION;
  entry->relid = RelationGetRelid(table);
  entry->relkind = table->rd_rel->relkind;
  entry->rellockmode = RowExclusiveLock;
#if PG_VERSION_NUM >= 160000
  List* permissions = NIL;
  RTEPermissionInfo* const permission = addRTEPermissionInfo(&permissions, entry);
  permission->insertedCols = inserted;
  permission->updatedCols = updated;
#if PG_VERSION_NUM >= 180000
  ExecInitRangeTable(estate, list_make1(entry), permissions, bms_make_singleton(1));
#else
  ExecInitRangeTable(estate, list_make1(entry), permissions);
#endif
#else
  entry->insertedCols = inserted;
  entry->updatedCols = updated;
  ExecInitRangeTable(estate, list_make1(entry));
#endif
}

// 16, 19d8e2308bc: summarizing indexes are reported separately.
#if PG_VERSION_NUM >= 160000
using UpdatedIndexes = TU_UpdateIndexes;
inline bool any(UpdatedIndexes indexes) { return indexes != TU_None; }
inline bool only_summarizing(UpdatedIndexes indexes) { return indexes == TU_Summarizing; }
#else
using UpdatedIndexes = bool;
inline bool any(UpdatedIndexes indexes) { return indexes; }
inline bool only_summarizing(UpdatedIndexes) { return false; }
#endif
// 19, 8fd4ab0da1: the flags are one argument.
inline List* insert_index_tuples(ResultRelInfo* result, TupleTableSlot* slot, EState* estate,
                                 bool update, bool summarizing) {
#if PG_VERSION_NUM >= 190000
  const uint32 flags = (update ? EIIT_IS_UPDATE : 0) | (summarizing ? EIIT_ONLY_SUMMARIZING : 0);
  return ExecInsertIndexTuples(result, estate, flags, slot, NIL, nullptr);
#elif PG_VERSION_NUM >= 160000
  return ExecInsertIndexTuples(result, slot, estate, update, false, nullptr, NIL, summarizing);
#else
  static_cast<void>(summarizing);
  return ExecInsertIndexTuples(result, slot, estate, update, false, nullptr, NIL);
#endif
}

// 19: options, of which we have none, follow the command id.
inline TM_Result update_tuple(Relation table, ItemPointer tid, TupleTableSlot* slot,
                              const EState* estate, bool waits, TM_FailureData* failure,
                              LockTupleMode* lock, UpdatedIndexes* indexes) {
#if PG_VERSION_NUM >= 190000
  return table_tuple_update(table, tid, slot, estate->es_output_cid, 0, estate->es_snapshot,
                            InvalidSnapshot, waits, failure, lock, indexes);
#else
  return table_tuple_update(table, tid, slot, estate->es_output_cid, estate->es_snapshot,
                            InvalidSnapshot, waits, failure, lock, indexes);
#endif
}

// 18, 0fbceae841c: the scan's costs can be counted for EXPLAIN. 19: scans take flags, of which we
// have none.
inline IndexScanDesc begin_index_scan(Relation table, Relation index, Snapshot snapshot, int keys) {
#if PG_VERSION_NUM >= 190000
  return index_beginscan(table, index, snapshot, nullptr, keys, 0, SO_NONE);
#elif PG_VERSION_NUM >= 180000
  return index_beginscan(table, index, snapshot, nullptr, keys, 0);
#else
  return index_beginscan(table, index, snapshot, keys, 0);
#endif
}

inline TableScanDesc begin_scan(Relation table) {
#if PG_VERSION_NUM >= 190000
  return table_beginscan(table, GetActiveSnapshot(), 0, nullptr, SO_NONE);
#else
  return table_beginscan(table, GetActiveSnapshot(), 0, nullptr);
#endif
}

// 19: Pointer is void *.
inline const char* bytes_of(Datum datum) {
  return static_cast<const char*>(static_cast<const void*>(DatumGetPointer(datum)));
}

// 18, 83ea6c54025: generated columns may be virtual.
inline bool has_generated_columns(TupleDesc columns) {
  if (columns->constr == nullptr) return false;
#if PG_VERSION_NUM >= 180000
  if (columns->constr->has_generated_virtual) return true;
#endif
  return columns->constr->has_generated_stored;
}

// 18, 9a9ead11: where ExecConstraints finds prepared CHECK constraints. If it is null,
// ExecConstraints prepares them itself.
inline ExprState**& checks_of(ResultRelInfo* result) {
#if PG_VERSION_NUM >= 180000
  return result->ri_CheckConstraintExprs;
#else
  return result->ri_ConstraintExprs;
#endif
}

// 18, ca87c415e2f: a constraint may be NOT ENFORCED.
inline bool is_enforced([[maybe_unused]] const ConstrCheck& check) {
#if PG_VERSION_NUM >= 180000
  return check.ccenforced;
#else
  return true;
#endif
}

// 16, 1c27d16e6e5: the walker has a prototype.
inline bool walk(Node* node, bool (*walker)(Node*, void*), void* context) {
#if PG_VERSION_NUM >= 160000
  return expression_tree_walker(node, walker, context);
#else
  return expression_tree_walker(
      node, reinterpret_cast<bool (*)()>(reinterpret_cast<void (*)()>(walker)), context);
#endif
}

// 16, b0a55e43299: the members of RelFileLocator have other names.
inline Oid file_of(Relation relation) {
#if PG_VERSION_NUM >= 160000
  return relation->rd_locator.relNumber;
#else
  return relation->rd_node.relNode;
#endif
}

// 19: the planner's hook also takes the state of EXPLAIN.
#if PG_VERSION_NUM >= 190000
#define PLANNER_EXTRA_PARAMETER , ExplainState* explain
#define PLANNER_EXTRA , explain
#else
#define PLANNER_EXTRA_PARAMETER
#define PLANNER_EXTRA
#endif

// 19, 91f33a2ae92: build_simple_rel_hook replaced get_relation_info_hook, where the size of a table
// can be set for the planner.
#if PG_VERSION_NUM >= 190000
using SizeHook = build_simple_rel_hook_type;
inline SizeHook& size_hook() { return build_simple_rel_hook; }
#define SIZE_HOOK_PARAMETERS PlannerInfo *root, RelOptInfo *rel, RangeTblEntry *entry
#define SIZE_HOOK_ARGUMENTS root, rel, entry
#define SIZE_HOOK_TABLE (entry->rtekind == RTE_RELATION ? entry->relid : InvalidOid)
#else
using SizeHook = get_relation_info_hook_type;
inline SizeHook& size_hook() { return get_relation_info_hook; }
#define SIZE_HOOK_PARAMETERS PlannerInfo *root, Oid table, bool is_parent, RelOptInfo *rel
#define SIZE_HOOK_ARGUMENTS root, table, is_parent, rel
#define SIZE_HOOK_TABLE table
#endif

// 17, 8b2bcf3f287: any backend can create named shared memory at any time. Before, only a preloaded
// library could request it at server start. 19: the function takes other arguments, and we do not
// use it yet.
#if PG_VERSION_NUM < 170000
struct SharedMemory {
  const char* name;
  std::size_t size;
  void (*make)(void*);
  void* at;
  shmem_request_hook_type earlier_request;
  shmem_startup_hook_type earlier_startup;
};
inline SharedMemory asked_for{};

extern "C" inline void product_upsert_request_memory() {
  if (asked_for.earlier_request != nullptr) asked_for.earlier_request();
  RequestAddinShmemSpace(MAXALIGN(asked_for.size));
}

extern "C" inline void product_upsert_find_memory() {
  if (asked_for.earlier_startup != nullptr) asked_for.earlier_startup();
  bool found;
  LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
  asked_for.at = ShmemInitStruct(asked_for.name, asked_for.size, &found);
  if (!found) asked_for.make(asked_for.at);
  LWLockRelease(AddinShmemInitLock);
}
#endif

// Call this when the library is loaded. `make` initializes the memory, once.
inline void ask_for_shared_memory([[maybe_unused]] const char* name,
                                  [[maybe_unused]] std::size_t size,
                                  [[maybe_unused]] void (*make)(void*)) {
#if PG_VERSION_NUM < 170000
  if (!process_shared_preload_libraries_in_progress) return;
  asked_for = {name, size, make, nullptr, shmem_request_hook, shmem_startup_hook};
  shmem_request_hook = product_upsert_request_memory;
  shmem_startup_hook = product_upsert_find_memory;
#endif
}

// The memory that all sessions share; null if each session needs its own. May raise.
inline void* shared_memory([[maybe_unused]] const char* name, [[maybe_unused]] std::size_t size,
                           [[maybe_unused]] void (*make)(void*)) {
#if PG_VERSION_NUM < 170000
  return asked_for.at;
#elif PG_VERSION_NUM < 190000
  bool found;
  return IsUnderPostmaster ? GetNamedDSMSegment(name, size, make, &found) : nullptr;
#else
  return nullptr;
#endif
}

// 17, c9af054653077: an extension's wait event has a name in pg_stat_activity.
inline uint32 wait_event([[maybe_unused]] const char* name) {
#if PG_VERSION_NUM >= 170000
  return WaitEventExtensionNew(name);
#else
  return PG_WAIT_EXTENSION;
#endif
}

}  // namespace product_upsert::compat

// 18, 9324c8c5807: a module declares its name and version.
#if PG_VERSION_NUM >= 180000
#define PRODUCT_UPSERT_MODULE_MAGIC \
  PG_MODULE_MAGIC_EXT(.name = "product_upsert", .version = PRODUCT_UPSERT_VERSION)
#else
#define PRODUCT_UPSERT_MODULE_MAGIC PG_MODULE_MAGIC
#endif
