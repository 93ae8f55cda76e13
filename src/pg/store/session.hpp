#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/catalogue/identity.hpp"
#include "core/profile/profile.hpp"
#include "pg/boundary/compat.hpp"

namespace product_upsert {

// What a session keeps for one installed extension: compiled profiles and identity rules. Each call
// checks whether their rows have changed, and compiles them again if so. Use it within Spi.
class Session {
 public:
  // `schema`: an SQL identifier; `space`: its oid.
  static Session& of(const std::string& schema, Oid space);

  // Throws Refusal (invalid) that lists the existing profiles.
  std::shared_ptr<const Profile> profile(const std::string& name);
  std::shared_ptr<const IdentityRules> rules();

 private:
  const OwnColumns& own_columns();
  struct Impl;
  explicit Session(const std::string& schema);
  std::unique_ptr<Impl> impl_;
};

}  // namespace product_upsert
