#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "pg/boundary/compat.hpp"

namespace product_upsert {

class Parameters;

// A document that waits for rows that it names.
struct ParkedDocument {
  std::string key;              // what the document calls its product by, in words; may be empty
  std::int64_t product_id = 0;  // of the product it matched; 0: none
  std::string json, errors;     // JSON text
};

// The waiting documents of one organization and profile, in product_parked. There is one for each
// key. Use it within Spi.
class ParkedDocuments {
 public:
  // `schema`: an SQL identifier; `space`: its oid. Raises an error that says what to do if the
  // tables are too old.
  ParkedDocuments(std::string schema, Oid space, std::int64_t organization_id,
                  const std::string& profile);

  // Whether documents may wait that the caller could remove. Nearly free if none ever has.
  static bool may_be_some(Oid space);

  // Rows that others have locked: waits for them, or leaves them, since these are accepted or
  // replaced.
  enum class Locked : bool { waited_for, left };
  // Removes waiting documents that have one of the keys or belong to one of the products, whichever
  // profile they came by: a later document has been accepted.
  void forget(std::span<const std::string> keys, std::span<const std::int64_t> products,
              Locked locked = Locked::waited_for);
  void keep(std::vector<ParkedDocument> documents, const std::string& options);

 private:
  void drop(Parameters& parameters, const std::string& rows, const std::string& named,
            Locked locked) const;
  std::vector<std::int32_t> versions_of(std::span<const ParkedDocument> documents) const;

  std::string schema_;
  bool has_versions_ = false;  // since version 4 of the tables
  bool has_indexes_ = false;   // since version 5 of the tables
  Oid table_;                  // product
  std::int64_t organization_id_;
  const std::string& profile_;
};

}  // namespace product_upsert
