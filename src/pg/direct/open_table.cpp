#include "pg/direct/open_table.hpp"

#include <algorithm>
#include <string_view>

#include "pg/boundary/boundary.hpp"
#include "pg/direct/checks.hpp"
#include "pg/types/array.hpp"
#include "pg/types/tid.hpp"

extern "C" {
#include "catalog/pg_am_d.h"
#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "commands/sequence.h"
#include "nodes/makefuncs.h"
#include "rewrite/rewriteHandler.h"
#include "utils/acl.h"
#include "utils/datum.h"
#include "utils/rls.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"
}

namespace product_upsert {

namespace {

// Of the column, in a set of columns as PostgreSQL has them.
int bit(AttrNumber attribute) { return attribute - FirstLowInvalidHeapAttributeNumber; }

// An ordinary table that writes whole rows and nothing else: no view, partition, rule, or trigger
// but those of foreign keys; no one who wants to be asked about every statement's permissions. A
// table that Citus distributes has a trigger of its own.
bool is_plain(Relation table) {
  const Form_pg_class form = table->rd_rel;
  if (form->relkind != RELKIND_RELATION || form->relam != HEAP_TABLE_AM_OID ||
      form->relispartition || form->relhassubclass || table->rd_rules != nullptr ||
      compat::has_generated_columns(RelationGetDescr(table)) || ExecutorCheckPerms_hook != nullptr)
    return false;
  const TriggerDesc* const triggers = table->trigdesc;
  for (int i = 0; triggers != nullptr && i < triggers->numtriggers; ++i) {
    if (RI_FKey_trigger_type(triggers->triggers[i].tgfoid) == RI_TRIGGER_NONE) return false;
  }
  return true;
}

// By privileges on the whole table, and without row security: else SQL decides, row by row.
bool is_allowed(Relation table, AclMode privileges) {
  const Oid id = RelationGetRelid(table);
  return pg_class_aclmask(id, GetUserId(), privileges, ACLMASK_ALL) == privileges &&
         check_enable_rls(id, InvalidOid, true) != RLS_ENABLED;
}

// A unique index that may wait until the transaction's end has a trigger queued for each row.
bool are_plain(const ResultRelInfo* indexes) {
  for (int i = 0; i < indexes->ri_NumIndices; ++i) {
    const Form_pg_index form = indexes->ri_IndexRelationDescs[i]->rd_index;
    if (!form->indimmediate || form->indisexclusion) return false;
  }
  return true;
}

bool is_match_full(Oid constraint) {
  const HeapTuple tuple = SearchSysCache1(CONSTROID, ObjectIdGetDatum(constraint));
  if (!HeapTupleIsValid(tuple)) return true;
  const bool full =
      reinterpret_cast<Form_pg_constraint>(GETSTRUCT(tuple))->confmatchtype == FKCONSTR_MATCH_FULL;
  ReleaseSysCache(tuple);
  return full;
}

// Whether a column of the foreign key is null in every row that is inserted, so that it holds.
bool is_never_set(const ForeignKeyCacheInfo* key, const Bitmapset* given, OpenTable::Row defaults) {
  for (int k = 0; k < key->nkeys; ++k) {
    const AttrNumber column = key->conkey[k];
    if (!bms_is_member(bit(column), given) && defaults.nulls[column - 1])
      return !is_match_full(key->conoid);
  }
  return false;
}

// Whether the columns are part of a foreign key, or of a unique index that one may refer to.
bool are_keys(Relation table, const Bitmapset* columns) {
  if (bms_overlap(columns, RelationGetIndexAttrBitmap(table, INDEX_ATTR_BITMAP_KEY))) return true;
  ListCell* cell;
  foreach (cell, RelationGetFKeyList(table)) {
    const auto* const key = static_cast<const ForeignKeyCacheInfo*>(lfirst(cell));
    for (int k = 0; k < key->nkeys; ++k) {
      if (bms_is_member(bit(key->conkey[k]), columns)) return true;
    }
  }
  return false;
}

}  // namespace

// Our columns, as our own script made them: another type may want a cast.
bool OpenTable::find_attributes() {
  const TupleDesc described = RelationGetDescr(relation_);
  std::size_t found = 0;
  for (int i = 0; i < described->natts; ++i) {
    const Form_pg_attribute column = TupleDescAttr(described, i);
    if (column->attisdropped) continue;
    const std::string_view name(NameStr(column->attname));
    if (name == "organization_id") organization_ = column->attnum;
    // They stand in our order, as a rule.
    std::size_t c = found;
    if (c >= columns_.size() || columns_[c].name != name) {
      c = 0;
      while (c < columns_.size() && columns_[c].name != name) ++c;
      if (c == columns_.size()) continue;
    }
    const ColumnType type = columns_[c].type;
    const Oid expected = type == ColumnType::text_array ? array_type(type) : element_type(type);
    if (column->atttypid != expected || column->atttypmod != -1) return false;
    attributes_[c] = column->attnum;
    ++found;
  }
  return found == columns_.size() && organization_ != 0;
}

bool OpenTable::open_for_insert(std::span<const unsigned> given, std::optional<Written> written) {
  return Call([this, given, written] { return open(CMD_INSERT, given, written); });
}

bool OpenTable::open_for_update(std::span<const unsigned> given) {
  return Call([this, given] { return open(CMD_UPDATE, given, {}); });
}

bool OpenTable::open(CmdType command, std::span<const unsigned> given,
                     std::optional<Written> written) {
  // SQL has the errors for a transaction that may not write.
  if (XactReadOnly || IsInParallelMode()) return false;
  relation_ = table_open(table_, RowExclusiveLock);
  if (is_plain(relation_) &&
      is_allowed(relation_, command == CMD_INSERT ? ACL_INSERT : ACL_UPDATE | ACL_SELECT) &&
      find_attributes()) {
    Bitmapset* set = nullptr;
    for (unsigned c : given) set = bms_add_member(set, bit(attribute(c)));
    // Whoever replicates the table by rows must be able to tell them apart.
    CheckCmdReplicaIdentity(relation_, command);
    if (command == CMD_UPDATE ? open_indexes(nullptr, set) && !are_keys(relation_, set)
                              : open_indexes(set, nullptr) && prepare_insert(set, written)) {
      if (command == CMD_UPDATE)
        compat::checks_of(result_) = checks_on_update(relation_, set, estate_);
      begin();
      return true;
    }
    ExecCloseResultRelations(estate_);
    FreeExecutorState(estate_);
  }
  table_close(relation_, NoLock);
  return false;
}

bool OpenTable::open_indexes(Bitmapset* inserted, Bitmapset* updated) {
  estate_ = CreateExecutorState();
  compat::one_table(estate_, relation_, inserted, updated);
  result_ = makeNode(ResultRelInfo);
  InitResultRelInfo(result_, relation_, 1, nullptr, 0);
  estate_->es_opened_result_relations = list_make1(result_);
  ExecOpenIndices(result_, false);
  return are_plain(result_);
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

// Once for all rows, but for an identity column; false where another one may differ by row.
bool OpenTable::evaluate_defaults(const Bitmapset* given) {
  const TupleDesc columns = RelationGetDescr(relation_);
  for (int i = 0; i < columns->natts; ++i) {
    defaults_.nulls[i] = true;
    const Form_pg_attribute column = TupleDescAttr(columns, i);
    if (column->attisdropped || bms_is_member(bit(column->attnum), given)) continue;
    Node* const expression = build_column_default(relation_, column->attnum);
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

// Whether the foreign key is that to rows which this transaction has written. Triggers of the other
// table, which our own writes of it have then run, might have undone that.
bool OpenTable::is_held(const ForeignKeyCacheInfo* key, Written written) const {
  if (key->confrelid != written.table || key->nkeys != 2) return false;
  const int id = key->conkey[0] == organization_ ? 1 : 0;
  if (key->conkey[1 - id] != organization_ || key->conkey[id] != attribute(written.column) ||
      key->confkey[id] != get_attnum(written.table, "id") ||
      key->confkey[1 - id] != get_attnum(written.table, "organization_id"))
    return false;
  const Relation other = table_open(written.table, AccessShareLock);
  const bool plain = is_plain(other);
  table_close(other, NoLock);
  return plain;
}

// Leaves those of the table's triggers that inserted rows need.
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

// As a statement begins: it sees what this transaction did up to now.
void OpenTable::begin() {
  CommandCounterIncrement();
  PushActiveSnapshot(GetTransactionSnapshot());
  estate_->es_snapshot = GetActiveSnapshot();
  estate_->es_output_cid = GetCurrentCommandId(true);
  AfterTriggerBeginQuery();
}

void OpenTable::close() {
  Call([this] {
    AfterTriggerEndQuery(estate_);
    if (pages_ != nullptr) FreeBulkInsertState(pages_);
    ExecResetTupleTable(estate_->es_tupleTable, false);
    ExecCloseResultRelations(estate_);
    PopActiveSnapshot();
    FreeExecutorState(estate_);
    table_close(relation_, NoLock);
    CommandCounterIncrement();
  });
}

TupleTableSlot* OpenTable::make_slot() const {
  return Call([this] { return table_slot_create(relation_, &estate_->es_tupleTable); });
}

void OpenTable::start(std::int64_t organization_id, TupleTableSlot* slot) const {
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
}

void OpenTable::check(TupleTableSlot* slot) const {
  Call([this, slot] {
    ResetPerTupleExprContext(estate_);
    ExecStoreVirtualTuple(slot);
    slot->tts_tableOid = RelationGetRelid(relation_);
    if (RelationGetDescr(relation_)->constr != nullptr) ExecConstraints(result_, slot, estate_);
  });
}

std::size_t OpenTable::materialize(TupleTableSlot* slot) const {
  return Call([slot]() -> std::size_t {
    ExecMaterializeSlot(slot);
    return reinterpret_cast<const HeapTupleTableSlot*>(slot)->tuple->t_len;
  });
}

void OpenTable::insert(std::span<TupleTableSlot*> slots) const {
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

bool OpenTable::fetch(std::uint64_t place, TupleTableSlot* slot) const {
  return Call([this, place, slot] {
    ItemPointerData tid = unpack_tid(place);
    if (!table_tuple_fetch_row_version(relation_, &tid, estate_->es_snapshot, slot)) return false;
    slot_getallattrs(slot);
    return true;
  });
}

bool OpenTable::update(std::uint64_t place, TupleTableSlot* slot) const {
  return Call([this, place, slot] {
    ItemPointerData tid = unpack_tid(place);
    TM_FailureData failure;
    LockTupleMode lock;
    compat::UpdatedIndexes indexes;
    const TM_Result result =
        table_tuple_update(relation_, &tid, slot, estate_->es_output_cid, estate_->es_snapshot,
                           InvalidSnapshot, true, &failure, &lock, &indexes);
    if (result == TM_Ok) {
      if (compat::any(indexes)) {
        compat::insert_index_tuples(result_, slot, estate_, true,
                                    compat::only_summarizing(indexes));
      }
      CHECK_FOR_INTERRUPTS();
      return true;
    }
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
