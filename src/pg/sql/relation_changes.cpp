#include "pg/sql/relation_changes.hpp"

#include "pg/boundary/boundary.hpp"

extern "C" {
#include "utils/inval.h"
#include "utils/syscache.h"
}

namespace product_upsert {

namespace {

std::uint64_t changes = 1;

extern "C" void note_change(Datum, Oid) { ++changes; }

// A template, since versions of PostgreSQL have different types for the number of a cache.
template <typename Cache>
void note_catalog_change(Datum, Cache, uint32) {
  ++changes;
}

// A column's definition is also that of its type: ALTER DOMAIN ... SET DEFAULT and ALTER TYPE ...
// RENAME change no relation. A condition's is also that of the functions that it calls.
void watch() {
  CacheRegisterRelcacheCallback(note_change, Datum{0});
  CacheRegisterSyscacheCallback(TYPEOID, note_catalog_change, Datum{0});
  CacheRegisterSyscacheCallback(PROCOID, note_catalog_change, Datum{0});
  CacheRegisterSyscacheCallback(NAMESPACEOID, note_catalog_change, Datum{0});
}

}  // namespace

std::uint64_t relation_changes() {
  static bool watching = false;
  if (!watching) {
    Call([] { watch(); });
    watching = true;
  }
  return changes;
}

void note_relation_change() { ++changes; }

}  // namespace product_upsert
