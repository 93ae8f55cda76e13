#pragma once

#include <functional>

#include "core/catalogue/catalogue.hpp"

namespace product_upsert {

// Runs `body` in a subtransaction, which is undone where the body says false or an error is caught:
// see Catalogue::atomically. Other errors undo it and go on to the caller.
Attempt run_attempt(const std::function<bool()>& body, Catching catching, WriteError& error);

}  // namespace product_upsert
