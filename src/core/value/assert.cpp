#include "core/value/assert.hpp"

#ifdef PRODUCT_UPSERT_ASSERTIONS

#include <cstdio>
#include <cstdlib>

namespace product_upsert {

// Out of line, since PostgreSQL's headers make a macro of fprintf.
void assertion_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: assertion failed: %s\n", file, line, condition);
  std::abort();
}

}  // namespace product_upsert

#endif
