#pragma once

// Faults on purpose, for the tests: the n-th allocation, or the n-th call of PostgreSQL, fails.
// Only in builds with PRODUCT_UPSERT_FAULTS (the unit tests, and the extension that `scripts/test
// server_sanitize` builds); in a release there is nothing of it.
#ifdef PRODUCT_UPSERT_FAULTS

#include <cstdint>

namespace product_upsert::faults {

// Where a fault may come. Kinds are added up to a mask.
enum Kind : unsigned {
  allocation = 1,   // operator new, or a chunk of an Arena: std::bad_alloc
  before_call = 2,  // PostgreSQL raises an error in place of the call
  after_call = 4,   // … once the call has done its work
};

struct Plan {
  unsigned kinds = 0;       // that count, and fail; 0: nothing is armed
  std::uint64_t first = 0;  // which one fails, from 1
  std::uint64_t times = 1;  // how many fail from there on
  std::uint64_t seen = 0;
  std::uint64_t failed = 0;
};

// Of the process: a backend, or a test's.
extern constinit Plan plan;

// Nothing fails while one is there.
class Pause {
 public:
  Pause() { plan.kinds = 0; }
  Pause(const Pause&) = delete;
  Pause& operator=(const Pause&) = delete;
  ~Pause() { plan.kinds = kinds_; }

 private:
  unsigned kinds_ = plan.kinds;
};

// Counts, and says whether this one is to fail.
bool due(Kind kind);

// Fails an allocation whose turn it is.
void allocate();

}  // namespace product_upsert::faults

#endif
