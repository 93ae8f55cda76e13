#include "pg/store/deferrable_keys.hpp"

#include "pg/boundary/boundary.hpp"

extern "C" {
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/pg_index.h"
#include "utils/rel.h"
#include "utils/relcache.h"
#include "utils/syscache.h"
}

namespace product_upsert {

bool has_deferrable_keys(Oid table) {
  return Call([table] {
    const Relation relation = table_open(table, AccessShareLock);
    const List* const indexes = RelationGetIndexList(relation);
    bool found = false;
    for (int i = 0; i < list_length(indexes) && !found; ++i) {
      const HeapTuple tuple =
          SearchSysCache1(INDEXRELID, ObjectIdGetDatum(list_nth_oid(indexes, i)));
      if (!HeapTupleIsValid(tuple)) continue;
      found = !reinterpret_cast<Form_pg_index>(GETSTRUCT(tuple))->indimmediate;
      ReleaseSysCache(tuple);
    }
    table_close(relation, NoLock);
    return found;
  });
}

}  // namespace product_upsert
