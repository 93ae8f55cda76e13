#include "pg/direct/checks.hpp"

#include <cstdint>

#include "pg/sql/relation_changes.hpp"

namespace product_upsert {

namespace {

// What a session has read of one table's constraints. Made by PostgreSQL's frames: plain data.
struct Checks {
  Checks* next;
  Oid table;
  std::uint64_t as_of;   // see relation_changes(); 0: not read
  MemoryContext memory;  // of what follows
  Expr** conditions;
  Bitmapset** columns;  // that the condition looks at; null where it may fail by itself
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

// Null: a row that is there need not hold the constraint, or the same values may hold it one day
// and not the next.
Bitmapset* columns_of(const ConstrCheck& check, Expr* condition) {
  auto* const node = reinterpret_cast<Node*>(condition);
  if (!check.ccvalid || contain_mutable_functions(node)) return nullptr;
  Bitmapset* columns = nullptr;
  pull_varattnos(node, 1, &columns);
  // The whole row.
  if (bms_is_member(-FirstLowInvalidHeapAttributeNumber, columns)) return nullptr;
  return columns;
}

void read(Checks* checks, const TupleConstr* constraints) {
  checks->as_of = 0;
  MemoryContextReset(checks->memory);
  const MemoryContext caller = MemoryContextSwitchTo(checks->memory);
  const std::size_t count = constraints->num_check;
  checks->conditions = static_cast<Expr**>(palloc(count * sizeof(Expr*)));
  checks->columns = static_cast<Bitmapset**>(palloc(count * sizeof(Bitmapset*)));
  for (std::size_t i = 0; i < count; ++i) {
    const ConstrCheck& check = constraints->check[i];
    checks->conditions[i] = static_cast<Expr*>(stringToNode(check.ccbin));
    checks->columns[i] = columns_of(check, checks->conditions[i]);
  }
  MemoryContextSwitchTo(caller);
}

}  // namespace

ExprState** checks_on_update(Relation table, const Bitmapset* columns, EState* estate) {
  const TupleConstr* const constraints = RelationGetDescr(table)->constr;
  if (constraints == nullptr || constraints->num_check == 0) return nullptr;
  Checks* const checks = find(RelationGetRelid(table));
  const std::uint64_t now = relation_changes();
  if (checks->as_of != now) {
    read(checks, constraints);
    checks->as_of = now;
  }
  const std::size_t count = constraints->num_check;
  const MemoryContext caller = MemoryContextSwitchTo(estate->es_query_cxt);
  auto** const conditions = static_cast<Expr**>(palloc0(count * sizeof(Expr*)));
  auto** const states = static_cast<ExprState**>(palloc0(count * sizeof(ExprState*)));
  for (std::size_t i = 0; i < count; ++i) {
    if (!compat::is_enforced(constraints->check[i])) continue;
    if (checks->columns[i] == nullptr || bms_overlap(checks->columns[i], columns))
      conditions[i] = static_cast<Expr*>(copyObjectImpl(checks->conditions[i]));
  }
  // Copied first: a function whose value is worked out here may bring us back, to read all anew.
  for (std::size_t i = 0; i < count; ++i) {
    if (conditions[i] != nullptr) states[i] = ExecPrepareExpr(conditions[i], estate);
  }
  MemoryContextSwitchTo(caller);
  return states;
}

}  // namespace product_upsert
