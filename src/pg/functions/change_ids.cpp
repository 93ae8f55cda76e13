// product_change_pass_taken: for functions in SQL that write to the change feed.
#include "pg/boundary/boundary.hpp"
#include "pg/functions/extension.hpp"
#include "pg/store/change_feed.hpp"

namespace product_upsert {

PRODUCT_UPSERT_FUNCTION(product_change_pass_taken) {
  const std::int32_t rows = PG_GETARG_INT32(1);
  if (rows > 0)
    ChangeFeed(schema_of(fcinfo), schema_oid(fcinfo))
        .pass_taken(PG_GETARG_INT64(0), static_cast<std::size_t>(rows));
  PG_RETURN_VOID();
}

}  // namespace product_upsert
