#include "pg/boundary/boundary.hpp"
#include "pg/sql/parameters.hpp"
#include "pg/store/members.hpp"
#include "pg/store/product_rows.hpp"
#include "pg/store/store.hpp"

extern "C" {
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/lsyscache.h"
#include "utils/rls.h"
}

namespace product_upsert {

bool Store::may(Right right, std::int64_t organization_id) {
  struct Demand {
    AclMode privilege;
    const char* permission;
  };
  const Demand demand = right == Right::create   ? Demand{ACL_INSERT, "PRODUCT.CREATE"}
                        : right == Right::update ? Demand{ACL_UPDATE, "PRODUCT.UPDATE"}
                        : right == Right::view   ? Demand{ACL_SELECT, "PRODUCT.VIEW"}
                                                 : Demand{ACL_DELETE, "PRODUCT.DELETE"};
  const bool allowed = Call([table = table_, privilege = demand.privilege] {
    const Oid user = GetUserId();
    return pg_class_aclcheck(table, user, privilege) == ACLCHECK_OK ||
           (privilege != ACL_DELETE &&
            pg_attribute_aclcheck_all(table, user, privilege, ACLMASK_ANY) == ACLCHECK_OK);
  });
  if (!allowed) return false;
  if (Call([table = table_] { return check_enable_rls(table, InvalidOid, true); }) != RLS_ENABLED)
    return true;
  const Oid space = Call([table = table_] { return get_rel_namespace(table); });
  if (const auto known = is_member_of(space, demand.permission, organization_id, reads_fixed_))
    return *known;
  Parameters parameters(schema_);
  const std::string organization = parameters.add(INT8OID, Int64GetDatum(organization_id));
  FlagRow flag;
  parameters.read("SELECT " + organization + " OPERATOR(pg_catalog.=) ANY (" + schema_ +
                      ".product_member_organizations('" + demand.permission + "'))",
                  Guard::plain, reads_fixed_, flag);
  return flag.value;
}

}  // namespace product_upsert
