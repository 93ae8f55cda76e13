#include "pg/direct/memberships.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "pg/direct/citus.hpp"

extern "C" {
#include "access/genam.h"
#include "access/stratnum.h"
#include "catalog/pg_am_d.h"
#include "catalog/pg_auth_members.h"
#include "catalog/pg_authid.h"
#include "catalog/pg_class.h"
#include "catalog/pg_collation_d.h"
#include "catalog/pg_index.h"
#include "rewrite/rowsecurity.h"
#include "utils/acl.h"
#include "utils/catcache.h"
#include "utils/fmgroids.h"
#include "utils/rls.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"
}

namespace product_upsert {

namespace {

enum Place : std::uint8_t { organization, member, permissions, columns };

// Whether the table has the columns that sql/tables creates, in the same order.
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

// The arguments of a call of the function; null if the expression is something else.
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

// Whether our policy is the only one for SELECT.
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

bool is_plain_table(Relation table) {
  const Form_pg_class form = table->rd_rel;
  return form->relkind == RELKIND_RELATION && form->relam == HEAP_TABLE_AM_OID &&
         !form->relhassubclass && !form->relispartition && ExecutorCheckPerms_hook == nullptr &&
         has_our_columns(RelationGetDescr(table)) &&
         pg_class_aclcheck(RelationGetRelid(table), GetUserId(), ACL_SELECT) == ACLCHECK_OK;
}

// `wanted` may be null: any permission.
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

// A dropped role has no members.
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

// The ids of organizations found so far.
class Organizations {
 public:
  explicit Organizations(const text* permission)
      : permission_(permission), ids_(static_cast<Datum*>(palloc(sizeof(Datum) * room_))) {}

  // Adds the organization of a row that is deformed.
  void add(const TupleTableSlot* row) {
    if (!has_permission(row->tts_values[permissions], permission_)) return;
    if (count_ == room_)
      ids_ = static_cast<Datum*>(repalloc(ids_, sizeof(Datum) * static_cast<Size>(room_ *= 2)));
    ids_[count_++] = row->tts_values[organization];
  }
  bool empty() const { return count_ == 0; }
  Datum take() { return make_array(ids_, count_); }

