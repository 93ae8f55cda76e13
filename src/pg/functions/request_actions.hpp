#pragma once

#include <memory>
#include <optional>

#include "core/http/http.hpp"
#include "pg/functions/upsert.hpp"

namespace product_upsert {

struct RequestBody {
  Datum json;
  bool is_text;  // JSON as text; otherwise jsonb
};

// Performs a request in the subtransaction that it is called in. Throws Rejection or Refusal if the
// request is invalid. `body`: empty if the request has none.
HttpAnswer perform(const Installation& installation, const std::shared_ptr<const Profile>& profile,
                   const RoutedRequest& request, std::optional<RequestBody> body);

}  // namespace product_upsert
