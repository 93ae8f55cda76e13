#include "pg/store/rows_name.hpp"

#include <cstring>

#include "pg/boundary/boundary.hpp"
#include "pg/direct/partition.hpp"
#include "pg/direct/plain_table.hpp"
#include "pg/sql/relation_changes.hpp"

extern "C" {
#include "catalog/pg_class.h"
#include "rewrite/rewriteHandler.h"
#include "utils/acl.h"
}

namespace product_upsert {

namespace {

// The partitions that the session read last. A plan is kept for each name, so a session that
// changes from organization to organization should use the table's name.
struct Latest {
  Oid table, partition;
};
constexpr int kSlots = 8;
Latest all_latest[kSlots];

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

// The lock is kept, so that nobody can detach the partition before the transaction ends.
Oid readable_partition(Oid table, std::int64_t organization_id) {
  const Relation relation = relation_open(table, AccessShareLock);
  const Oid partition = partition_of(relation, organization_id);
  relation_close(relation, NoLock);
  if (!OidIsValid(partition) || !is_latest(table, partition) || !is_shown_whole(table) ||
      !is_shown_whole(partition))
    return InvalidOid;
  return partition;
}

// Whether the partition has the same defaults as its table, except for the id, which is always
// given. This is checked again after any relation has changed.
bool has_same_defaults(Relation table, Relation rows) {
  static Oid known = InvalidOid;
  static std::uint64_t as_of = 0;
  if (known == RelationGetRelid(rows) && as_of == relation_changes()) return true;
  const TupleDesc columns = RelationGetDescr(table);
  for (int i = 0; i < columns->natts; ++i) {
    const Form_pg_attribute column = TupleDescAttr(columns, i);
    if (column->attisdropped || column->attidentity != '\0') continue;
    const AttrNumber same = get_attnum(RelationGetRelid(rows), NameStr(column->attname));
    if (!equal(build_column_default(table, column->attnum), build_column_default(rows, same)))
      return false;
  }
  known = RelationGetRelid(rows);
  as_of = relation_changes();
  return true;
}

bool is_written_whole(Oid table) {
  return pg_class_aclcheck(table, GetUserId(), ACL_INSERT) == ACLCHECK_OK && is_shown_whole(table);
}

// The partition, if inserting into it is the same as inserting into the table: no trigger, rule or
// policy is skipped.
Oid writable_partition(Oid table, std::int64_t organization_id) {
  if (!is_written_whole(table)) return InvalidOid;
  const Relation relation = relation_open(table, RowExclusiveLock);
  const Relation rows = open_plain_rows(relation, organization_id, RowExclusiveLock);
  Oid partition = InvalidOid;
  if (rows != nullptr) {
    if (is_latest(table, RelationGetRelid(rows)) && is_written_whole(RelationGetRelid(rows)) &&
        has_same_defaults(relation, rows))
      partition = RelationGetRelid(rows);
    close_rows(rows, relation);
  }
  relation_close(relation, NoLock);
  return partition;
}

// The name of the partition that `find` returns if the table is partitioned, otherwise the table's
// own.
template <typename Find>
std::string name_of(const std::string& name, Oid table, Find find) {
  const char* const partition = Call([table, find]() -> const char* {
    if (get_rel_relkind(table) != RELKIND_PARTITIONED_TABLE) return nullptr;
    const Oid id = find();
    // The planner recognizes our tables by their names (pg/sql/planner.hpp).
    if (!OidIsValid(id) || std::strncmp(get_rel_name(id), "product_", std::strlen("product_")) != 0)
      return nullptr;
    return quote_qualified_identifier(get_namespace_name(get_rel_namespace(id)), get_rel_name(id));
  });
  return partition != nullptr ? partition : name;
}

}  // namespace

std::string rows_name(const std::string& name, Oid table, std::int64_t organization_id) {
  return name_of(name, table, [=] { return readable_partition(table, organization_id); });
}

std::string inserts_name(const std::string& name, Oid table, std::int64_t organization_id) {
  return name_of(name, table, [=] { return writable_partition(table, organization_id); });
}

}  // namespace product_upsert
