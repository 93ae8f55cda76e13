#include "pg/sql/relation_changes.hpp"

#include "pg/boundary/boundary.hpp"

extern "C" {
#include "utils/inval.h"
}

namespace product_upsert {

namespace {

std::uint64_t changes = 1;

extern "C" void note_change(Datum, Oid) { ++changes; }

}  // namespace

std::uint64_t relation_changes() {
  static bool watching = false;
  if (!watching) {
    Call([] { CacheRegisterRelcacheCallback(note_change, Datum{0}); });
    watching = true;
  }
  return changes;
}

void note_relation_change() { ++changes; }

}  // namespace product_upsert
