#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "core/document/batch.hpp"
#include "core/http/http.hpp"
#include "pg/store/request_store.hpp"
#include "pg/store/store.hpp"

namespace product_upsert {

// Reads the stored products of a request in the form that its answer shows. All that it is given
// must outlive it.
class RequestedProducts {
 public:
  RequestedProducts(const std::shared_ptr<const Profile>& profile, const RoutedRequest& request,
                    Store& store, RequestStore& requests)
      : profile_(profile), request_(request), store_(store), requests_(requests) {}

  std::int64_t organization_id = 0;  // set it before reading

  // Reads the product that the path names. Throws Rejection if there is none, or if there are
  // several.
  std::unique_ptr<Batch> read_named();
  // Reads those of these products that exist.
  std::unique_ptr<Batch> read_listed(std::span<const std::int64_t> ids);
  // Gives a uuid to the products that are shown by it (fine point c), if the caller may write.
  // Returns true if there was one without.
  bool give_uuids(const Batch& batch);
  // A caller who may not write is shown the uuids that the products will have.
  void show_uuids(Batch& batch) const;
  [[noreturn]] void refuse_unknown() const;

 private:
  [[noreturn]] void refuse_several(std::int64_t one, std::int64_t other) const;
  std::unique_ptr<Batch> read(std::span<const KeyGroup> groups, std::size_t items);
  void show(Batch& batch);

  const std::shared_ptr<const Profile>& profile_;
  const RoutedRequest& request_;
  Store& store_;
  RequestStore& requests_;
};

}  // namespace product_upsert
