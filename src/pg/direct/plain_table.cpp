#include "pg/direct/plain_table.hpp"

#include <string_view>

#include "pg/direct/citus.hpp"
#include "pg/types/array.hpp"

extern "C" {
#include "catalog/pg_am_d.h"
#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_language_d.h"
#include "catalog/pg_namespace_d.h"
#include "catalog/pg_proc.h"
#include "utils/acl.h"
#include "utils/rls.h"
#include "utils/syscache.h"
}

namespace product_upsert {

namespace {

extern "C" {

// A function in a language that can read tables may do so, whatever its volatility.
bool is_foreign_code(Oid function, void*) {
  const HeapTuple tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
  if (!HeapTupleIsValid(tuple)) return true;
  const Oid language = reinterpret_cast<Form_pg_proc>(GETSTRUCT(tuple))->prolang;
  ReleaseSysCache(tuple);
  return language != INTERNALlanguageId && language != ClanguageId;
}

bool finds_code(Node* node, void* context) {
  if (node == nullptr) return false;
  // The conditions of a domain are not examined, so they count as code.
  if (IsA(node, CoerceToDomain)) return true;
  if (check_functions_in_node(node, is_foreign_code, context)) return true;
  return compat::walk(node, finds_code, context);
}

}  // extern "C"

}  // namespace

bool is_plain(Relation table, TableKind kind) {
  const Form_pg_class form = table->rd_rel;
  const bool has_own = kind != TableKind::partitioned;
  if (form->relkind != (has_own ? RELKIND_RELATION : RELKIND_PARTITIONED_TABLE) ||
      (has_own && (form->relam != HEAP_TABLE_AM_OID || form->relhassubclass)) ||
      form->relispartition != (kind == TableKind::partition) || table->rd_rules != nullptr ||
      compat::has_generated_columns(RelationGetDescr(table)) || ExecutorCheckPerms_hook != nullptr)
    return false;
  const TriggerDesc* const triggers = table->trigdesc;
  for (int i = 0; triggers != nullptr && i < triggers->numtriggers; ++i) {
    if (RI_FKey_trigger_type(triggers->triggers[i].tgfoid) == RI_TRIGGER_NONE) return false;
  }
  return !is_distributed(RelationGetRelid(table));
}

bool has_privileges(Relation table, AclMode privileges) {
  return pg_class_aclmask(RelationGetRelid(table), GetUserId(), privileges, ACLMASK_ALL) ==
         privileges;
}

bool is_shown_whole(Oid table) {
  return pg_class_aclcheck(table, GetUserId(), ACL_SELECT) == ACLCHECK_OK &&
         check_enable_rls(table, InvalidOid, true) != RLS_ENABLED;
}

bool find_columns(Relation table, std::span<const ColumnInfo> columns, AttrNumber* attributes,
                  AttrNumber* organization, Bitmapset** dropped) {
  const TupleDesc described = RelationGetDescr(table);
  std::size_t found = 0;
  for (int i = 0; i < described->natts; ++i) {
    const Form_pg_attribute column = TupleDescAttr(described, i);
    if (column->attisdropped) {
      *dropped = bms_add_member(*dropped, i);
      continue;
    }
    const std::string_view name(NameStr(column->attname));
    if (name == "organization_id") *organization = column->attnum;
    // The columns usually have our order.
    std::size_t c = found;
    if (c >= columns.size() || columns[c].name != name) {
      c = 0;
      while (c < columns.size() && columns[c].name != name) ++c;
      if (c == columns.size()) continue;
    }
    const ColumnType type = columns[c].type;
    const Oid expected = type == ColumnType::text_array ? array_type(type) : element_type(type);
    if (column->atttypid != expected || column->atttypmod != -1) return false;
    attributes[c] = column->attnum;
    ++found;
  }
  return found == columns.size() && *organization != 0;
}

bool are_plain(const ResultRelInfo* indexes) {
  for (int i = 0; i < indexes->ri_NumIndices; ++i) {
    const Form_pg_index form = indexes->ri_IndexRelationDescs[i]->rd_index;
    if (!form->indimmediate || form->indisexclusion) return false;
  }
  return true;
}

bool runs_code(Node* expression) {
  return contain_mutable_functions(expression) || finds_code(expression, nullptr);
}

bool is_match_full(Oid constraint) {
  const HeapTuple tuple = SearchSysCache1(CONSTROID, ObjectIdGetDatum(constraint));
  if (!HeapTupleIsValid(tuple)) return true;
  const bool full =
      reinterpret_cast<Form_pg_constraint>(GETSTRUCT(tuple))->confmatchtype == FKCONSTR_MATCH_FULL;
  ReleaseSysCache(tuple);
  return full;
}

bool has_match_full(Relation table) {
  ListCell* cell;
  foreach (cell, RelationGetFKeyList(table)) {
    const auto* const key = static_cast<const ForeignKeyCacheInfo*>(lfirst(cell));
    if (key->nkeys > 1 && is_match_full(key->conoid)) return true;
  }
  return false;
}

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

}  // namespace product_upsert
