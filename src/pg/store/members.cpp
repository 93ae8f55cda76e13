#include "pg/store/members.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "pg/boundary/boundary.hpp"
#include "pg/direct/citus.hpp"

extern "C" {
#include "catalog/pg_am_d.h"
#include "catalog/pg_authid.h"
#include "catalog/pg_class.h"
#include "rewrite/rowsecurity.h"
#include "utils/acl.h"
#include "utils/fmgroids.h"
#include "utils/rls.h"
#include "utils/snapmgr.h"
}

namespace product_upsert {

namespace {

enum Place : std::uint8_t { organization, member, permissions, columns };

// Of what sql/tables makes, in its order.
bool has_our_columns(TupleDesc described) {
  constexpr const char* kNames[] = {"organization_id", "member", "permissions"};
  constexpr Oid kTypes[] = {INT8OID, NAMEOID, TEXTARRAYOID};
  if (described->natts < columns) return false;
  for (int i = 0; i < columns; ++i) {
    const Form_pg_attribute column = TupleDescAttr(described, i);
    if (column->attisdropped || column->atttypid != kTypes[i] ||
        std::strcmp(NameStr(column->attname), kNames[i]) != 0)
      return false;
  }
  return true;
}

const Node* without_relabel(const Node* node) {
  while (IsA(node, RelabelType))
    node = reinterpret_cast<const Node*>(reinterpret_cast<const RelabelType*>(node)->arg);
  return node;
}

// The arguments of a call of the function; null where the expression is another.
List* arguments_of(const Node* node, Oid function) {
  node = without_relabel(node);
  if (!IsA(node, FuncExpr)) return NIL;
  const auto* const call = reinterpret_cast<const FuncExpr*>(node);
  return call->funcid == function ? call->args : NIL;
}

const Node* first_argument(const Node* node, Oid function) {
  List* const arguments = node == nullptr ? NIL : arguments_of(node, function);
  return arguments == NIL ? nullptr : static_cast<const Node*>(linitial(arguments));
}

// pg_has_role(to_regrole(quote_ident(member)), 'USAGE')
bool is_our_condition(const Expr* condition) {
  if (condition == nullptr) return false;
  List* const arguments =
      arguments_of(reinterpret_cast<const Node*>(condition), F_PG_HAS_ROLE_OID_TEXT);
  if (list_length(arguments) != 2) return false;
  const auto* const role = static_cast<const Node*>(linitial(arguments));
  const Node* const name = first_argument(
      first_argument(first_argument(role, F_TO_REGROLE), F_QUOTE_IDENT), F_TEXT_NAME);
  if (name == nullptr || !IsA(name, Var) ||
      reinterpret_cast<const Var*>(name)->varattno != member + 1 || !IsA(lsecond(arguments), Const))
    return false;
  const auto* const privilege = reinterpret_cast<const Const*>(lsecond(arguments));
  return !privilege->constisnull &&
         std::strcmp(text_to_cstring(DatumGetTextPP(privilege->constvalue)), "USAGE") == 0;
}

// Whether the one policy of SELECT is ours.
bool is_our_policy(Relation table) {
  if (!row_security || row_security_policy_hook_permissive != nullptr ||
      row_security_policy_hook_restrictive != nullptr || table->rd_rsdesc == nullptr)
    return false;
  int found = 0;
  ListCell* cell;
  foreach (cell, table->rd_rsdesc->policies) {
    const auto* const policy = static_cast<const RowSecurityPolicy*>(lfirst(cell));
    if (policy->polcmd != ACL_SELECT_CHR && policy->polcmd != '*') continue;
    const Oid role = *reinterpret_cast<const Oid*>(ARR_DATA_PTR(policy->roles));
    if (!policy->permissive || role != ACL_ID_PUBLIC || !is_our_condition(policy->qual))
      return false;
    ++found;
  }
  return found == 1;
}

bool is_read_as_by_sql(Relation table) {
  const Form_pg_class form = table->rd_rel;
  return form->relkind == RELKIND_RELATION && form->relam == HEAP_TABLE_AM_OID &&
         !form->relhassubclass && !form->relispartition && ExecutorCheckPerms_hook == nullptr &&
         has_our_columns(RelationGetDescr(table)) &&
         pg_class_aclcheck(RelationGetRelid(table), GetUserId(), ACL_SELECT) == ACLCHECK_OK;
}

// Null: any.
bool has_permission(Datum all, const text* wanted) {
  if (wanted == nullptr) return true;
  Datum* items;
  bool* nulls;
  int count;
  deconstruct_array(DatumGetArrayTypeP(all), TEXTOID, -1, false, TYPALIGN_INT, &items, &nulls,
                    &count);
  for (int i = 0; i < count; ++i) {
    if (nulls[i]) continue;
    const text* const item = DatumGetTextPP(items[i]);
    if (VARSIZE_ANY_EXHDR(item) == VARSIZE_ANY_EXHDR(wanted) &&
        std::memcmp(VARDATA_ANY(item), VARDATA_ANY(wanted), VARSIZE_ANY_EXHDR(item)) == 0)
      return true;
  }
  return false;
}

// A role that was dropped has no members.
bool is_of(Datum name) {
  const Oid role = get_role_oid(NameStr(*DatumGetName(name)), true);
  return OidIsValid(role) && has_privs_of_role(GetUserId(), role);
}

Datum make_array(Datum* ids, int count) {
  std::sort(ids, ids + count, [](Datum a, Datum b) { return DatumGetInt64(a) < DatumGetInt64(b); });
  count = static_cast<int>(std::unique(ids, ids + count) - ids);
  return PointerGetDatum(construct_array(ids, count, INT8OID, sizeof(std::int64_t),
                                         sizeof(Datum) >= sizeof(std::int64_t), TYPALIGN_DOUBLE));
}

Datum read_members(Relation table, bool of_mine, const text* permission) {
  TupleTableSlot* const slot = table_slot_create(table, nullptr);
  TableScanDesc const scan = compat::begin_scan(table);
  int room = 16;
  int count = 0;
  auto* ids = static_cast<Datum*>(palloc(sizeof(Datum) * room));
  while (table_scan_getnextslot(scan, ForwardScanDirection, slot)) {
    slot_getsomeattrs(slot, columns);
    if (!has_permission(slot->tts_values[permissions], permission)) continue;
    if (of_mine && !is_of(slot->tts_values[member])) continue;
    if (count == room) ids = static_cast<Datum*>(repalloc(ids, sizeof(Datum) * (room *= 2)));
    ids[count++] = slot->tts_values[organization];
  }
  table_endscan(scan);
  ExecDropSingleTupleTableSlot(slot);
  return make_array(ids, count);
}

// Whatever else is asked of it.
Datum read_by_sql(Oid table, text* permission) {
  const char* const name =
      quote_qualified_identifier(get_namespace_name(get_rel_namespace(table)), get_rel_name(table));
  const char* const sql = psprintf(
      "SELECT ARRAY(SELECT DISTINCT m.organization_id FROM %s m WHERE $1 IS NULL OR $1 "
      "OPERATOR(pg_catalog.=) ANY (m.permissions) ORDER BY 1)",
      name);
  const MemoryContext caller = CurrentMemoryContext;
  if (SPI_connect() != SPI_OK_CONNECT) elog(ERROR, "SPI_connect failed");
  Oid type = TEXTOID;
  Datum value = PointerGetDatum(permission);
  const char null = permission == nullptr ? 'n' : ' ';
  if (SPI_execute_with_args(sql, 1, &type, &value, &null, true, 1) != SPI_OK_SELECT)
    elog(ERROR, "product_member was not read");
  bool is_null;
  const Datum read = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &is_null);
  const MemoryContext inside = MemoryContextSwitchTo(caller);
  const Datum organizations = PointerGetDatum(DatumGetArrayTypePCopy(read));
  MemoryContextSwitchTo(inside);
  SPI_finish();
  return organizations;
}

Datum read_organizations(Oid id, text* permission) {
  const Relation table = table_open(id, AccessShareLock);
  const bool secured = check_enable_rls(id, InvalidOid, true) == RLS_ENABLED;
  const bool directly = is_read_as_by_sql(table) && (!secured || is_our_policy(table));
  // Policies ask in the middle of a statement that Citus runs on a shard, where it takes no other.
  const Oid copy = directly && is_distributed(id) ? whole_copy(id) : id;
  Datum organizations;
  if (!directly || !OidIsValid(copy)) {
    organizations = read_by_sql(id, permission);
  } else if (copy == id) {
    organizations = read_members(table, secured, permission);
  } else {
    const Relation rows = table_open(copy, AccessShareLock);
    organizations = read_members(rows, secured, permission);
    table_close(rows, NoLock);
  }
  table_close(table, NoLock);
  return organizations;
}

}  // namespace

Datum member_organizations(Oid space, const NullableDatum& permission) {
  bool is_there = true;
  const Datum organizations = Call([space, permission, is_there = &is_there] {
    const Oid id = get_relname_relid("product_member", space);
    *is_there = OidIsValid(id);
    if (!*is_there) return Datum{0};
    return read_organizations(id, permission.isnull ? nullptr : DatumGetTextPP(permission.value));
  });
  if (is_there) return organizations;
  const std::string schema = Call([space] { return get_namespace_name(space); });
  throw Refusal(Refused::no_table, "relation \"" + schema + ".product_member\" does not exist",
                "SELECT product_tables_create();");
}

}  // namespace product_upsert