 private:
  const text* permission_;
  int room_ = 16;
  int count_ = 0;
  Datum* ids_;
};

// A b-tree over all rows that begins with the column; null if there is none.
Relation open_index(Relation table, Place column) {
  ListCell* cell;
  foreach (cell, RelationGetIndexList(table)) {
    const Relation index = index_open(lfirst_oid(cell), AccessShareLock);
    const Form_pg_index form = index->rd_index;
    if (index->rd_rel->relam == BTREE_AM_OID && form->indisvalid && form->indislive &&
        !form->indcheckxmin && form->indkey.values[0] == column + 1 &&
        index->rd_opcintype[0] == TupleDescAttr(RelationGetDescr(table), column)->atttypid &&
        RelationGetIndexPredicate(index) == NIL)
      return index;
    index_close(index, NoLock);
  }
  return nullptr;
}

template <typename F>
void each_row(Relation table, Relation index, ScanKeyData* key, TupleTableSlot* slot, F&& row) {
  const IndexScanDesc scan = compat::begin_index_scan(table, index, GetActiveSnapshot(), 1);
  index_rescan(scan, key, 1, nullptr, 0);
  while (index_getnext_slot(scan, ForwardScanDirection, slot)) {
    slot_getsomeattrs(slot, columns);
    row();
  }
  index_endscan(scan);
}

// The roles whose privileges the current role may have: itself and all that it is a member of,
// directly or not, whether it inherits from them or not.
List* roles_above_current() {
  List* roles = list_make1_oid(GetUserId());
  // Its only member, the owner of the database, is in no catalogue row.
  roles = lappend_oid(roles, ROLE_PG_DATABASE_OWNER);
  for (int i = 0; i < list_length(roles); ++i) {
    CatCList* const grants =
        SearchSysCacheList1(AUTHMEMMEMROLE, ObjectIdGetDatum(list_nth_oid(roles, i)));
    for (int g = 0; g < grants->n_members; ++g) {
      const auto* const grant =
          reinterpret_cast<Form_pg_auth_members>(GETSTRUCT(&grants->members[g]->tuple));
      roles = list_append_unique_oid(roles, grant->roleid);
    }
    ReleaseSysCacheList(grants);
  }
  return roles;
}

// Reads the rows of each of the caller's roles from the index.
void read_own(Relation table, Relation index, TupleTableSlot* slot, Organizations& found) {
  ListCell* cell;
  foreach (cell, roles_above_current()) {
    const Oid role = lfirst_oid(cell);
    if (!has_privs_of_role(GetUserId(), role)) continue;
    const char* const role_name = GetUserNameFromId(role, true);
    if (role_name == nullptr) continue;
    NameData wanted;
    namestrcpy(&wanted, role_name);
    ScanKeyData key;
    ScanKeyEntryInitialize(&key, 0, 1, BTEqualStrategyNumber, NAMEOID, C_COLLATION_OID, F_NAMEEQ,
                           NameGetDatum(&wanted));
    each_row(table, index, &key, slot, [&] { found.add(slot); });
  }
}

void read_all(Relation table, bool of_mine, TupleTableSlot* slot, Organizations& found) {
  TableScanDesc const scan = compat::begin_scan(table);
  while (table_scan_getnextslot(scan, ForwardScanDirection, slot)) {
    slot_getsomeattrs(slot, columns);
    if (!of_mine || is_of(slot->tts_values[member])) found.add(slot);
  }
  table_endscan(scan);
}

}  // namespace

bool open_members(Oid table, Members* members) {
  const Relation relation = table_open(table, AccessShareLock);
  const bool of_mine = check_enable_rls(table, InvalidOid, true) == RLS_ENABLED;
  Oid rows = InvalidOid;
  if (is_plain_table(relation) && (!of_mine || is_our_policy(relation)))
    rows = is_distributed(table) ? whole_copy(table) : table;
  if (!OidIsValid(rows)) {
    table_close(relation, NoLock);
    return false;
  }
  *members = {relation, rows == table ? relation : table_open(rows, AccessShareLock), of_mine};
  return true;
}

void close_members(const Members& members) {
  if (members.rows != members.table) table_close(members.rows, NoLock);
  table_close(members.table, NoLock);
}

Datum list_organizations(const Members& members, const text* permission) {
  Organizations found(permission);
  TupleTableSlot* const slot = table_slot_create(members.rows, nullptr);
  if (const Relation index = members.of_mine ? open_index(members.rows, member) : nullptr) {
    read_own(members.rows, index, slot, found);
    index_close(index, NoLock);
  } else {
    read_all(members.rows, members.of_mine, slot, found);
  }
  ExecDropSingleTupleTableSlot(slot);
  return found.take();
}

bool is_member(const Members& members, const text* permission, std::int64_t organization_id) {
  const Relation index = open_index(members.rows, organization);
  if (index == nullptr) {
    const ArrayType* const all = DatumGetArrayTypeP(list_organizations(members, permission));
    const auto* const ids = reinterpret_cast<const std::int64_t*>(ARR_DATA_PTR(all));
    return std::binary_search(ids, ids + ArrayGetNItems(ARR_NDIM(all), ARR_DIMS(all)),
                              organization_id);
  }
  Organizations found(permission);
  TupleTableSlot* const slot = table_slot_create(members.rows, nullptr);
  ScanKeyData key;
  ScanKeyEntryInitialize(&key, 0, 1, BTEqualStrategyNumber, INT8OID, InvalidOid, F_INT8EQ,
                         Int64GetDatum(organization_id));
  each_row(members.rows, index, &key, slot, [&] {
    if (found.empty() && (!members.of_mine || is_of(slot->tts_values[member]))) found.add(slot);
  });
  ExecDropSingleTupleTableSlot(slot);
  index_close(index, NoLock);
  return !found.empty();
}

}  // namespace product_upsert
