#pragma once

#include <string>

#include "core/catalogue/catalogue.hpp"
#include "pg/sql/parameters.hpp"

namespace product_upsert {

// How SQL looks for products by the keys of a group: `item` is the number of a key, `keys` are the
// rows joined with product `p`, and `condition` says that the product has the key. Nulls are
// compared with IS NULL, so that the index can be used.
struct KeyJoin {
  std::string item;
  JoinedRows keys;
  std::string condition;
};

// `schema`, an SQL identifier, is where our functions are. The keys become parameters.
KeyJoin join_keys(const KeyGroup& group, const std::string& schema, Parameters& parameters);

}  // namespace product_upsert
