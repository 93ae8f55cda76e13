#include "pg/direct/index_descent.hpp"

#include "pg/boundary/boundary.hpp"
#include "pg/direct/partition.hpp"
#include "pg/direct/plain_table.hpp"
#include "pg/direct/policies.hpp"

extern "C" {
#include "access/stratnum.h"
#include "catalog/pg_am_d.h"
#include "catalog/pg_index.h"
#include "utils/fmgroids.h"
#include "utils/snapmgr.h"
#include "utils/typcache.h"
}

namespace product_upsert {

namespace {

bool find_source(ReadTable* source, AttrNumber* attributes, std::int64_t organization_id) {
  const Relation table = source->table;
  Bitmapset* dropped = nullptr;
  source->relation = open_readable_rows(table, organization_id);
  if (source->relation == nullptr) return false;
  const bool found =
      has_privileges(table, ACL_SELECT) &&
      find_columns(source->relation, source->columns, attributes, &source->organization,
                   &dropped) &&
      policies_let(table, CMD_SELECT, get_attnum(RelationGetRelid(table), "organization_id"),
                   organization_id);
  if (!found) close_rows(source->relation, table);
  return found;
}

// Whether the index has all rows with such keys: the rows that its predicate leaves out lack one of
// the columns that have values here.
bool holds_all(Relation index, const ReadTable& source, const KeyShape& shape) {
  ListCell* cell;
  foreach (cell, RelationGetIndexPredicate(index)) {
    const auto* const condition = static_cast<const NullTest*>(lfirst(cell));
    if (!IsA(condition, NullTest) || condition->nulltesttype != IS_NOT_NULL ||
        condition->argisrow || !IsA(condition->arg, Var))
      return false;
    const AttrNumber wanted = reinterpret_cast<const Var*>(condition->arg)->varattno;
    bool has_value = wanted == source.organization;
    for (int c = 0; c < shape.count; ++c) {
      const auto at = static_cast<std::size_t>(c);
      has_value = has_value || (source.attributes[shape.columns[at]] == wanted && !shape.nulls[at]);
    }
    if (!has_value) return false;
  }
  return true;
}

// Whether the index compares the column in the same way as "=".
bool compares(Relation index, int place, Form_pg_attribute column) {
  if (index->rd_opcintype[place] != column->atttypid ||
      index->rd_indcollation[place] != column->attcollation)
    return false;
  return get_opfamily_member(index->rd_opfamily[place], column->atttypid, column->atttypid,
                             BTEqualStrategyNumber) ==
         lookup_type_cache(column->atttypid, TYPECACHE_EQ_OPR)->eq_opr;
}

// Whether the index is valid and begins with the organization and these columns.
bool answers(Relation index, const ReadTable& source, const KeyShape& shape) {
  const Form_pg_index form = index->rd_index;
  if (index->rd_rel->relam != BTREE_AM_OID || !form->indisvalid || !form->indislive ||
      form->indcheckxmin || form->indnkeyatts < shape.count + 1)
    return false;
  const TupleDesc columns = RelationGetDescr(source.relation);
  for (int i = 0; i <= shape.count; ++i) {
    const AttrNumber wanted =
        i == 0 ? source.organization
               : source.attributes[shape.columns[static_cast<std::size_t>(i) - 1]];
    if (form->indkey.values[i] != wanted || !compares(index, i, TupleDescAttr(columns, wanted - 1)))
      return false;
  }
  return holds_all(index, source, shape);
}

Relation open_index(const ReadTable& source, const KeyShape& shape) {
  ListCell* cell;
  foreach (cell, RelationGetIndexList(source.relation)) {
    const Relation index = index_open(lfirst_oid(cell), AccessShareLock);
    if (answers(index, source, shape)) return index;
    index_close(index, NoLock);
  }
  return nullptr;
}

void set_key(const ReadTable& source, Relation index, int place, bool is_null, ScanKeyData* key) {
  if (is_null) {
    ScanKeyEntryInitialize(key, SK_ISNULL | SK_SEARCHNULL, static_cast<AttrNumber>(place + 1),
                           InvalidStrategy, InvalidOid, InvalidOid, InvalidOid, Datum{0});
    return;
  }
  const Form_pg_attribute column =
      TupleDescAttr(RelationGetDescr(source.relation), index->rd_index->indkey.values[place] - 1);
  const Oid equal = lookup_type_cache(column->atttypid, TYPECACHE_EQ_OPR)->eq_opr;
  ScanKeyEntryInitialize(key, 0, static_cast<AttrNumber>(place + 1), BTEqualStrategyNumber,
                         column->atttypid, column->attcollation, get_opcode(equal), Datum{0});
}

}  // namespace

bool open_source(Oid table, std::int64_t organization_id, std::span<const ColumnInfo> columns,
                 AttrNumber* attributes, ReadTable* source) {
  *source = {};
  source->table = table_open(table, AccessShareLock);
  source->columns = columns;
  source->attributes = attributes;
  if (find_source(source, attributes, organization_id)) return true;
  table_close(source->table, NoLock);
  return false;
}

void close_source(const ReadTable& source) {
  if (source.slot != nullptr) ExecDropSingleTupleTableSlot(source.slot);
  close_rows(source.relation, source.table);
  table_close(source.table, NoLock);
}

bool begin_descent(const ReadTable& source, const KeyShape& shape, std::int64_t organization_id,
                   Descent* descent) {
  descent->index = open_index(source, shape);
  if (descent->index == nullptr) return false;
  descent->count = shape.count + 1;
  Assert(descent->count <= static_cast<int>(descent->keys.size()));
  for (int i = 0; i < descent->count; ++i)
    set_key(source, descent->index, i, i > 0 && shape.nulls[static_cast<std::size_t>(i) - 1],
            &descent->keys[static_cast<std::size_t>(i)]);
  descent->keys[0].sk_argument = Int64GetDatum(organization_id);
  descent->scan = compat::begin_index_scan(source.relation, descent->index, GetActiveSnapshot(),
                                           descent->count);
  return true;
}

void end_descent(const Descent& descent) {
  index_endscan(descent.scan);
  index_close(descent.index, NoLock);
}

KeyDatums::KeyDatums(const ReadTable& source, const KeyShape& shape) : shape_(shape) {
  makers_.reserve(static_cast<std::size_t>(shape.count));
  for (int c = 0; c < shape.count; ++c)
    makers_.emplace_back(source.columns[shape.columns[static_cast<std::size_t>(c)]].type, 1);
}

void KeyDatums::set(const Value* key, Descent& descent) {
  for (std::size_t c = 0; c < makers_.size(); ++c) {
    if (shape_.nulls[c]) continue;
    makers_[c].clear();
    makers_[c].append(key[c]);
    descent.keys[c + 1].sk_argument = makers_[c].only_element();
  }
}

void descend(Descent& descent) {
  Assert(descent.scan != nullptr && descent.count > 0);
  CHECK_FOR_INTERRUPTS();
  index_rescan(descent.scan, descent.keys.data(), descent.count, nullptr, 0);
}

bool next_row(const ReadTable& source, Descent& descent) {
  if (!index_getnext_slot(descent.scan, ForwardScanDirection, source.slot)) return false;
  slot_getsomeattrs(source.slot, source.last);
  return true;
}

bool make_walk(Descent& descent) {
  const Relation index = descent.index;
  const int last = descent.count - 1;
  if ((index->rd_indoption[last] & INDOPTION_DESC) != 0) return false;
  const Oid type = index->rd_opcintype[last];
  const Oid from =
      get_opfamily_member(index->rd_opfamily[last], type, type, BTGreaterEqualStrategyNumber);
  ScanKeyData& key = descent.keys[static_cast<std::size_t>(last)];
  ScanKeyEntryInitialize(&key, 0, key.sk_attno, BTGreaterEqualStrategyNumber, type,
                         key.sk_collation, get_opcode(from), Datum{0});
  descent.scan->xs_want_itup = true;
  return true;
}

void begin_walk(Descent& descent) {
  descend(descent);
  descent.is_over = false;
  descent.is_ahead = false;
}

bool next_row_on_walk(const ReadTable& source, Descent& descent, std::int64_t key) {
  while (!descent.is_over) {
    if (!descent.is_ahead) {
      CHECK_FOR_INTERRUPTS();
      // Asked again after the end, the scan would start over.
      descent.is_over = index_getnext_tid(descent.scan, ForwardScanDirection) == nullptr;
      if (descent.is_over) break;
      bool is_null;
      descent.ahead = DatumGetInt64(
          index_getattr(descent.scan->xs_itup, descent.count, descent.scan->xs_itupdesc, &is_null));
    }
    descent.is_ahead = descent.ahead > key;
    if (descent.is_ahead) return false;
    if (descent.ahead < key || !index_fetch_heap(descent.scan, source.slot)) continue;
    slot_getsomeattrs(source.slot, source.last);
    return true;
  }
  return false;
}

}  // namespace product_upsert
