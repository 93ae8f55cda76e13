#pragma once

#include <cstdint>

namespace product_upsert {

// Is told what documents cannot stand for, unless another document of the call changes it: where
// the call is cut into batches that one may be in another of them.
class Wanting {
 public:
  enum class What : std::uint8_t { sku, custom_value, parent };

  virtual ~Wanting() = default;
  // Something that the product has; `claim` is a hash of it, the same for all who want it.
  virtual void wants_of(std::uint32_t item, std::int64_t product, What what,
                        std::uint64_t claim) = 0;
  // A product that is to have this name, by its hash.
  virtual void wants_name(std::uint32_t item, std::uint64_t name) = 0;
  // What fails the one may be the other's doing.
  virtual void stands_with(std::uint32_t a, std::uint32_t b) = 0;
};

}  // namespace product_upsert
