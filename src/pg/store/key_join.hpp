#pragma once

#include <string>

#include "core/catalogue/catalogue.hpp"
#include "pg/sql/parameters.hpp"

namespace product_upsert {

// How products are looked for by a group's keys in SQL: `item` is a key's number, `keys` are the
// rows beside product `p`, and `condition` says that it has such a key. A null is asked for as one,
// so that the index answers it.
struct KeyJoin {
  std::string item;
  Source keys;
  std::string condition;
};

// `schema`, as an SQL identifier, has our functions; the keys become parameters.
KeyJoin join_keys(const KeyGroup& group, const std::string& schema, Parameters& parameters);

}  // namespace product_upsert
