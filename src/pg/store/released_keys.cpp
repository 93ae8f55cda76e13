#include "pg/store/released_keys.hpp"

#include "pg/boundary/boundary.hpp"
#include "pg/sql/parameters.hpp"

extern "C" {
#include "catalog/pg_attribute.h"
#include "utils/syscache.h"
}

namespace product_upsert {

namespace {

bool is_nullable(Oid table, const std::string& column) {
  return Call([table, name = column.c_str()] {
    const HeapTuple tuple = SearchSysCacheAttName(table, name);
    if (!HeapTupleIsValid(tuple)) return true;
    const bool nullable = !reinterpret_cast<Form_pg_attribute>(GETSTRUCT(tuple))->attnotnull;
    ReleaseSysCache(tuple);
    return nullable;
  });
}

// Of texts and uuids there is always one that is free. What has another type stays null, which the
// owner's constraint refuses.
std::string free_value(Oid table, const ColumnInfo& column) {
  const std::string moving =
      "('product_upsert: moving '::pg_catalog.text OPERATOR(pg_catalog.||) p.id::pg_catalog.text)";
  const bool is_made = column.type == ColumnType::text || column.type == ColumnType::uuid;
  if (!is_made || !column.cast.empty() || is_nullable(table, std::string(column.name)))
    return "NULL";
  return column.type == ColumnType::text ? moving
                                         : "pg_catalog.md5(" + moving + ")::pg_catalog.uuid";
}

}  // namespace

std::string set_free(Oid table, const ColumnSet& columns) {
  std::string set;
  columns.each([&](Column c) {
    set += (set.empty() ? "" : ", ") + quoted(info(c).name) + " = " + free_value(table, info(c));
  });
  return set;
}

}  // namespace product_upsert
