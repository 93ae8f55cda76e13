#include "pg/direct/policies.hpp"

#include "pg/direct/memberships.hpp"

#include <cstdint>
#include <cstring>

extern "C" {
#include "catalog/pg_authid.h"
#include "nodes/primnodes.h"
#include "rewrite/rowsecurity.h"
#include "utils/acl.h"
#include "utils/fmgroids.h"
#include "utils/rls.h"
}

namespace product_upsert {

namespace {

// The other argument of an operator with a constant zero: "organization_id + 0".
const Node* without_zero(const Node* node) {
  if (!IsA(node, OpExpr)) return node;
  const auto* const sum = reinterpret_cast<const OpExpr*>(node);
  if (get_opcode(sum->opno) != F_INT84PL) return nullptr;
  const auto* const zero = static_cast<const Node*>(lsecond(sum->args));
  if (!IsA(zero, Const)) return nullptr;
  const auto* const constant = reinterpret_cast<const Const*>(zero);
  if (constant->constisnull || DatumGetInt32(constant->constvalue) != 0) return nullptr;
  return static_cast<const Node*>(linitial(sum->args));
}

// Whether the node is product_member_organizations of the table's schema, called with a constant,
// or several such lists concatenated.
bool are_organizations(const Node* node, Oid schema) {
  if (IsA(node, OpExpr)) {
    const auto* const both = reinterpret_cast<const OpExpr*>(node);
    return get_opcode(both->opno) == F_ARRAY_CAT &&
           are_organizations(static_cast<const Node*>(linitial(both->args)), schema) &&
           are_organizations(static_cast<const Node*>(lsecond(both->args)), schema);
  }
  if (!IsA(node, FuncExpr)) return false;
  const auto* const call = reinterpret_cast<const FuncExpr*>(node);
  if (list_length(call->args) != 1 || !IsA(linitial(call->args), Const)) return false;
  const char* const name = get_func_name(call->funcid);
  return name != nullptr && std::strcmp(name, "product_member_organizations") == 0 &&
         get_func_namespace(call->funcid) == schema && call->funcresulttype == INT8ARRAYOID &&
         !call->funcretset;
}

// The expression of "(SELECT expression)"; null if the query does more. In a table that Citus has
// distributed, there is only the expression.
Expr* selected(Node* node) {
  if (!IsA(node, SubLink)) return reinterpret_cast<Expr*>(node);
  const auto* const link = reinterpret_cast<const SubLink*>(node);
  if (link->subLinkType != EXPR_SUBLINK || !IsA(link->subselect, Query)) return nullptr;
  const auto* const query = reinterpret_cast<const Query*>(link->subselect);
  if (query->commandType != CMD_SELECT || query->rtable != NIL ||
      query->jointree->fromlist != NIL || query->jointree->quals != nullptr ||
      query->hasTargetSRFs || query->hasAggs || query->groupClause != NIL ||
      query->groupingSets != NIL || query->havingQual != nullptr || query->limitCount != nullptr ||
      query->limitOffset != nullptr || list_length(query->targetList) != 1)
    return nullptr;
  return static_cast<TargetEntry*>(linitial(query->targetList))->expr;
}

// The expression that gives the organizations in "organization_id = ANY ((SELECT organizations))";
// null if the condition is different.
Expr* organizations_of(const Expr* condition, Relation table, AttrNumber organization) {
  if (condition == nullptr || !IsA(condition, ScalarArrayOpExpr)) return nullptr;
  const auto* const any = reinterpret_cast<const ScalarArrayOpExpr*>(condition);
  if (!any->useOr || get_opcode(any->opno) != F_INT8EQ) return nullptr;
  const Node* const left = without_zero(static_cast<const Node*>(linitial(any->args)));
  if (left == nullptr || !IsA(left, Var)) return nullptr;
  const auto* const column = reinterpret_cast<const Var*>(left);
  if (column->varlevelsup != 0 || column->varattno != organization) return nullptr;
  Expr* const expression = selected(static_cast<Node*>(lsecond(any->args)));
  if (expression == nullptr ||
      !are_organizations(reinterpret_cast<const Node*>(expression), RelationGetNamespace(table)))
    return nullptr;
  return expression;
}

bool is_for_everybody(const RowSecurityPolicy* policy) {
  return ARR_DIMS(policy->roles)[0] == 1 &&
         DatumGetObjectId(*reinterpret_cast<const Oid*>(ARR_DATA_PTR(policy->roles))) ==
             ACL_ID_PUBLIC;
}

// Collects the expressions of all policies of one command; false if one of the policies is not
// ours.
bool collect(Relation table, char command, AttrNumber organization, List** found) {
  ListCell* cell;
  foreach (cell, table->rd_rsdesc->policies) {
    const auto* const policy = static_cast<const RowSecurityPolicy*>(lfirst(cell));
    if (policy->polcmd != command && policy->polcmd != '*') continue;
    if (!policy->permissive || policy->polcmd == '*' || !is_for_everybody(policy)) return false;
    // A policy for UPDATE may have a different condition for the new row. Such a policy is not
    // ours.
    if (policy->qual != nullptr && policy->with_check_qual != nullptr) return false;
    const Expr* const condition =
        command == ACL_INSERT_CHR ? policy->with_check_qual : policy->qual;
    Expr* const expression = organizations_of(condition, table, organization);
    if (expression == nullptr) return false;
    // A copy, because a function in it might change the policies.
    *found = lappend(*found, copyObjectImpl(expression));
  }
  return true;
}

bool contains(Datum organizations, std::int64_t organization_id) {
  const ArrayType* const array = DatumGetArrayTypeP(organizations);
  const auto* const ids = reinterpret_cast<const std::int64_t*>(ARR_DATA_PTR(array));
  const int count = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
  // Null elements have no value to compare.
  if (ARR_HASNULL(array)) return false;
  for (int i = 0; i < count; ++i) {
    if (ids[i] == organization_id) return true;
  }
  return false;
}

// The same for lists that are_organizations() recognizes, by looking up that organization alone: a
// member of many organizations would have to list all of them for each statement.
bool lists(const Node* node, const Members& members, std::int64_t organization_id) {
  if (IsA(node, OpExpr)) {
    const auto* const both = reinterpret_cast<const OpExpr*>(node);
    return lists(static_cast<const Node*>(linitial(both->args)), members, organization_id) ||
           lists(static_cast<const Node*>(lsecond(both->args)), members, organization_id);
  }
  const auto* const call = reinterpret_cast<const FuncExpr*>(node);
  const auto* const permission = static_cast<const Const*>(linitial(call->args));
  return is_member(members,
                   permission->constisnull ? nullptr : DatumGetTextPP(permission->constvalue),
                   organization_id);
}

// Whether one of the expressions lists the organization.
bool any_lists(List* expressions, std::int64_t organization_id, ExprContext* context) {
  ListCell* cell;
  foreach (cell, expressions) {
    Expr* const planned = expression_planner(static_cast<Expr*>(lfirst(cell)));
    bool is_null;
    const Datum organizations =
        ExecEvalExprSwitchContext(ExecInitExpr(planned, nullptr), context, &is_null);
    if (!is_null && contains(organizations, organization_id)) return true;
  }
  return false;
}

// The same by reading product_member.
bool any_look(List* expressions, const Members& members, std::int64_t organization_id) {
  ListCell* cell;
  foreach (cell, expressions) {
    if (lists(static_cast<const Node*>(lfirst(cell)), members, organization_id)) return true;
  }
  return false;
}

}  // namespace

bool policies_let(Relation table, CmdType command, AttrNumber organization,
                  std::int64_t organization_id) {
  if (check_enable_rls(RelationGetRelid(table), InvalidOid, true) != RLS_ENABLED) return true;
  // row_security = off makes it an error, and extensions may add policies.
  if (!row_security || row_security_policy_hook_permissive != nullptr ||
      row_security_policy_hook_restrictive != nullptr || table->rd_rsdesc == nullptr)
    return false;
  List* writing = NIL;
  List* reading = NIL;
  const bool writes = command != CMD_SELECT;
  if (writes && !collect(table, command == CMD_INSERT ? ACL_INSERT_CHR : ACL_UPDATE_CHR,
                         organization, &writing))
    return false;
  if (!collect(table, ACL_SELECT_CHR, organization, &reading)) return false;
  const Oid id = get_relname_relid("product_member", RelationGetNamespace(table));
  Members members;
  if (OidIsValid(id) && open_members(id, &members)) {
    const bool may = (!writes || any_look(writing, members, organization_id)) &&
                     any_look(reading, members, organization_id);
    close_members(members);
    return may;
  }
  ExprContext* const context = CreateStandaloneExprContext();
  const bool may = (!writes || any_lists(writing, organization_id, context)) &&
                   any_lists(reading, organization_id, context);
  FreeExprContext(context, true);
  return may;
}

}  // namespace product_upsert
