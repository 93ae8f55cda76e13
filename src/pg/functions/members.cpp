// product_member_organizations: the organizations in which the caller has a permission.
#include "pg/store/members.hpp"

#include "pg/boundary/boundary.hpp"
#include "pg/functions/extension.hpp"

namespace product_upsert {

PRODUCT_UPSERT_FUNCTION(product_member_organizations) {
  return member_organizations(schema_oid(fcinfo), fcinfo->args[0]);
}

}  // namespace product_upsert
