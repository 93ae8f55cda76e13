#pragma once

#include <string>

#include "core/catalogue/catalogue.hpp"
#include "pg/sql/parameters.hpp"

namespace product_upsert {

// How products are looked for by a group's keys in SQL. FROM item `d`: the keys' numbers as "item",
// their values as k0, k1, …; and the condition under which product `p` has such a key. A null is
// asked for as one, so that the index answers it.
struct KeyJoin {
  std::string from;
  std::string condition;
};

// `schema`, as an SQL identifier, has our functions; the keys become parameters.
KeyJoin join_keys(const KeyGroup& group, const std::string& schema, Parameters& parameters);

}  // namespace product_upsert
