#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/http/http.hpp"
#include "pg/sql/parameters.hpp"

namespace product_upsert {

// The statements that requests need beyond those of Store. To be used within Spi.
class RequestStore {
 public:
  // `schema` as an SQL identifier, and which it is.
  RequestStore(std::string schema, Oid space);

  // The organization that product_organization has under this reference; none where several have.
  std::optional<std::int64_t> find_organization(const std::string& reference);
  // Whether it has a row in product_organization, or a product.
  bool is_known(std::int64_t organization_id);
  // Ids of the products that a list shows, in its order; `total` where it is known how many the
  // whole list has.
  std::vector<std::int64_t> list(std::int64_t organization_id, const RoutedRequest& request,
                                 std::optional<std::int64_t> total);
  // How many products the whole list has.
  std::int64_t count(std::int64_t organization_id, const RoutedRequest& request);
  // Gives a uuid to those of the products that have none.
  void give_uuids(std::int64_t organization_id, std::span<const std::int64_t> ids,
                  std::span<const Value> uuids);
  // False where the product is gone, of another version, or no longer what the route allows to
  // delete.
  bool remove(std::int64_t organization_id, std::int64_t id, std::int32_t version,
              const Route& route);

 private:
  // FROM and WHERE of a list.
  std::string listed(Parameters& parameters, std::int64_t organization_id,
                     const RoutedRequest& request);
  // The same as list(), below SQL; none where SQL has to do it.
  std::optional<std::vector<std::int64_t>> walk_to(std::int64_t organization_id,
                                                   const RoutedRequest& request) const;

  std::string schema_;
  Oid table_;
};

}  // namespace product_upsert
