#include "pg/sql/planner.hpp"

#include <algorithm>

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

// The size every table is planned for, unless it is larger.
constexpr BlockNumber kPages = 1000000;
constexpr double kRows = 5e7;

extern "C" {

void enlarge(RelOptInfo* rel) {
  rel->pages = std::max(rel->pages, kPages);
  rel->tuples = std::max(rel->tuples, kRows);
  ListCell* cell;
  foreach (cell, rel->indexlist) {
    auto* const index = static_cast<IndexOptInfo*>(lfirst(cell));
    index->pages = std::max(index->pages, kPages / 8);
    // A partial index is taken to cover its table: whoever writes its predicate into a query wants
    // it used.
    index->tuples = std::max(index->tuples, kRows);
    if (index->tree_height >= 0) index->tree_height = std::max(index->tree_height, 3);
  }
}

// 19, 91f33a2ae92: get_relation_info_hook gave way to build_simple_rel_hook.
#if PG_VERSION_NUM >= 190000
build_simple_rel_hook_type previous_size = nullptr;
void plan_size(PlannerInfo* root, RelOptInfo* rel, RangeTblEntry* rte) {
  if (previous_size != nullptr) previous_size(root, rel, rte);
  if (rte->rtekind == RTE_RELATION) enlarge(rel);
}
#define SIZE_HOOK build_simple_rel_hook
#else
get_relation_info_hook_type previous_size = nullptr;
void plan_size(PlannerInfo* root, Oid table, bool is_parent, RelOptInfo* rel) {
  if (previous_size != nullptr) previous_size(root, table, is_parent, rel);
  enlarge(rel);
}
#define SIZE_HOOK get_relation_info_hook
#endif

get_relation_stats_hook_type previous_statistics = nullptr;
bool no_statistics(PlannerInfo*, RangeTblEntry*, AttrNumber, VariableStatData* data) {
  data->statsTuple = nullptr;
  return true;
}

}  // extern "C"

}  // namespace

IndexPlanning::IndexPlanning() : saved_(current()) {
  set({.seqscan = false,
       .bitmapscan = false,  // a probe of a unique index finds one row
       .hashjoin = false,
       .mergejoin = false,
       .material = false,
       .memoize = false,
       .nestloop = true,
       .indexscan = true,
       .tidscan = false,
       .jit = false});
  previous_size = SIZE_HOOK;
  SIZE_HOOK = plan_size;
  previous_statistics = get_relation_stats_hook;
  get_relation_stats_hook = no_statistics;
}

IndexPlanning::~IndexPlanning() {
  get_relation_stats_hook = previous_statistics;
  SIZE_HOOK = previous_size;
  set(saved_);
}

PlanCacheMode::PlanCacheMode(int mode) : saved_(plan_cache_mode) { plan_cache_mode = mode; }

PlanCacheMode::~PlanCacheMode() { plan_cache_mode = saved_; }

}  // namespace product_upsert
