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

// What of a document reaches beyond the row of product: references to other rows, links, custom
// fields, variants. Each is a class of its own; this calls them step by step. Works on all
// documents of one organization at a time, a fixed number of statements each; failures go to the
// items (C3).
class RelatedFields {
 public:
  using Items = RelatedState::Items;

  // `related_answers`, where answers show what products hold beyond their rows, is given what is
  // read anyway. `dependencies` is told which documents count on others.
  RelatedFields(const Options& options, RelatedRows& related, Batch& batch,
                Dependencies& dependencies, RelatedAnswers* related_answers = nullptr);
  RelatedFields(const RelatedFields&) = delete;
  RelatedFields& operator=(const RelatedFields&) = delete;

  // Where the call is cut into batches; must outlive it.
  void set_wanting(Wanting* wanting) { state_.wanting = wanting; }
  // What the document wants that no other product may have; by a hash, as Wanting is told it.
  void each_claim(std::uint32_t index,
                  const std::function<void(Wanting::What, std::uint64_t)>& f) const;
  // The names by which the document's product may be named as a parent; by a hash, likewise.
  void each_name(std::uint32_t index, const std::function<void(std::uint64_t)>& f) const {
    references_.each_name(index, f);
  }

  // --- resolve ---

  // Before matching: rows that documents name are found, names replaced by ids; custom fields are
  // held against their definitions and put into the stored form. Once for each document.
  void resolve(std::int64_t organization_id, const Items& items);
  // Products that have a value in the custom field `reference` (rule 7); throws Refusal where there
  // is no such field, or it does not identify.
  Holders find_by_custom_field(std::int64_t organization_id, const Items& items,
                               const std::string& reference) {
    return custom_values_.find_holders(organization_id, items, reference);
  }
  // Products of which the document names variants by their skus (identifier_field sku).
  Holders find_by_skus(std::int64_t organization_id, const Items& items) {
    return skus_.find_holders(organization_id, items);
  }
  // Whether the item has no value, or none that is right, to be found by.
  bool lacks_identifier(std::uint32_t index) const {
    return custom_values_.is_unidentified(index) || skus_.is_unidentified(index);
  }
  // Of a document that neither creates nor updates: its variants' skus, each said and said once.
  void check_variant_names(std::uint32_t index) { variants_.check_names(index); }

  // --- read, plan ---

  // After matching: reads what the matched products hold of what their documents speak of.
  void read(std::int64_t organization_id, const Items& items);
  // Adds to item.changed what would change, to its failures what may not be.
  void plan(std::uint32_t index);
  // What was planned of a field of variants or links, or of the parent, is not to be.
  void take_back(std::uint32_t index, std::size_t field);
  // Whether the matched product has any of the field of variants or links; where the document
  // speaks of it.
  bool has_rows(std::uint32_t index, std::size_t field) const;
  // Whether the document speaks of rows beside the product, so that it may have to be written
  // although its own row holds all that is said.
  bool says_any(std::uint32_t index) const;

  // --- check ---

  // Skus and unique custom values against other documents and products.
  void check(std::int64_t organization_id, const Items& items);
  // Parents (rule 13), once it is known which documents stand: those without failures. A document
  // whose parent is made by one that does not stand fails too. To be called last.
  void check_parents(std::int64_t organization_id, const Items& items);
  // Whether some document gives a product a parent, so that parents may have to be locked; whether
  // they were, in a round that is undone since; and to lock them before all else.
  bool may_move_parents() const { return parents_.may_move(); }
  bool locks_parents() const { return parents_.is_locked(); }
  void lock_parents(std::int64_t organization_id) { state_.related.lock_parents(organization_id); }
  // Has the item fail for each row that it refers to and that is no longer there; true where there
  // is one.
  bool fail_missing_references(std::int64_t organization_id, std::uint32_t index) {
    return references_.fail_missing(organization_id, index);
  }

  // --- write ---

  // Whether rows beside the items' products are written, which may have to be undone with them.
  bool may_lose(const Items& items);
  // Before the products are written: notes which custom fields are in use, and as what. Throws
  // Refusal where a definition has changed since it was read.
  void claim(std::int64_t organization_id, const Items& items) {
    uses_.claim(organization_id, items);
  }
  // Before the products are written: makes rows that documents name and that are not there, where
  // the profile says so. Returns the items that have to do without, which are not to be written.
  Items make_rows(std::int64_t organization_id, const Items& items) {
    return new_rows_.make(organization_id, items);
  }
  // Once the products stand: writes the rows beside them. False: a concurrent writer took a key.
  bool write(std::int64_t organization_id, const Items& items, TakenKey taken);
  // Forgets what was read of the item, which will be matched again.
  void forget(std::uint32_t index) {
    new_rows_.forget(index);
    state_.items.erase(index);
  }
  // Once all is written: hands over the rows that were read of products that were not written. A
  // user's trigger may have seen to the others'.
  void give_unchanged();

  // The document of this batch that makes the item's parent product, if one does.
  std::optional<std::uint32_t> parent_document(std::uint32_t index) const {
    return references_.parent_document(index);
  }
  // Some updated product gets a parent that is only now created: inserts come first.
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
