#pragma once

#include <optional>
#include <string>

#include "core/http/http.hpp"
#include "pg/boundary/compat.hpp"

namespace product_upsert {

// A call with a key, but for its documents.
struct KeyedCall {
  std::string key;
  std::string asked;  // what tells the call from others
  std::int32_t hours = 24;
};

// The table product_idempotency: what calls with a key were answered (rule 58). To be used within
// Spi, in the (sub)transaction of the call: a refused one leaves its key free.
class KeptAnswers {
 public:
  struct OtherCall {};  // the key was used for another call

  // `schema` as an SQL identifier.
  KeptAnswers(std::string schema, std::int64_t organization_id, KeyedCall call)
      : schema_(std::move(schema)), organization_id_(organization_id), call_(std::move(call)) {}

  // Throws Refusal, which tells to upgrade the tables, where they are older than this one.
  // `key_name`: what the caller calls the key.
  static void check_table(Oid space, const std::string& key_name);
  // The first answer, where the key was used for this call before; else the key is this call's now,
  // once others that want it have ended. Throws OtherCall.
  // `body`: of type text or jsonb, as `type` says.
  std::optional<HttpAnswer> find_or_claim(std::optional<Datum> body, Oid type, Arena& arena);
  void keep(const HttpAnswer& answer);

 private:
  void forget_expired();

  std::string schema_;
  std::int64_t organization_id_;
  KeyedCall call_;
};

}  // namespace product_upsert
