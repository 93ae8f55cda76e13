#pragma once

#include "pg/boundary/compat.hpp"

namespace product_upsert {

// While this object lives, the planner plans for tables of millions of rows and uses their indexes
// alone: no sequential or bitmap scan, no hash or merge join, no statistics, no JIT. Plans are kept
// for the session while a table may grow from nothing to millions of rows, and a plan that suits an
// empty table is ruinous later. Use it for planning only, not for execution. Statements of other
// functions that the planner evaluates meanwhile are planned as usual, and so are tables that are
// not ours, which a policy or a view may add.
// TID scans are off too: until the minor releases of late 2025 (TidRecheck) they did not check
// their condition again on the new version of a row that had moved, and our updates rely on that.
class IndexPlanning {
 public:
  enum class Sizes : bool { as_they_are, large };
  // scan: without an index as well, so that the table is read from end to end.
  enum class By : bool { index, scan };
  explicit IndexPlanning(Sizes sizes, By by = By::index);
  IndexPlanning(const IndexPlanning&) = delete;
  IndexPlanning& operator=(const IndexPlanning&) = delete;
  ~IndexPlanning();

  struct Settings {
    bool seqscan, bitmapscan, hashjoin, mergejoin, material, memoize, nestloop, indexscan, tidscan,
        jit;
  };

  // What the planner's hooks decide by.
  struct State {
    const Settings* callers;  // non-null while one of our plans is made
    bool is_large;
    bool is_under_way;  // the planner runs: what it starts now is not ours
  };

 private:
  Settings saved_;
  State outer_;
};

// Sets plan_cache_mode as long as it lives.
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
