#include "pg/store/id_sequence.hpp"

#include <cstddef>
#include <cstdint>

#include "pg/sql/relation_changes.hpp"

namespace product_upsert {

Oid id_sequence(Oid table) {
  struct Known {
    Oid table;
    std::uint64_t as_of;
    Oid sequence;
  };
  constexpr std::size_t kSlots = 16;
  static Known all_known[kSlots];
  // Read first, so that a change during the lookup is noticed the next time.
  const std::uint64_t as_of = relation_changes();
  Known& known = all_known[table % kSlots];
  if (known.table != table || known.as_of != as_of)
    known = {table, as_of, compat::identity_sequence(table, get_attnum(table, "id"))};
  return known.sequence;
}

}  // namespace product_upsert
