#include "pg/functions/key_column.hpp"

#include <algorithm>

#include "core/value/failure.hpp"
#include "pg/boundary/boundary.hpp"
#include "pg/functions/document_column.hpp"
#include "pg/functions/upsert.hpp"
#include "pg/store/session.hpp"

extern "C" {
#include "catalog/pg_type.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
}

namespace product_upsert {

namespace {

bool is_number(Oid type) {
  const Oid base = Call([type] { return getBaseType(type); });
  return base == INT2OID || base == INT4OID || base == INT8OID || base == NUMERICOID ||
         base == FLOAT4OID || base == FLOAT8OID;
}

// Every product has an id and a uuid of the catalogue's own, so these say nothing of the source.
bool is_part_of_a_key(Column column, const IdentityRules& rules) {
  return std::any_of(rules.rules.begin(), rules.rules.end(), [column](const IdentityRule& rule) {
    return rule.name != "id" && rule.name != "uuid" &&
           std::find(rule.fields.begin(), rule.fields.end(), column) != rule.fields.end();
  });
}

}  // namespace

int find_key_column(Relation relation, const std::string& name) {
  const int number = Call(
      [relation, name = name.c_str()] { return SPI_fnumber(RelationGetDescr(relation), name); });
  if (number != SPI_ERROR_NOATTRIBUTE) return number;
  throw no_column(relation, name, "", {Code::not_found, "key_column", "names no column", {}});
}

bool finds_products(Relation relation, int key_column, const Profile& profile,
                    const IdentityRules& rules) {
  if (key_column <= 0) return false;
  const FormData_pg_attribute* const a = TupleDescAttr(RelationGetDescr(relation), key_column - 1);
  const int found = profile.find(NameStr(a->attname));
  if (found < 0 || a->attidentity != '\0') return false;
  const Field& field = profile.fields[static_cast<std::size_t>(found)];
  if (field.role != Role::column || !field.member.empty()) return false;
  // Where the profile refuses a number, because it wants a text, it is the number of a line.
  if (is_number(a->atttypid) && field.type == FieldType::text && !field.coerce) return false;
  return is_part_of_a_key(field.column, rules);
}

// The same for product_import, which reads the rows itself.
PRODUCT_UPSERT_FUNCTION(product_import_key_finds) {
  const Oid source = DatumGetObjectId(fcinfo->args[0].value);
  const std::string key = NameStr(*DatumGetName(fcinfo->args[1].value));
  const Installation installation = installation_of(fcinfo);
  Spi spi;
  spi.connect();
  Session& session = Session::of(installation.schema, installation.space);
  const auto profile = session.profile(profile_argument(fcinfo->args[2]));
  const auto rules = session.rules();
  const Relation relation = Call([source] { return relation_open(source, AccessShareLock); });
  const bool finds = finds_products(relation, find_key_column(relation, key), *profile, *rules);
  Call([relation] { relation_close(relation, NoLock); });
  spi.finish();
  return BoolGetDatum(finds);
}

}  // namespace product_upsert
