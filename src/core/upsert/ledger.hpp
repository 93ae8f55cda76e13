#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "core/catalogue/identity.hpp"

namespace product_upsert {

// What the documents of one call were, where the call is cut into several batches: two documents
// that are the same product collide whichever batches they are in (rule 32), and what comes of a
// document does not depend on the cut. Costs 15 to 30 bytes a document.
//
// The batches are written one after the other, and a document that collides with one of an earlier
// batch fails. Where the earlier one is to be rejected too (fine point f), what was written has to
// be undone and the batches be gone through twice more: surveyed, each judged against what was
// stored before the call, and written, each collision being known.
class Ledger {
 public:
  enum class Pass : std::uint8_t { writing, survey, settled };
  static constexpr std::uint16_t kNoRule = 0xFFFF;  // the product itself collides

  // A collision was met that an earlier batch has part in, and its documents are to be skipped.
  struct AcrossBatches {};

  Pass pass() const { return pass_; }
  // Forgets all; ready for the first batch again.
  void start_survey();
  // The collisions stay.
  void settle();

  struct Document {
    std::uint64_t position;
    bool created;
  };
  // The document of an earlier batch that is the product.
  std::optional<Document> product(std::int64_t organization_id, std::int64_t id) const;
  // The document of an earlier batch that would have had the key: 0 where there is none. Known of
  // rejected documents and of those that changed a product's key; in a survey, of all.
  std::uint64_t key(std::int64_t organization_id, std::uint16_t rule, const Key& key) const;
  // The product that had the key until an earlier batch took it away; 0: none.
  std::int64_t released(std::int64_t organization_id, std::uint16_t rule, const Key& key) const;

  // Each notes a document, the first of its product or key; returns the position that is noted.
  // Positions count from 1. Throws Refusal (limit) past 2^31 documents.
  std::uint64_t note_product(std::int64_t organization_id, std::int64_t id, Document document);
  std::uint64_t note_key(std::int64_t organization_id, std::uint16_t rule, const Key& key,
                         std::uint64_t position);
  void note_released(std::int64_t organization_id, std::uint16_t rule, const Key& key,
                     std::int64_t id);

  // Documents that are the same product, or would have the same key.
  struct Collision {
    std::uint16_t rule;
    std::vector<std::uint64_t> positions;
  };
  void collide(std::uint16_t rule, std::uint64_t first, std::uint64_t position);
  // The collisions that a document has part in: kNoRule first, then by rule.
  std::vector<const Collision*> collisions_of(std::uint64_t position) const;

 private:
  // 64-bit keys to 32-bit positions; open addressing.
  class Table {
   public:
    std::uint32_t find(std::uint64_t key) const;  // 0: none
    std::uint32_t add(std::uint64_t key, std::uint32_t position);

   private:
    std::size_t probe(std::uint64_t key) const;
    std::vector<std::uint64_t> keys_;
    std::vector<std::uint32_t> positions_;
    std::size_t used_ = 0;
  };

  static std::uint64_t fingerprint(std::int64_t organization_id, std::uint16_t rule,
                                   const Key& key);

  Pass pass_ = Pass::writing;
  std::unordered_map<std::int64_t, Table, WordHash> products_;  // by organization; keys are ids
  Table keys_;
  std::unordered_map<std::uint64_t, std::int64_t, WordHash> released_;
  std::vector<Collision> collisions_;
  std::unordered_map<std::uint64_t, std::size_t, WordHash> by_first_;  // rule and first position
  std::vector<std::pair<std::uint64_t, std::uint32_t>> by_position_;   // sorted once settled
};

}  // namespace product_upsert
