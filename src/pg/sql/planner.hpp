#pragma once

#include "pg/boundary/compat.hpp"

namespace product_upsert {

// While it lives, the planner plans for tables of millions of rows by their indexes alone: no
// sequential or bitmap scan, no hash or merge join, no statistics, no JIT. Plans are kept for the
// session while a table grows from nothing to millions; one that suits an empty table is ruinous
// later. Only planning happens while it lives, never execution, so that no one else's plan is made
// so.
// Nor a TID scan: until the minor releases of late 2025 (TidRecheck) it did not hold its condition
// against the new version of a row that had moved meanwhile, which our updates rely on.
class IndexPlanning {
 public:
  IndexPlanning();
  IndexPlanning(const IndexPlanning&) = delete;
  IndexPlanning& operator=(const IndexPlanning&) = delete;
  ~IndexPlanning();

  struct Settings {
    bool seqscan, bitmapscan, hashjoin, mergejoin, material, memoize, nestloop, indexscan, tidscan,
        jit;
  };

 private:
  Settings saved_;
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
