#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/related/custom_field_reader.hpp"
#include "core/related/custom_field_uses.hpp"
#include "core/related/custom_values.hpp"
#include "core/related/new_rows.hpp"
#include "core/related/parents.hpp"
#include "core/related/product_links.hpp"
#include "core/related/references.hpp"
#include "core/related/related_state.hpp"
#include "core/related/variant_skus.hpp"
#include "core/related/variant_writer.hpp"
#include "core/related/variants.hpp"

namespace product_upsert {

// The parts of a document that concern rows other than the product's: references, links, custom
// fields, variants. Each is a class of its own; this class calls them step by step. Each step
// handles all documents of one organization with a fixed number of statements; failures are added
// to the items (C3).
class RelatedFields {
 public:
  using Items = RelatedState::Items;

  // `related_answers` is set if answers show rows beside the product; it is given what is read
  // anyway. `dependencies` is told which documents depend on others.
  RelatedFields(const Options& options, RelatedRows& related, Batch& batch,
                Dependencies& dependencies, RelatedAnswers* related_answers = nullptr);
  RelatedFields(const RelatedFields&) = delete;
  RelatedFields& operator=(const RelatedFields&) = delete;

  // For a call that is cut into batches; must outlive it.
  void set_wanting(Wanting* wanting) { state_.wanting = wanting; }
  // What the document wants that no other product may have, as the hash that Wanting is given.
  void each_claim(std::uint32_t index,
                  const std::function<void(Wanting::What, std::uint64_t)>& f) const;
  // The names by which the document's product can be named as a parent, as hashes.
  void each_name(std::uint32_t index, const std::function<void(std::uint64_t)>& f) const {
    references_.each_name(index, f);
  }

  // --- resolve ---

  // Before matching: finds the rows that documents name and replaces names by ids; checks custom
  // fields against their definitions and converts them to the stored form. Once for each document.
  void resolve(std::int64_t organization_id, const Items& items);
  // Products that have the value in the custom field `reference` (rule 7). Throws Refusal if there
  // is no such field, or if it does not identify products.
  Holders find_by_custom_field(std::int64_t organization_id, const Items& items,
                               const std::string& reference) {
    return custom_values_.find_holders(organization_id, items, reference);
  }
  // Products of which the document names variants by their skus (identifier_field sku).
  Holders find_by_skus(std::int64_t organization_id, const Items& items) {
    return skus_.find_holders(organization_id, items);
  }
  // The skus or custom values by which the document was looked up; null if there are none.
  const FoundBy* found_by(std::uint32_t index) const {
    const auto it = state_.found_by.find(index);
    return it == state_.found_by.end() ? nullptr : &it->second;
  }
  // Reports, as hashes too, by what the products of these items are found before they are written,
  // and perhaps not after.
  void each_given_up(std::int64_t organization_id, const Items& items,
                     const std::function<void(std::uint32_t, std::uint64_t)>& f);
  // Whether the item has no value, or no valid one, by which it could be found.
  bool lacks_identifier(std::uint32_t index) const {
    return custom_values_.is_unidentified(index) || skus_.is_unidentified(index);
  }
  // For a document that neither creates nor updates: checks that each variant has a sku, and each
  // sku occurs once.
  void check_variant_names(std::uint32_t index) { variants_.check_names(index); }

  // --- read, plan ---

  // After matching: reads the related rows of the matched products, where their documents have such
  // fields.
  void read(std::int64_t organization_id, const Items& items);
  // Adds changes to item.changed, and what must not change to its failures.
  void plan(std::uint32_t index);
  // Withdraws all that was planned.
  void take_back(std::uint32_t index);
  // Withdraws what was planned for a field of variants or links, or for the parent.
  void take_back(std::uint32_t index, std::size_t field);
  // Whether the matched product has rows for a field of variants or links that the document gives.
  bool has_rows(std::uint32_t index, std::size_t field) const;
  // Whether the document gives related rows, so that it may have to be written although the
  // product's own row is unchanged.
  bool says_any(std::uint32_t index) const;

  // --- check ---

  // Checks skus and unique custom values against other documents and products.
  void check(std::int64_t organization_id, const Items& items);
  // Checks parents (rule 13), once it is known which documents have no failures. A document whose
  // parent is made by a failed document fails too. To be called last.
  void check_parents(std::int64_t organization_id, const Items& items);
  // Whether some document gives a product a parent, so that parents may have to be locked; whether
  // they were locked in a round that was undone; and to lock them before everything else.
  bool may_move_parents() const { return parents_.may_move(); }
  bool locks_parents() const { return parents_.is_locked(); }
  void lock_parents(std::int64_t organization_id) { state_.related.lock_parents(organization_id); }
  // Adds a failure to the item for each row that it refers to and that no longer exists; true if
  // there is one.
  bool fail_missing_references(std::int64_t organization_id, std::uint32_t index) {
    return references_.fail_missing(organization_id, index);
  }

  // --- write ---

  // Whether related rows are written, which may have to be undone with the products.
  bool may_lose(const Items& items);
  // Before the products are written: records which custom fields are in use, and their definitions.
  // Throws Refusal if a definition has changed since it was read.
  void claim(std::int64_t organization_id, const Items& items) {
    uses_.claim(organization_id, items);
  }
  // Before the products are written: creates missing rows that documents name, if the profile says
  // so. Returns the items whose rows could not be created, which must not be written.
  Items make_rows(std::int64_t organization_id, const Items& items) {
    return new_rows_.make(organization_id, items);
  }
  // After the products are written: writes the rows beside them. False if a concurrent writer took
  // a key.
  bool write(std::int64_t organization_id, const Items& items, TakenKey taken);
  // Forgets what was read of the item, which will be matched again.
  void forget(std::uint32_t index) {
    new_rows_.forget(index);
    state_.items.erase(index);
  }
  // After everything is written: passes on the rows that were read of products that were not
  // written. The others' may have been changed by a user's trigger.
  void give_unchanged();

  // Calls f(field, document) for each reference of the item to a product that a document of this
  // batch makes.
  template <typename F>
  void each_made(std::uint32_t index, F f) const {
    references_.each_made(index, f);
  }
  // Whether the two items refer to the same of such products.
  bool refer_alike(std::uint32_t a, std::uint32_t b) const;
  // Some updated product refers to one that is only now created: inserts come first.
  bool inserts_first(const Items& items) const { return parents_.inserts_first(items); }

 private:
  RelatedState state_;
  NewRows new_rows_;
  References references_;
  Parents parents_;
  ProductLinks links_;
  CustomFieldUses uses_;
  CustomFieldReader custom_fields_;
  CustomValues custom_values_;
  Variants variants_;
  VariantSkus skus_;
  VariantWriter variant_writer_;
};

}  // namespace product_upsert
