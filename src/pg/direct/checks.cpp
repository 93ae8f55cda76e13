#include "pg/direct/checks.hpp"

#include <cstdint>

#include "pg/direct/plain_table.hpp"
#include "pg/sql/relation_changes.hpp"

extern "C" {
#include "utils/relcache.h"
}

namespace product_upsert {

namespace {

// What a session knows of one table's constraints. PostgreSQL's frames fill it, so it is plain
// data.
struct Checks {
  Checks* next;
  Oid table;
  std::uint64_t as_of;   // relation_changes() when it was read; 0: not read
  bool asks_more;        // see asks_more_than_rows()
  std::size_t count;     // number of constraints
  MemoryContext memory;  // owns what follows
  Expr** conditions;
  Bitmapset** columns;  // columns that each condition uses; null if it must always be checked
};

Checks* known = nullptr;

Checks* find(Oid table) {
  for (Checks* checks = known; checks != nullptr; checks = checks->next) {
    if (checks->table == table) return checks;
  }
  auto* const checks =
      static_cast<Checks*>(MemoryContextAllocZero(CacheMemoryContext, sizeof(Checks)));
  checks->table = table;
  checks->memory = AllocSetContextCreate(CacheMemoryContext, "product_upsert CHECK constraints",
                                         ALLOCSET_SMALL_SIZES);
  checks->next = known;
  known = checks;
  return checks;
}

// Null: an existing row may not satisfy the constraint.
Bitmapset* columns_of(const ConstrCheck& check, Expr* condition) {
  if (!check.ccvalid) return nullptr;
  Bitmapset* columns = nullptr;
  pull_varattnos(reinterpret_cast<Node*>(condition), 1, &columns);
  // The condition uses the whole row.
  if (bms_is_member(-FirstLowInvalidHeapAttributeNumber, columns)) return nullptr;
  return columns;
}

bool index_runs_code(Relation index) {
  return runs_code(reinterpret_cast<Node*>(RelationGetIndexExpressions(index))) ||
         runs_code(reinterpret_cast<Node*>(RelationGetIndexPredicate(index)));
}

void read(Checks* checks, const ResultRelInfo* table) {
  checks->as_of = 0;
  checks->count = 0;
  MemoryContextReset(checks->memory);
  checks->asks_more = has_match_full(table->ri_RelationDesc);
  for (int i = 0; i < table->ri_NumIndices; ++i)
    checks->asks_more = checks->asks_more || index_runs_code(table->ri_IndexRelationDescs[i]);
  const TupleConstr* const constraints = RelationGetDescr(table->ri_RelationDesc)->constr;
  if (constraints == nullptr) return;
  const MemoryContext caller = MemoryContextSwitchTo(checks->memory);
  const std::size_t count = constraints->num_check;
  checks->conditions = static_cast<Expr**>(palloc(count * sizeof(Expr*)));
  checks->columns = static_cast<Bitmapset**>(palloc(count * sizeof(Bitmapset*)));
  for (std::size_t i = 0; i < count; ++i) {
    const ConstrCheck& check = constraints->check[i];
    checks->conditions[i] = static_cast<Expr*>(stringToNode(check.ccbin));
    checks->columns[i] = columns_of(check, checks->conditions[i]);
    checks->asks_more =
        checks->asks_more || runs_code(reinterpret_cast<Node*>(checks->conditions[i]));
  }
  checks->count = count;
  MemoryContextSwitchTo(caller);
}

const Checks* known_of(const ResultRelInfo* table) {
  Checks* const checks = find(RelationGetRelid(table->ri_RelationDesc));
  const std::uint64_t now = relation_changes();
  if (checks->as_of != now) {
    read(checks, table);
    checks->as_of = now;
  }
  return checks;
}

}  // namespace

bool asks_more_than_rows(const ResultRelInfo* table) { return known_of(table)->asks_more; }

ExprState** checks_on_update(const ResultRelInfo* table, const Bitmapset* columns, EState* estate) {
  const Checks* const checks = known_of(table);
  const std::size_t count = checks->count;
  if (count == 0) return nullptr;
  const TupleConstr* const constraints = RelationGetDescr(table->ri_RelationDesc)->constr;
  const MemoryContext caller = MemoryContextSwitchTo(estate->es_query_cxt);
  auto** const conditions = static_cast<Expr**>(palloc0(count * sizeof(Expr*)));
  auto** const states = static_cast<ExprState**>(palloc0(count * sizeof(ExprState*)));
  for (std::size_t i = 0; i < count; ++i) {
    if (!compat::is_enforced(constraints->check[i])) continue;
    if (checks->columns[i] == nullptr || bms_overlap(checks->columns[i], columns))
      conditions[i] = static_cast<Expr*>(copyObjectImpl(checks->conditions[i]));
  }
  // Copied first: preparing the constraints may lead back here, and everything is read anew.
  for (std::size_t i = 0; i < count; ++i) {
    if (conditions[i] != nullptr) states[i] = ExecPrepareExpr(conditions[i], estate);
  }
  MemoryContextSwitchTo(caller);
  return states;
}

}  // namespace product_upsert
