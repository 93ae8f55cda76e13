#pragma once

#include <memory>
#include <optional>

#include "core/http/http.hpp"
#include "pg/functions/upsert.hpp"

namespace product_upsert {

struct RequestBody {
  Datum json;
  bool is_text;  // JSON as text; else jsonb
};

// Does what a request asks for, in the subtransaction it is called in. Throws Rejection or Refusal
// where the request is at fault.
// `body`: nothing where the request has none.
HttpAnswer perform(const Installation& installation, const std::shared_ptr<const Profile>& profile,
                   const RoutedRequest& request, std::optional<RequestBody> body);

}  // namespace product_upsert
