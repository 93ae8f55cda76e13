#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/http/http.hpp"
#include "pg/sql/parameters.hpp"

namespace product_upsert {

// The statements that requests need beyond those of Store. Use it within Spi.
class RequestStore {
 public:
  // `schema`: an SQL identifier; `space`: its oid.
  RequestStore(std::string schema, Oid space);

  // The organization with this reference in product_organization; empty if there is none or
  // several.
  std::optional<std::int64_t> find_organization(const std::string& reference);
  // Whether the organization has a row in product_organization, or a product.
  bool is_known(std::int64_t organization_id);
  // The ids of the products on a page of a list, in its order. `total`: the length of the whole
  // list, if known.
  std::vector<std::int64_t> list(std::int64_t organization_id, const RoutedRequest& request,
                                 std::optional<std::int64_t> total);
  // The length of the whole list.
  std::int64_t count(std::int64_t organization_id, const RoutedRequest& request);
  // Gives a uuid to each of the products that has none.
  void give_uuids(std::int64_t organization_id, std::span<const std::int64_t> ids,
                  std::span<const Value> uuids);
  // Returns false if the product is gone, has another version, or may no longer be deleted by the
  // route.
  bool remove(std::int64_t organization_id, std::int64_t id, std::int32_t version,
              const Route& route);

 private:
  // FROM and WHERE of the list.
  std::string listed(Parameters& parameters, std::int64_t organization_id,
                     const RoutedRequest& request);
  // The same as list(), below SQL; empty if SQL has to do it.
  std::optional<std::vector<std::int64_t>> walk_to(std::int64_t organization_id,
                                                   const RoutedRequest& request) const;

  std::string schema_;
  Oid table_;
};

}  // namespace product_upsert
