#pragma once

#include <optional>
#include <string>

#include "core/http/http.hpp"
#include "pg/boundary/compat.hpp"

namespace product_upsert {

// The table product_idempotency: what requests with an Idempotency-Key were answered (rule 58). To
// be used within Spi, in the subtransaction of the request: a refused one leaves its key free.
class KeptAnswers {
 public:
  // `schema` as an SQL identifier. `request` outlives this.
  KeptAnswers(std::string schema, std::int64_t organization_id, const RoutedRequest& request)
      : schema_(std::move(schema)), organization_id_(organization_id), request_(request) {}

  // Raises an error that tells to upgrade the tables where they are older than this one.
  static void check_table(Oid space);
  // The first answer, where the key was used for this call before; else the key is this call's now,
  // once others that want it have ended. Throws Rejection where it was used for another call.
  // `body`: of type text or jsonb, as `type` says.
  std::optional<HttpAnswer> find_or_claim(std::optional<Datum> body, Oid type, Arena& arena);
  void keep(const HttpAnswer& answer);

 private:
  void forget_expired();

  std::string schema_;
  std::int64_t organization_id_;
  const RoutedRequest& request_;
};

}  // namespace product_upsert
