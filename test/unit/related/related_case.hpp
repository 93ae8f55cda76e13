#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>

#include "core/related/related_state.hpp"
#include "unit/steps.hpp"

namespace product_upsert {

// What a class of core/related is given: documents of the catalog profile, matched but not planned.
class RelatedCase : public testing::Test {
 protected:
  RelatedState& read(std::string_view json) {
    BatchState& state = steps.match(json);
    related = std::make_unique<RelatedState>(state.options, products.related(), state.batch,
                                             state.dependencies, nullptr);
    return *related;
  }
  std::int64_t product(const std::string& external_id) {
    return products.put(1, R"({"name": "n", "external_id": ")" + external_id + "\"}");
  }
  // A row that belongs to a product, from its columns beyond product_id.
  void put(Table table, std::int64_t product_id, const std::string& members) {
    products.rows.put(1, table,
                      R"({"product_id": )" + std::to_string(product_id) + ", " + members + "}");
  }
  const std::vector<std::uint32_t>& items() const { return steps.group().items; }
  std::size_t rows(Table table) const { return products.rows.rows(table).size(); }

  MemoryCatalogue products;
  Steps steps{products, "catalog"};
  std::unique_ptr<RelatedState> related;
};

}  // namespace product_upsert
