#include "pg/direct/citus.hpp"

#include "pg/sql/relation_changes.hpp"

extern "C" {
#include "access/genam.h"
#include "catalog/pg_namespace_d.h"
#include "nodes/makefuncs.h"
#include "parser/parse_func.h"
#include "utils/fmgroids.h"
}

namespace product_upsert {

namespace {

// Reads a column of those rows of one of Citus' catalogues whose `key_column` is the key.
struct LookUp {
  const char* catalog;
  const char* key_column;
  const char* wanted;
  const char* index;  // index on the key; null if there is none
};
constexpr LookUp kListed{"pg_dist_partition", "logicalrelid", "logicalrelid", nullptr};
constexpr LookUp kMethod{"pg_dist_partition", "logicalrelid", "partmethod", nullptr};
constexpr LookUp kShards{"pg_dist_shard", "logicalrelid", "shardid",
                         "pg_dist_shard_logical_relid_index"};
constexpr LookUp kPlacements{"pg_dist_placement", "shardid", "groupid",
                             "pg_dist_placement_shardid_index"};

// The value in the only row with that key. `rows`: how many there are, or -1 if the catalogue has
// not the structure that Citus gives it.
Datum look_up(const LookUp& in, RegProcedure equal, Datum key, int& rows) {
  rows = 0;
  const Oid catalog = get_relname_relid(in.catalog, PG_CATALOG_NAMESPACE);
  if (!OidIsValid(catalog)) return {};
  const AttrNumber key_column = get_attnum(catalog, in.key_column);
  const AttrNumber column = get_attnum(catalog, in.wanted);
  if (key_column == InvalidAttrNumber || column == InvalidAttrNumber) {
    rows = -1;
    return {};
  }
  const Oid index =
      in.index == nullptr ? InvalidOid : get_relname_relid(in.index, PG_CATALOG_NAMESPACE);
  const Relation relation = table_open(catalog, AccessShareLock);
  ScanKeyData scan_key;
  ScanKeyInit(&scan_key, key_column, BTEqualStrategyNumber, equal, key);
  const SysScanDesc scan =
      systable_beginscan(relation, index, OidIsValid(index), nullptr, 1, &scan_key);
  Datum said{};
  for (HeapTuple tuple = systable_getnext(scan); HeapTupleIsValid(tuple);
       tuple = systable_getnext(scan)) {
    bool is_null;
    said = heap_getattr(tuple, column, RelationGetDescr(relation), &is_null);
    ++rows;
  }
  systable_endscan(scan);
  table_close(relation, AccessShareLock);
  return said;
}

Oid shard_table(Oid table, std::int64_t shard) {
  const char* const name = get_rel_name(table);
  if (name == nullptr) return InvalidOid;
  return get_relname_relid(psprintf("%s_" INT64_FORMAT, name, shard), get_rel_namespace(table));
}

// Citus' own function returns the shard. Its argument may have any type, so it reads the type from
// the call's expression.
std::int64_t shard_of(Oid table, std::int64_t organization_id) {
  Oid types[] = {REGCLASSOID, ANYOID};
  List* const name = list_make2(makeString(pstrdup("pg_catalog")),
                                makeString(pstrdup("get_shard_id_for_distribution_column")));
  const Oid function = LookupFuncName(name, 2, types, false);
  Const* const value =
      makeConst(INT8OID, -1, InvalidOid, sizeof(std::int64_t), Int64GetDatum(organization_id),
                false, sizeof(Datum) >= sizeof(std::int64_t));
  Const* const relation =
      makeConst(REGCLASSOID, -1, InvalidOid, sizeof(Oid), ObjectIdGetDatum(table), false, true);
  FuncExpr* const call = makeFuncExpr(function, INT8OID, list_make2(relation, value), InvalidOid,
                                      InvalidOid, COERCE_EXPLICIT_CALL);
  FmgrInfo info;
  fmgr_info(function, &info);
  fmgr_info_set_expr(reinterpret_cast<Node*>(call), &info);
  return DatumGetInt64(FunctionCall2(&info, relation->constvalue, value->constvalue));
}

// Whether this server has the shard, and no other has it.
bool is_here(std::int64_t shard) {
  int rows;
  const Datum group = look_up(kPlacements, F_INT8EQ, Int64GetDatum(shard), rows);
  if (rows != 1) return false;
  const Oid catalog = get_relname_relid("pg_dist_local_group", PG_CATALOG_NAMESPACE);
  if (!OidIsValid(catalog) || get_attnum(catalog, "groupid") != 1) return false;
  const Relation relation = table_open(catalog, AccessShareLock);
  const SysScanDesc scan = systable_beginscan(relation, InvalidOid, false, nullptr, 0, nullptr);
  const HeapTuple tuple = systable_getnext(scan);
  bool is_null = true;
  const bool same = HeapTupleIsValid(tuple) &&
                    DatumGetInt32(heap_getattr(tuple, 1, RelationGetDescr(relation), &is_null)) ==
                        DatumGetInt32(group) &&
                    !is_null;
  systable_endscan(scan);
  table_close(relation, AccessShareLock);
  return same;
}

// The last result of this session. Citus invalidates the table's entry in the relation cache when
// it changes its metadata.
struct Found {
  Oid table;
  std::int64_t organization_id;
  std::uint64_t as_of;
  Oid shard;
};
constexpr std::size_t kFound = 64;
Found all_found[kFound];

}  // namespace

bool is_distributed(Oid table) {
  int rows;
  look_up(kListed, F_OIDEQ, ObjectIdGetDatum(table), rows);
  return rows != 0;
}

Oid whole_copy(Oid table) {
  int rows;
  const Datum method = look_up(kMethod, F_OIDEQ, ObjectIdGetDatum(table), rows);
  // 'n': a table without a distribution column. It has one shard.
  if (rows != 1 || DatumGetChar(method) != 'n') return InvalidOid;
  const Datum shard = look_up(kShards, F_OIDEQ, ObjectIdGetDatum(table), rows);
  return rows == 1 ? shard_table(table, DatumGetInt64(shard)) : InvalidOid;
}

Oid local_shard(Oid table, std::int64_t organization_id) {
  const std::uint64_t as_of = relation_changes();
  Found& found =
      all_found[(std::uint64_t{table} * 31 + static_cast<std::uint64_t>(organization_id)) % kFound];
  if (found.table == table && found.organization_id == organization_id && found.as_of == as_of)
    return found.shard;
  int rows;
  const Datum method = look_up(kMethod, F_OIDEQ, ObjectIdGetDatum(table), rows);
  if (rows != 1 || DatumGetChar(method) != 'h') return InvalidOid;
  const std::int64_t shard = shard_of(table, organization_id);
  const Oid rows_of = is_here(shard) ? shard_table(table, shard) : InvalidOid;
  found = {table, organization_id, as_of, rows_of};
  return rows_of;
}

}  // namespace product_upsert
