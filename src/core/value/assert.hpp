#pragma once

// What must hold at a place whatever documents, options and tables say: if it does not, this code
// is at fault. Only builds with PRODUCT_UPSERT_ASSERTIONS check it (the unit tests, and the
// extension that `make ASSERTIONS=1` and `scripts/test server_sanitize` build); they stop the
// process. In a release the condition is not even evaluated. src/pg uses PostgreSQL's Assert in the
// same way.
#ifdef PRODUCT_UPSERT_ASSERTIONS

namespace product_upsert {

[[noreturn]] void assertion_failed(const char* condition, const char* file, int line);

}  // namespace product_upsert

#define PRODUCT_UPSERT_ASSERT(...)      \
  ((__VA_ARGS__) ? static_cast<void>(0) \
                 : product_upsert::assertion_failed(#__VA_ARGS__, __FILE__, __LINE__))

#else

#define PRODUCT_UPSERT_ASSERT(...) static_cast<void>(sizeof(!(__VA_ARGS__)))

#endif
