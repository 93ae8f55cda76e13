#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "core/document/batch.hpp"
#include "core/http/http.hpp"
#include "pg/store/request_store.hpp"
#include "pg/store/store.hpp"

namespace product_upsert {

// The stored products that a request is about, read as its answer shows them. All that it is given
// must outlive it.
class RequestedProducts {
 public:
  RequestedProducts(const std::shared_ptr<const Profile>& profile, const RoutedRequest& request,
                    Store& store, RequestStore& requests)
      : profile_(profile), request_(request), store_(store), requests_(requests) {}

  std::int64_t organization_id = 0;  // to be set before anything is read

  // Of the product that the path names; throws Rejection where it names none, or several.
  std::unique_ptr<Batch> read_named();
  // Of these ids those that are there.
  std::unique_ptr<Batch> read_listed(std::span<const std::int64_t> ids);
  // What is shown by uuid gets one (fine point c), where the caller may write. True where any did.
  bool give_uuids(const Batch& batch);
  // Who may not write is shown what it will be.
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
