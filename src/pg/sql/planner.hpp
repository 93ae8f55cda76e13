#pragma once

#include "pg/boundary/compat.hpp"

namespace product_upsert {

// While it lives, the planner plans for tables of millions of rows by their indexes alone: no
// sequential or bitmap scan, no hash or merge join, no statistics, no JIT. Plans are kept for the
// session while a table grows from nothing to millions; one that suits an empty table is ruinous
// later. Only planning happens while it lives, never execution; and what is planned meanwhile for
// somebody else, since a function of theirs is worked out, is planned as ever. Tables that are not
// ours, which a policy or a view may bring in, keep their sizes.
// Nor a TID scan: until the minor releases of late 2025 (TidRecheck) it did not hold its condition
// against the new version of a row that had moved meanwhile, which our updates rely on.
class IndexPlanning {
 public:
  enum class Sizes : bool { as_they_are, large };
  // No index either: the table is read from end to end.
  enum class By : bool { index, scan };
  explicit IndexPlanning(Sizes sizes, By by = By::index);
  IndexPlanning(const IndexPlanning&) = delete;
  IndexPlanning& operator=(const IndexPlanning&) = delete;
  ~IndexPlanning();

  struct Settings {
    bool seqscan, bitmapscan, hashjoin, mergejoin, material, memoize, nestloop, indexscan, tidscan,
        jit;
  };

  // What the planner's hooks go by.
  struct State {
    const Settings* callers;  // while a plan of ours is made, else null
    bool is_large;
    bool is_under_way;  // the planner has begun: what begins now is somebody else's
  };

 private:
  Settings saved_;
  State outer_;
};

// plan_cache_mode while it lives.
class PlanCacheMode {
 public:
  explicit PlanCacheMode(int mode);
  PlanCacheMode(const PlanCacheMode&) = delete;
  PlanCacheMode& operator=(const PlanCacheMode&) = delete;
  ~PlanCacheMode();

 private:
  int saved_;
};

}  // namespace product_upsert
