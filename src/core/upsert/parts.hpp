#pragma once

#include <cstdint>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/catalogue/identity.hpp"
#include "core/document/batch.hpp"
#include "core/value/disjoint_sets.hpp"

namespace product_upsert {

// Divides documents among workers that upsert them in parallel. Documents that share a key,
// directly or through a chain of documents, go to the same worker, and so do documents that name
// parents and these parents. Relations that only the stored rows know are not seen here.
class Parts {
 public:
  // Both must outlive it.
  Parts(const IdentityRules& rules, const Profile& profile);

  // Adds the documents of a batch as they were read, after those added before.
  void add(const Batch& batch);
  // The document (from 0, of all that were added) stays with all others that have this hash.
  void add_key(std::uint32_t document, std::uint64_t hash);
  std::size_t size() const { return together_.size(); }

  struct Share {
    std::uint16_t part;
    bool alone;  // no other document goes with it
  };
  // By document; the parts are about as large as one another.
  std::vector<Share> deal(std::uint16_t parts);

 private:
  struct RuleFields {
    const IdentityRule* rule;
    std::vector<std::int32_t> fields;  // of the profile, for each of the rule's; -1: it has none
    std::uint64_t salt;
  };

  void add_identity(const Batch& batch, const Item& item, std::uint32_t document);
  void add_variants(const Batch& batch, const Item& item, std::uint32_t document);
  void add_products(const Batch& batch, const Item& item, std::uint32_t document);

  const Profile& profile_;
  std::vector<RuleFields> rules_;
  std::vector<std::size_t> variants_;  // fields of the profile
  std::vector<std::size_t> names_;     // by which documents may refer to products
  std::vector<std::size_t> products_;  // fields that refer to products
  bool refers_ = false;
  DisjointSets together_;                                             // documents that share a key
  std::unordered_map<std::uint64_t, std::uint32_t, WordHash> first_;  // of those with a hash
  std::vector<std::pair<std::uint64_t, std::uint32_t>> named_;
};

}  // namespace product_upsert
