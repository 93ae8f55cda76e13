#include "pg/store/rows_name.hpp"

#include <cstring>

#include "pg/boundary/boundary.hpp"
#include "pg/direct/partition.hpp"

extern "C" {
#include "catalog/pg_class.h"
#include "utils/acl.h"
#include "utils/rls.h"
}

namespace product_upsert {

namespace {

// The partitions that the session has read last. A plan is kept for each name: who goes from
// organization to organization is better off with the table's.
struct Latest {
  Oid table, partition;
};
constexpr int kTables = 8;
Latest all_latest[kTables];

bool is_latest(Oid table, Oid partition) {
  Latest* place = all_latest;
  for (Latest& latest : all_latest) {
    if (latest.table == table) place = &latest;
  }
  if (place->table != table) {
    for (Latest& latest : all_latest) {
      if (!OidIsValid(latest.table)) place = &latest;
    }
  }
  const bool same = place->table == table && place->partition == partition;
  *place = {table, partition};
  return same;
}

bool is_shown_whole(Oid table) {
  return pg_class_aclcheck(table, GetUserId(), ACL_SELECT) == ACLCHECK_OK &&
         check_enable_rls(table, InvalidOid, true) != RLS_ENABLED;
}

// The lock stays: nobody detaches the partition before the transaction ends.
Oid readable_partition(Oid table, std::int64_t organization_id) {
  const Relation relation = relation_open(table, AccessShareLock);
  const Oid partition = partition_of(relation, organization_id);
  relation_close(relation, NoLock);
  if (!OidIsValid(partition) || !is_latest(table, partition) || !is_shown_whole(table) ||
      !is_shown_whole(partition))
    return InvalidOid;
  // The planner knows our tables by their names (pg/sql/planner.hpp).
  const char* const name = get_rel_name(partition);
  return name != nullptr && std::strncmp(name, "product_", std::strlen("product_")) == 0
             ? partition
             : InvalidOid;
}

}  // namespace

std::string rows_name(const std::string& name, Oid table, std::int64_t organization_id) {
  const char* const partition = Call([table, organization_id]() -> const char* {
    if (get_rel_relkind(table) != RELKIND_PARTITIONED_TABLE) return nullptr;
    const Oid id = readable_partition(table, organization_id);
    if (!OidIsValid(id)) return nullptr;
    return quote_qualified_identifier(get_namespace_name(get_rel_namespace(id)), get_rel_name(id));
  });
  return partition != nullptr ? partition : name;
}

}  // namespace product_upsert
