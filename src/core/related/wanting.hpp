#pragma once

#include <cstdint>

namespace product_upsert {

// Is told what prevents a document from being written, unless another document of the call changes
// it: in a call that is cut into batches, that one may be in another batch.
class Wanting {
 public:
  enum class What : std::uint8_t { sku, custom_value, parent };

  virtual ~Wanting() = default;
  // Something that the product has; `claim` is its hash, the same for all documents that want it.
  virtual void wants_of(std::uint32_t item, std::int64_t product, What what,
                        std::uint64_t claim) = 0;
  // A product that is to have this name, by its hash.
  virtual void wants_name(std::uint32_t item, std::uint64_t name) = 0;
  // The two documents are written together, so a failure of one may be caused by the other.
  virtual void stands_with(std::uint32_t a, std::uint32_t b) = 0;
};

}  // namespace product_upsert
