#pragma once

#include <optional>
#include <string>

#include "core/http/http.hpp"
#include "pg/boundary/compat.hpp"

namespace product_upsert {

// A call with a key, without its documents.
struct KeyedCall {
  std::string key;
  std::string asked;  // the options by which it differs from other calls
  std::int32_t hours = 24;
};

// The table product_idempotency: the answers of calls with a key (rule 58). Use it within Spi, in
// the (sub)transaction of the call, so that a refused call leaves its key free.
class KeptAnswers {
 public:
  struct OtherCall {};  // the key was used for another call

  // `schema`: an SQL identifier.
  KeptAnswers(std::string schema, std::int64_t organization_id, KeyedCall call)
      : schema_(std::move(schema)), organization_id_(organization_id), call_(std::move(call)) {}

  // Throws a Refusal that tells to upgrade the tables if they are too old to have this one.
  // `key_name`: the caller's word for the key.
  static void check_table(Oid space, const std::string& key_name);
  // Returns the first answer if this call has used the key before. Otherwise it waits for other
  // calls with the key to end, and then claims the key for this call. Throws OtherCall. `body` is
  // of type text or jsonb, as `type` says.
  std::optional<HttpAnswer> find_or_claim(std::optional<Datum> body, Oid type, Arena& arena);
  void keep(const HttpAnswer& answer);

 private:
  void forget_expired();

  std::string schema_;
  std::int64_t organization_id_;
  KeyedCall call_;
};

}  // namespace product_upsert
