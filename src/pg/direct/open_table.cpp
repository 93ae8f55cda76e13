#include "pg/direct/open_table.hpp"

#include <algorithm>

#include "pg/boundary/boundary.hpp"
#include "pg/direct/checks.hpp"
#include "pg/direct/partition.hpp"
#include "pg/direct/plain_table.hpp"
#include "pg/direct/policies.hpp"
#include "pg/types/tid.hpp"

extern "C" {
#include "commands/sequence.h"
#include "nodes/makefuncs.h"
#include "rewrite/rewriteHandler.h"
#include "utils/datum.h"
#include "utils/snapmgr.h"
}

namespace product_upsert {

namespace {

// Whether a column of the foreign key is null in every inserted row, so that the key is satisfied.
bool is_never_set(const ForeignKeyCacheInfo* key, const Bitmapset* given, OpenTable::Row defaults) {
  for (int k = 0; k < key->nkeys; ++k) {
    const AttrNumber column = key->conkey[k];
    if (!bms_is_member(bit(column), given) && defaults.nulls[column - 1])
      return !is_match_full(key->conoid);
  }
  return false;
}

}  // namespace

bool OpenTable::open_for_insert(std::int64_t organization_id, std::span<const unsigned> given,
                                std::optional<Written> written) {
  return Call([=, this] { return open(CMD_INSERT, organization_id, given, written); });
}

bool OpenTable::open_for_update(std::int64_t organization_id, std::span<const unsigned> given) {
  return Call([=, this] { return open(CMD_UPDATE, organization_id, given, {}); });
}

bool OpenTable::open(CmdType command, std::int64_t organization_id, std::span<const unsigned> given,
                     std::optional<Written> written) {
  // In a transaction that may not write, SQL raises the errors.
  if (XactReadOnly || IsInParallelMode()) return false;
  // Of the subtransaction: if it is undone, close() is not called.
  memory_ = AllocSetContextCreate(CurTransactionContext, "product_upsert open table",
                                  ALLOCSET_DEFAULT_SIZES);
  const MemoryContext outer = MemoryContextSwitchTo(memory_);
  const bool is_open = open_here(command, organization_id, given, written);
  MemoryContextSwitchTo(outer);
  if (!is_open) MemoryContextDelete(memory_);
  return is_open;
}

// Uses a snapshot as a statement would: it sees what this transaction did up to now, and decides
// what the caller may write.
bool OpenTable::open_here(CmdType command, std::int64_t organization_id,
                          std::span<const unsigned> given, std::optional<Written> written) {
  table_ = table_open(id_, RowExclusiveLock);
  organization_id_ = organization_id;
  CommandCounterIncrement();
  PushActiveSnapshot(GetTransactionSnapshot());
  relation_ = open_plain_rows(table_, organization_id, RowExclusiveLock);
  if (relation_ != nullptr) {
    if (open_in_snapshot(command, given, written)) return true;
    close_rows(relation_, table_);
  }
  PopActiveSnapshot();
  table_close(table_, NoLock);
  return false;
}

// Privileges and policies are those of the table that the statement names; all else is that of the
// table with the rows.
bool OpenTable::open_in_snapshot(CmdType command, std::span<const unsigned> given,
                                 std::optional<Written> written) {
  if (!has_privileges(table_, command == CMD_INSERT ? ACL_INSERT : ACL_UPDATE | ACL_SELECT) ||
      !find_columns(relation_, columns_, attributes_.data(), &organization_, &dropped_) ||
      !policies_let(table_, command, attribute_named(organization_), organization_id_))
    return false;
  Bitmapset* set = nullptr;
  for (unsigned c : given) set = bms_add_member(set, bit(attribute(c)));
  // Replication of updates needs a replica identity.
  CheckCmdReplicaIdentity(relation_, command);
  if (command == CMD_UPDATE ? open_indexes(nullptr, set) && !are_keys(relation_, set)
                            : open_indexes(set, nullptr) && prepare_insert(set, written)) {
    if (command == CMD_UPDATE) compat::checks_of(result_) = checks_on_update(result_, set, estate_);
    estate_->es_snapshot = GetActiveSnapshot();
    estate_->es_output_cid = GetCurrentCommandId(true);
    AfterTriggerBeginQuery();
    return true;
  }
  ExecCloseResultRelations(estate_);
  FreeExecutorState(estate_);
  return false;
}

bool OpenTable::open_indexes(Bitmapset* inserted, Bitmapset* updated) {
  estate_ = CreateExecutorState();
  compat::one_table(estate_, relation_, inserted, updated);
  result_ = makeNode(ResultRelInfo);
  InitResultRelInfo(result_, relation_, 1, nullptr, 0);
  estate_->es_opened_result_relations = list_make1(result_);
  ExecOpenIndices(result_, false);
  return are_plain(result_) && !asks_more_than_rows(result_);
}

bool OpenTable::prepare_insert(Bitmapset* given, std::optional<Written> written) {
  const auto columns = static_cast<std::size_t>(RelationGetDescr(relation_)->natts);
  defaults_.values = static_cast<Datum*>(palloc0(columns * sizeof(Datum)));
  defaults_.nulls = static_cast<bool*>(palloc0(columns * sizeof(bool)));
  given = bms_add_member(given, bit(organization_));
  if (!evaluate_defaults(given)) return false;
  keep_needed_checks(given, written);
  pages_ = GetBulkInsertState();
  return true;
}

// The column's number in the table that the statement names.
AttrNumber OpenTable::attribute_named(AttrNumber column) const {
  if (table_ == relation_) return column;
  return get_attnum(RelationGetRelid(table_),
                    NameStr(TupleDescAttr(RelationGetDescr(relation_), column - 1)->attname));
}

// Evaluated once for all rows, except an identity column. Returns false if another default may
// differ from row to row.
bool OpenTable::evaluate_defaults(const Bitmapset* given) {
  const TupleDesc columns = RelationGetDescr(relation_);
  for (int i = 0; i < columns->natts; ++i) {
    defaults_.nulls[i] = true;
    const Form_pg_attribute column = TupleDescAttr(columns, i);
    if (column->attisdropped || bms_is_member(bit(column->attnum), given)) continue;
    // A domain may refuse null, or have conditions that read tables.
    if (get_typtype(column->atttypid) == TYPTYPE_DOMAIN) return false;
    // A partition's own defaults are not used for rows that are inserted into the parent.
    Node* const expression = build_column_default(table_, attribute_named(column->attnum));
    if (expression == nullptr) continue;
    if (IsA(expression, NextValueExpr) && column->atttypid == INT8OID && !counter_) {
      counter_ = {column->attnum, castNode(NextValueExpr, expression)->seqid};
      continue;
    }
    Expr* const planned = expression_planner(reinterpret_cast<Expr*>(expression));
    if (contain_volatile_functions(reinterpret_cast<Node*>(planned))) return false;
    const Datum value = ExecEvalExprSwitchContext(
        ExecInitExpr(planned, nullptr), GetPerTupleExprContext(estate_), &defaults_.nulls[i]);
    if (!defaults_.nulls[i])
      defaults_.values[i] = datumCopy(value, column->attbyval, column->attlen);
  }
  return true;
}

// Whether the foreign key refers to rows that this transaction has written. Triggers on the other
// table might have undone our writes.
bool OpenTable::is_held(const ForeignKeyCacheInfo* key, Written written) const {
  if (key->confrelid != written.table || key->nkeys != 2) return false;
  const int id = key->conkey[0] == organization_ ? 1 : 0;
  if (key->conkey[1 - id] != organization_ || key->conkey[id] != attribute(written.column) ||
      key->confkey[id] != get_attnum(written.table, "id") ||
      key->confkey[1 - id] != get_attnum(written.table, "organization_id"))
    return false;
  const Relation other = table_open(written.table, AccessShareLock);
  const Relation rows = open_plain_rows(other, organization_id_, AccessShareLock);
  if (rows != nullptr) close_rows(rows, other);
  table_close(other, NoLock);
  return rows != nullptr;
}

// Keeps only those of the table's triggers that inserted rows need.
void OpenTable::keep_needed_checks(const Bitmapset* given, std::optional<Written> written) {
  TriggerDesc* const triggers = result_->ri_TrigDesc;
  if (triggers == nullptr) return;
  List* const keys = RelationGetFKeyList(relation_);
  int kept = 0;
  for (int i = 0; i < triggers->numtriggers; ++i) {
    bool needed = true;
    ListCell* cell;
    foreach (cell, keys) {
      const auto* const key = static_cast<const ForeignKeyCacheInfo*>(lfirst(cell));
      if (key->conoid == triggers->triggers[i].tgconstraint) {
        needed =
            needed && !is_never_set(key, given, defaults_) && !(written && is_held(key, *written));
      }
    }
    if (needed) triggers->triggers[kept++] = triggers->triggers[i];
  }
  triggers->numtriggers = kept;
}

void OpenTable::close() {
  Call([this] {
    AfterTriggerEndQuery(estate_);
    if (pages_ != nullptr) FreeBulkInsertState(pages_);
    ExecResetTupleTable(estate_->es_tupleTable, false);
    ExecCloseResultRelations(estate_);
    PopActiveSnapshot();
    FreeExecutorState(estate_);
    close_rows(relation_, table_);
    table_close(table_, NoLock);
    MemoryContextDelete(memory_);
    CommandCounterIncrement();
  });
}

TupleTableSlot* OpenTable::make_slot() const {
  Assert(relation_ != nullptr && estate_ != nullptr);
  return Call([this] { return table_slot_create(relation_, &estate_->es_tupleTable); });
}

void OpenTable::start(std::int64_t organization_id, TupleTableSlot* slot) const {
  Assert(organization_id == organization_id_ && organization_ > 0);
  copy(defaults_, slot);
  slot->tts_values[organization_ - 1] = Int64GetDatum(organization_id);
  slot->tts_isnull[organization_ - 1] = false;
  if (!counter_) return;
  slot->tts_values[counter_->attribute - 1] =
      Call([this] { return Int64GetDatum(nextval_internal(counter_->sequence, false)); });
  slot->tts_isnull[counter_->attribute - 1] = false;
}

void OpenTable::copy(Row row, TupleTableSlot* slot) const {
  Call([slot] { ExecClearTuple(slot); });
  const auto columns = static_cast<std::size_t>(slot->tts_tupleDescriptor->natts);
  std::copy_n(row.values, columns, slot->tts_values);
  std::copy_n(row.nulls, columns, slot->tts_isnull);
  for (int i = -1; (i = bms_next_member(dropped_, i)) >= 0;) slot->tts_isnull[i] = true;
}

// An error prints the whole row, whatever its size, in the memory that ends with the table.
void OpenTable::check(TupleTableSlot* slot) const {
  Call([this, slot] {
    ResetPerTupleExprContext(estate_);
    ExecStoreVirtualTuple(slot);
    slot->tts_tableOid = RelationGetRelid(relation_);
    if (RelationGetDescr(relation_)->constr == nullptr) return;
    const MemoryContext memory = MemoryContextSwitchTo(GetPerTupleMemoryContext(estate_));
    ExecConstraints(result_, slot, estate_);
    MemoryContextSwitchTo(memory);
  });
}

std::size_t OpenTable::materialize(TupleTableSlot* slot) const {
  return Call([slot]() -> std::size_t {
    ExecMaterializeSlot(slot);
    return reinterpret_cast<const HeapTupleTableSlot*>(slot)->tuple->t_len;
  });
}

void OpenTable::insert(std::span<TupleTableSlot*> slots) const {
  Assert(!slots.empty());
  Call([this, slots] {
    const MemoryContext memory = MemoryContextSwitchTo(GetPerTupleMemoryContext(estate_));
    table_multi_insert(relation_, slots.data(), static_cast<int>(slots.size()),
                       estate_->es_output_cid, 0, pages_);
    MemoryContextSwitchTo(memory);
    for (TupleTableSlot* const slot : slots) {
      ResetPerTupleExprContext(estate_);
      List* const again = compat::insert_index_tuples(result_, slot, estate_, false, false);
      ExecARInsertTriggers(estate_, result_, slot, again, nullptr);
      ExecClearTuple(slot);
    }
    CHECK_FOR_INTERRUPTS();
  });
}

std::optional<OpenTable::Origin> OpenTable::fetch(std::uint64_t place, TupleTableSlot* slot) const {
  return Call([this, place, slot]() -> std::optional<Origin> {
    ItemPointerData tid = unpack_tid(place);
    if (!table_tuple_fetch_row_version(relation_, &tid, estate_->es_snapshot, slot))
      return std::nullopt;
    slot_getallattrs(slot);
    bool is_null;
    const Datum xmin = slot_getsysattr(slot, MinTransactionIdAttributeNumber, &is_null);
    return TransactionIdIsCurrentTransactionId(DatumGetTransactionId(xmin)) ? Origin::ours
                                                                            : Origin::committed;
  });
}

// If there is a newer version of a row, its queued check is skipped, so the new version must be
// checked instead. For rows from before the transaction, no key changes.
// RI_FKey_fk_upd_check_required decides in the same way.
bool OpenTable::update(std::uint64_t place, Origin origin, TupleTableSlot* slot,
                       bool may_wait) const {
  return Call([this, place, origin, slot, may_wait] {
    ItemPointerData tid = unpack_tid(place);
    TM_FailureData failure;
    LockTupleMode lock;
    compat::UpdatedIndexes indexes;
    const TM_Result result =
        compat::update_tuple(relation_, &tid, slot, estate_, may_wait, &failure, &lock, &indexes);
    if (result == TM_Ok) {
      if (compat::any(indexes)) {
        compat::insert_index_tuples(result_, slot, estate_, true,
                                    compat::only_summarizing(indexes));
      }
      if (origin == Origin::ours)
        ExecARUpdateTriggers(estate_, result_, nullptr, nullptr, &tid, nullptr, slot, NIL, nullptr,
                             false);
      CHECK_FOR_INTERRUPTS();
      return true;
    }
    if (result == TM_BeingModified && !may_wait) return false;
    if (result != TM_Updated && result != TM_Deleted && result != TM_SelfModified)
      elog(ERROR, "unexpected table_tuple_update status: %u", result);
    if (result != TM_SelfModified && IsolationUsesXactSnapshot()) {
      ereport(ERROR, (errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
                      errmsg("could not serialize access due to concurrent %s",
                             result == TM_Updated ? "update" : "delete")));
    }
    return false;
  });
}

}  // namespace product_upsert
