#include "pg/sql/planner.hpp"

#include <algorithm>
#include <cstring>

namespace product_upsert {

namespace {

IndexPlanning::Settings current() {
  return {enable_seqscan, enable_bitmapscan, enable_hashjoin,  enable_mergejoin, enable_material,
          enable_memoize, enable_nestloop,   enable_indexscan, enable_tidscan,   jit_enabled};
}

void set(const IndexPlanning::Settings& to) {
  enable_seqscan = to.seqscan;
  enable_bitmapscan = to.bitmapscan;
  enable_hashjoin = to.hashjoin;
  enable_mergejoin = to.mergejoin;
  enable_material = to.material;
  enable_memoize = to.memoize;
  enable_nestloop = to.nestloop;
  enable_indexscan = to.indexscan;
  enable_tidscan = to.tidscan;
  jit_enabled = to.jit;
}

// The size that the planner assumes for our tables, unless they are larger.
constexpr BlockNumber kPages = 1000000;
constexpr double kRows = 5e7;

IndexPlanning::State now{};

// The table that the statement names; `rel` may be a partition or a child of it.
Oid named_table(PlannerInfo* root, const RelOptInfo* rel, Oid table) {
  if (root->append_rel_array == nullptr) return table;
  Index at = rel->relid;
  while (at < static_cast<Index>(root->simple_rel_array_size) &&
         root->append_rel_array[at] != nullptr)
    at = root->append_rel_array[at]->parent_relid;
  const RangeTblEntry* const entry = root->simple_rte_array[at];
  return entry != nullptr && entry->rtekind == RTE_RELATION ? entry->relid : table;
}

// Decides by its name and by the tables in the same schema.
bool is_ours(Oid table) {
  const char* const name = get_rel_name(table);
  return name != nullptr &&
         (strcmp(name, "product") == 0 || strncmp(name, "product_", strlen("product_")) == 0) &&
         OidIsValid(get_relname_relid("product_identity", get_rel_namespace(table)));
}

extern "C" {

void enlarge(PlannerInfo* root, RelOptInfo* rel, Oid table) {
  if (now.callers == nullptr || !now.is_large || !is_ours(named_table(root, rel, table))) return;
  rel->pages = std::max(rel->pages, kPages);
  rel->tuples = std::max(rel->tuples, kRows);
  ListCell* cell;
  foreach (cell, rel->indexlist) {
    auto* const index = static_cast<IndexOptInfo*>(lfirst(cell));
    index->pages = std::max(index->pages, kPages / 8);
    // A partial index is planned as if it covered the whole table: a query that contains its
    // predicate wants it.
    index->tuples = std::max(index->tuples, kRows);
    if (index->tree_height >= 0) index->tree_height = std::max(index->tree_height, 3);
  }
}

compat::SizeHook previous_size = nullptr;
void plan_size(SIZE_HOOK_PARAMETERS) {
  if (previous_size != nullptr) previous_size(SIZE_HOOK_ARGUMENTS);
  const Oid planned = SIZE_HOOK_TABLE;
  if (OidIsValid(planned)) enlarge(root, rel, planned);
}

get_relation_stats_hook_type previous_statistics = nullptr;
bool no_statistics(PlannerInfo* root, RangeTblEntry* rte, AttrNumber column,
                   VariableStatData* data) {
  if (now.callers == nullptr || rte->rtekind != RTE_RELATION || !is_ours(rte->relid))
    return previous_statistics != nullptr && previous_statistics(root, rte, column, data);
  data->statsTuple = nullptr;
  return true;
}

planner_hook_type previous_planner = nullptr;
PlannedStmt* next_planner(Query* query, const char* text, int options,
                          ParamListInfo parameters PLANNER_EXTRA_PARAMETER) {
  return previous_planner != nullptr
             ? previous_planner(query, text, options, parameters PLANNER_EXTRA)
             : standard_planner(query, text, options, parameters PLANNER_EXTRA);
}

// The first statement planned is ours; one that begins before the first has ended is not.
PlannedStmt* plan(Query* query, const char* text, int options,
                  ParamListInfo parameters PLANNER_EXTRA_PARAMETER) {
  const IndexPlanning::State outer = now;
  const IndexPlanning::Settings ours = current();
  const volatile bool is_nested = outer.callers != nullptr && outer.is_under_way;
  PlannedStmt* volatile planned = nullptr;
  if (is_nested) {
    set(*outer.callers);
    now.callers = nullptr;
  }
  now.is_under_way = true;
  PG_TRY();
  { planned = next_planner(query, text, options, parameters PLANNER_EXTRA); }
  PG_CATCH();
  {
    now = outer;
    if (is_nested) set(ours);
    PG_RE_THROW();
  }
  PG_END_TRY();
  now = outer;
  if (is_nested) set(ours);
  return planned;
}

}  // extern "C"

// The hooks stay installed, and do nothing unless one of our plans is made.
void install_hooks() {
  static bool installed = false;
  if (installed) return;
  installed = true;
  previous_size = compat::size_hook();
  compat::size_hook() = plan_size;
  previous_statistics = get_relation_stats_hook;
  get_relation_stats_hook = no_statistics;
  previous_planner = planner_hook;
  planner_hook = plan;
}

}  // namespace

IndexPlanning::IndexPlanning(Sizes sizes, By by) : saved_(current()), outer_(now) {
  install_hooks();
  set({.seqscan = by == By::scan,
       .bitmapscan = false,  // one row for each probe of a unique index
       .hashjoin = false,
       .mergejoin = false,
       .material = false,
       .memoize = false,
       .nestloop = true,
       .indexscan = by == By::index,
       .tidscan = false,
       .jit = false});
  now = {&saved_, sizes == Sizes::large, false};
}

IndexPlanning::~IndexPlanning() {
  now = outer_;
  set(saved_);
}

PlanCacheMode::PlanCacheMode(int mode) : saved_(plan_cache_mode) { plan_cache_mode = mode; }

PlanCacheMode::~PlanCacheMode() { plan_cache_mode = saved_; }

}  // namespace product_upsert
