#pragma once

#include <string>

#include "core/catalogue/catalogue.hpp"
#include "core/profile/profile.hpp"
#include "core/value/failure.hpp"

namespace product_upsert {

// The profile's name of a column of product, or the column's own where no field writes it.
std::string field_of(const std::string& column, const Profile& profile);
// The failure of a document whose row the owner's constraint, policy or trigger refused (rule 60).
Failure failure_of(const WriteError& error, const Profile& profile);

}  // namespace product_upsert
