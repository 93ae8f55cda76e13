#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "pg/boundary/compat.hpp"

namespace product_upsert {

// A document that waits for rows that it names.
struct ParkedDocument {
  std::string key;              // what it names its product by, in words; empty: by nothing
  std::int64_t product_id = 0;  // that it matched; 0: none
  std::string json, errors;     // as JSON text
};

// The documents of one organization and profile that wait, in product_parked: one for each key. To
// be used within Spi.
class ParkedDocuments {
 public:
  // `schema` as an SQL identifier, `space` its oid. Raises what to do where the tables are older
  // than that.
  ParkedDocuments(std::string schema, Oid space, std::int64_t organization_id,
                  const std::string& profile);

  // What is known by one of the keys, or is of one of the products, waits no longer, whichever
  // profile it came by: a later document has been taken.
  void forget(std::span<const std::string> keys, std::span<const std::int64_t> products);
  // In place of what waits under the same keys; no two of the documents have the same one.
  // `options`: of the call, as a JSON object.
  void keep(std::vector<ParkedDocument> documents, const std::string& options);

 private:
  std::vector<std::int32_t> versions_of(std::span<const ParkedDocument> documents) const;

  std::string schema_;
  bool has_versions_ = false;  // tables of version 4
  bool has_indexes_ = false;   // tables of version 5
  Oid table_;                  // product
  std::int64_t organization_id_;
  const std::string& profile_;
};

}  // namespace product_upsert
