#include "pg/store/members.hpp"

#include "pg/boundary/boundary.hpp"
#include "pg/direct/memberships.hpp"

extern "C" {
#include "utils/array.h"
#include "utils/snapmgr.h"
}

namespace product_upsert {

namespace {

// For all cases in which the rows cannot be read directly.
Datum read_by_sql(Oid table, text* permission) {
  const char* const name =
      quote_qualified_identifier(get_namespace_name(get_rel_namespace(table)), get_rel_name(table));
  const char* const sql = psprintf(
      "SELECT ARRAY(SELECT DISTINCT m.organization_id FROM %s m WHERE $1 IS NULL OR $1 "
      "OPERATOR(pg_catalog.=) ANY (m.permissions) ORDER BY 1)",
      name);
  const MemoryContext caller = CurrentMemoryContext;
  if (SPI_connect() != SPI_OK_CONNECT) elog(ERROR, "SPI_connect failed");
  Oid type = TEXTOID;
  Datum value = PointerGetDatum(permission);
  const char null = permission == nullptr ? 'n' : ' ';
  if (SPI_execute_with_args(sql, 1, &type, &value, &null, true, 1) != SPI_OK_SELECT)
    elog(ERROR, "product_member was not read");
  bool is_null;
  const Datum read = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &is_null);
  const MemoryContext inside = MemoryContextSwitchTo(caller);
  const Datum organizations = PointerGetDatum(DatumGetArrayTypePCopy(read));
  MemoryContextSwitchTo(inside);
  SPI_finish();
  return organizations;
}

Datum read_organizations(Oid id, text* permission) {
  Members members;
  if (!open_members(id, &members)) return read_by_sql(id, permission);
  const Datum organizations = list_organizations(members, permission);
  close_members(members);
  return organizations;
}

}  // namespace

Datum member_organizations(Oid space, const NullableDatum& permission) {
  bool is_there = true;
  const Datum organizations = Call([space, permission, is_there = &is_there] {
    const Oid id = get_relname_relid("product_member", space);
    *is_there = OidIsValid(id);
    if (!*is_there) return Datum{0};
    return read_organizations(id, permission.isnull ? nullptr : DatumGetTextPP(permission.value));
  });
  if (is_there) return organizations;
  const std::string schema = Call([space] { return get_namespace_name(space); });
  throw Refusal(Refused::no_table, "relation \"" + schema + ".product_member\" does not exist",
                "SELECT product_tables_create();");
}

std::optional<bool> is_member_of(Oid space, const char* permission, std::int64_t organization_id,
                                 bool by_active) {
  enum class Answer : std::uint8_t { no, yes, unknown };
  const Answer answer = Call([=] {
    const Oid id = get_relname_relid("product_member", space);
    if (!OidIsValid(id)) return Answer::unknown;
    Members members;
    if (!open_members(id, &members)) return Answer::unknown;
    if (!by_active) PushActiveSnapshot(GetTransactionSnapshot());
    const Answer found =
        is_member(members, cstring_to_text(permission), organization_id) ? Answer::yes : Answer::no;
    if (!by_active) PopActiveSnapshot();
    close_members(members);
    return found;
  });
  if (answer == Answer::unknown) return std::nullopt;
  return answer == Answer::yes;
}

}  // namespace product_upsert
