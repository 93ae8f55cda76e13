#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "core/catalogue/identity.hpp"
#include "core/upsert/decision.hpp"
#include "core/upsert/links.hpp"

namespace product_upsert {

// Remembers the documents of a call that is cut into batches: two documents that are the same
// product collide whichever batches they are in (rule 32), and the outcome of a document does not
// depend on the cut. Costs 15 to 30 bytes a document.
//
// The batches are written one after the other, and a document that collides with one of an earlier
// batch fails. If the earlier one has to be rejected too (fine point f), or needs something that a
// later one gives up or makes, everything written is undone and the documents are read twice more.
// First they are surveyed: each is judged against what was stored before the call. Then they are
// written, with all collisions known, and those that others depend on first.
class Ledger {
 public:
  enum class Pass : std::uint8_t { writing, survey, settled };
  static constexpr std::uint16_t kNoRule = product_upsert::kNoRule;  // the product itself collides
  // Stand for rules: things other than identity keys that two documents may both want, by a hash.
  static constexpr std::uint16_t kSku = 0xFFFE;
  static constexpr std::uint16_t kCustomValue = 0xFFFD;
  static constexpr std::uint16_t kParentName = 0xFFFC;
  // What documents are found by beside the products' rows, a sku or custom value: by whom it was
  // said, by a document of which product, and by a tombstone.
  static constexpr std::uint16_t kFoundBy = 0xFFFB;
  static constexpr std::uint16_t kFoundByOf = 0xFFFA;
  static constexpr std::uint16_t kFoundByGone = 0xFFF9;

  // Thrown if the outcome of a batch depends on documents of other batches.
  struct AcrossBatches {};

  Pass pass() const { return pass_; }
  // Forgets all; ready for the first batch again.
  void start_survey();
  // Keeps the collisions. Returns the documents to decide before all others, in sets.
  std::vector<std::vector<std::uint64_t>> settle();

  struct Document {
    std::uint64_t position;
    bool created;
  };
  // The document of an earlier batch that is the product.
  std::optional<Document> product(std::int64_t organization_id, std::int64_t id) const;
  // The document of an earlier batch that would have had the key; 0 if there is none. Known for
  // rejected documents and those that changed a product's key; in a survey, for all.
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

  // --- documents that want what others may give up or make ---
  // A bit for each thing that a product can give up.
  enum Wanted : std::uint8_t { wants_key = 1, wants_sku = 2, wants_value = 4, wants_parent = 8 };

  // Whether documents of later batches are still to come.
  void expect_more(bool more) { expects_more_ = more; }
  bool expects_more() const { return expects_more_; }
  // The document can only be written if a later one makes the product give that up.
  void await(std::int64_t organization_id, std::int64_t product, Wanted what);
  // Bits of what is wanted of the product.
  std::uint8_t awaited(std::int64_t organization_id, std::int64_t product) const;
  // Or if a later one makes a product with this name, given by its hash.
  void await_name(std::int64_t organization_id, std::uint64_t name);
  bool awaits_names() const { return !names_.empty(); }
  bool is_awaited_name(std::int64_t organization_id, std::uint64_t name) const;
  // A document that was rejected, and might not have been had another one come first.
  void set_waiting(std::uint64_t position) { waiting_.insert(position); }
  bool is_waiting(std::uint64_t position) const { return waiting_.contains(position); }

  // Whether a key of kSku or kCustomValue was noted.
  void set_has_claims() { has_claims_ = true; }
  bool has_claims() const { return has_claims_; }

  // In a survey, or before it.
  void link(std::uint64_t item, std::uint64_t on) { links_.add(item, on); }
  // The document depends on the document of the product, whichever that is, or with `both` each on
  // the other; or on the document that makes the name.
  void want(std::uint64_t position, std::int64_t organization_id, std::int64_t product, bool both);
  void want_name(std::uint64_t position, std::int64_t organization_id, std::uint64_t name);
  // The document deletes its product, and depends on documents that take its children away.
  void note_removal(std::uint64_t position) { removals_.insert(position); }
  void note_child(std::uint64_t position, std::int64_t organization_id, std::int64_t parent) {
    children_.push_back({position, organization_id, parent, false});
  }

 private:
  // 64-bit keys to 32-bit positions; open addressing. By hand, since a feed has as many entries as
  // documents, which are twelve bytes each here and a node from the heap in std::unordered_map.
  class PositionMap {
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

  struct Want {
    std::uint64_t position;
    std::int64_t organization_id;
    std::int64_t product;
    bool both;
  };

  Pass pass_ = Pass::writing;
  bool expects_more_ = false;
  bool has_claims_ = false;
  std::unordered_map<std::uint64_t, std::uint8_t, WordHash> awaited_;
  std::unordered_set<std::uint64_t, WordHash> names_;
  std::unordered_set<std::uint64_t, WordHash> waiting_;
  Links links_;
  std::vector<Want> wants_;
  std::vector<Want> children_;  // documents, and the products whose children they take away
  std::unordered_set<std::uint64_t, WordHash> removals_;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> wanted_names_;  // position, fingerprint
  std::unordered_map<std::int64_t, PositionMap, WordHash>
      products_;  // by organization; keys are ids
  PositionMap keys_;
  std::unordered_map<std::uint64_t, std::int64_t, WordHash> released_;
  std::vector<Collision> collisions_;
  std::unordered_map<std::uint64_t, std::size_t, WordHash> by_first_;  // rule and first position
  std::vector<std::pair<std::uint64_t, std::uint32_t>> by_position_;   // sorted once settled
};

}  // namespace product_upsert
