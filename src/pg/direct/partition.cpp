#include "pg/direct/partition.hpp"

#include <string_view>

#include "pg/boundary/settings.hpp"
#include "pg/direct/citus.hpp"
#include "pg/direct/plain_table.hpp"

extern "C" {
#include "catalog/pg_class.h"
#include "partitioning/partbounds.h"
#include "partitioning/partdesc.h"
#include "utils/partcache.h"
}

namespace product_upsert {

namespace {

// The index of the partition; -1 if there is none.
int place_of(PartitionKey key, PartitionBoundInfo bounds, std::int64_t organization_id) {
  Datum value = Int64GetDatum(organization_id);
  bool is_null = false;
  bool is_equal = false;
  switch (key->strategy) {
    case PARTITION_STRATEGY_HASH: {
      const uint64 hash =
          compute_partition_hash_value(1, key->partsupfunc, key->partcollation, &value, &is_null);
      return bounds->indexes[hash % static_cast<uint64>(bounds->nindexes)];
    }
    case PARTITION_STRATEGY_LIST: {
      const int bound =
          partition_list_bsearch(key->partsupfunc, key->partcollation, bounds, value, &is_equal);
      return bound >= 0 && is_equal ? bounds->indexes[bound] : bounds->default_index;
    }
    case PARTITION_STRATEGY_RANGE: {
      const int bound = partition_range_datum_bsearch(key->partsupfunc, key->partcollation, bounds,
                                                      1, &value, &is_equal);
      const int place = bounds->indexes[bound + 1];
      return place >= 0 ? place : bounds->default_index;
    }
    default: return -1;
  }
}

}  // namespace

Oid partition_of(Relation table, std::int64_t organization_id) {
  const PartitionKey key = RelationGetPartitionKey(table);
  if (key == nullptr || key->partnatts != 1 || key->partattrs[0] <= 0 ||
      key->parttypid[0] != INT8OID)
    return InvalidOid;
  const TupleDesc columns = RelationGetDescr(table);
  const std::string_view by(NameStr(TupleDescAttr(columns, key->partattrs[0] - 1)->attname));
  if (by != "organization_id") return InvalidOid;
  // Finds the partition as INSERT does.
  const PartitionDesc partitions = RelationGetPartitionDesc(table, !IsolationUsesXactSnapshot());
  if (partitions->nparts == 0) return InvalidOid;
  const int place = place_of(key, partitions->boundinfo, organization_id);
  return place >= 0 && partitions->is_leaf[place] ? partitions->oids[place] : InvalidOid;
}

Relation open_plain_rows(Relation table, std::int64_t organization_id, LOCKMODE lock) {
  if (table->rd_rel->relkind != RELKIND_PARTITIONED_TABLE)
    return is_plain(table, TableKind::ordinary) ? table : nullptr;
  if (!is_plain(table, TableKind::partitioned)) return nullptr;
  const Oid partition = partition_of(table, organization_id);
  if (!OidIsValid(partition)) return nullptr;
  const Relation rows = table_open(partition, lock);
  if (is_plain(rows, TableKind::partition)) return rows;
  table_close(rows, NoLock);
  return nullptr;
}

Relation open_readable_rows(Relation table, std::int64_t organization_id) {
  if (const Relation rows = open_plain_rows(table, organization_id, AccessShareLock)) return rows;
  // Within a transaction block, Citus may have written to the shard over another connection.
  if (table->rd_rel->relkind != RELKIND_RELATION || !comes_from_citus() || IsTransactionBlock() ||
      !is_distributed(RelationGetRelid(table)))
    return nullptr;
  const Oid shard = local_shard(RelationGetRelid(table), organization_id);
  const Relation rows = OidIsValid(shard) ? try_table_open(shard, AccessShareLock) : nullptr;
  if (rows == nullptr || is_plain(rows, TableKind::ordinary)) return rows;
  table_close(rows, NoLock);
  return nullptr;
}

void close_rows(Relation rows, Relation table) {
  if (rows != table) table_close(rows, NoLock);
}

}  // namespace product_upsert
