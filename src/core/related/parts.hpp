#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "core/catalogue/custom_field.hpp"
#include "core/catalogue/related.hpp"
#include "core/document/batch.hpp"
#include "core/document/dependencies.hpp"
#include "core/document/options.hpp"
#include "core/related/wanting.hpp"
#include "core/value/hash.hpp"

namespace product_upsert {

Failure unknown_custom_field(const std::string& name, const std::string& path);
// Of a field whose values no index has yet; `holder` has one.
std::string tell_unindexed(std::int64_t holder);
// How a value stands in product_custom_value: numbers by value, so that 1.0 is 1.
std::string indexed_text(const Value& value);

// What of a document reaches beyond the row of product: references to other rows, links, custom
// fields, variants. Works on all documents of one organization at a time, a fixed number of
// statements each; failures go to the items (C3).
class Parts {
 public:
  using Items = std::vector<std::uint32_t>;

  // `shown`, where answers show what products hold beyond their rows, is given what is read anyway.
  // `dependencies` is told which documents count on others.
  Parts(const Options& options, RelatedRows& related, Batch& batch, Dependencies& dependencies,
        Shown* shown = nullptr);

  // Where the call is cut into batches; must outlive it.
  void set_wanting(Wanting* wanting) { wanting_ = wanting; }
  // What the document wants that no other product may have; by a hash, as Wanting is told it.
  void each_claim(std::uint32_t index,
                  const std::function<void(Wanting::What, std::uint64_t)>& f) const;
  // The names by which the document's product may be named as a parent; by a hash, likewise.
  void each_name(std::uint32_t index, const std::function<void(std::uint64_t)>& f) const;

  // Before matching: rows that documents name are found, names replaced by ids; custom fields are
  // held against their definitions and put into the stored form. Once for each document.
  void resolve(std::int64_t organization_id, const Items& items);
  // Products that have a value in the custom field `reference` (rule 7); throws Refusal where there
  // is no such field, or it does not identify.
  using Holders = std::unordered_map<std::uint32_t, std::vector<std::int64_t>>;
  Holders find_by_custom_field(std::int64_t organization_id, const Items& items,
                               const std::string& reference);

  // Products of which the document names variants by their skus (identifier_field sku).
  Holders find_by_skus(std::int64_t organization_id, const Items& items);

  // Whether the item has no value, or none that is right, to be found by.
  bool lacks_identifier(std::uint32_t index) const { return unidentified_.contains(index); }
  // Of a document that neither creates nor updates: its variants' skus, each said and said once.
  void check_variant_names(std::uint32_t index);

  // After matching: reads what the matched products hold of what their documents speak of.
  void read(std::int64_t organization_id, const Items& items);
  // Adds to item.changed what would change, to its failures what may not be.
  void plan(std::uint32_t index);
  // Whether the document speaks of rows beside the product, so that it may have to be written
  // although its own row holds all that is said.
  bool says_any(std::uint32_t index) const;
  // Skus and unique custom values against other documents and products.
  void check(std::int64_t organization_id, const Items& items);
  // Parents (rule 13), once it is known which documents stand: those without failures. A document
  // whose parent is made by one that does not stand fails too. To be called last.
  void check_parents(std::int64_t organization_id, const Items& items);
  // Whether some document gives a product a parent, so that parents may have to be locked; whether
  // they were, in a round that is undone since; and to lock them before all else.
  bool may_move_parents() const { return may_move_parents_; }
  bool locks_parents() const { return locks_parents_; }
  void lock_parents(std::int64_t organization_id) { related_.lock_parents(organization_id); }
  // Has the item fail for each row that it refers to and that is no longer there; true where there
  // is one.
  bool fail_missing_references(std::int64_t organization_id, std::uint32_t index);
  // Whether rows beside the items' products are written, which may have to be undone with them.
  bool may_lose(const Items& items) const;
  // Before the products are written: notes which custom fields are in use, and as what. Throws
  // Refusal where a definition has changed since it was read.
  void claim(std::int64_t organization_id, const Items& items);
  // What a key that is taken does to an insert: its row is left out; or, where there are many rows
  // and it comes cheaper, as with `fails`; or it is an error (see TableWrites::may_fail).
  enum class TakenKey : std::uint8_t { leaves_out, may_fail, fails };
  // Once the products stand: writes their parts. False: a concurrent writer took a key.
  bool write(std::int64_t organization_id, const Items& items, TakenKey taken);
  // Forgets what was read of the item, which will be matched again.
  void forget(std::uint32_t index) { states_.erase(index); }
  // Once all is written: hands over the rows that were read of products that were not written. A
  // user's trigger may have seen to the others'.
  void give_unchanged();

  // The document of this batch that makes the item's parent product, if one does.
  std::optional<std::uint32_t> parent_document(std::uint32_t index) const;
  // Some updated product gets a parent that is only now created: inserts come first.
  bool inserts_first(const Items& items) const;

 private:
  struct Variant {  // stored
    std::int64_t id = 0;
    std::uint64_t tid = 0;  // see StoredProduct
    bool said = false;      // the document names it, by id or by sku
    std::string_view sku;   // where it is named
    IndexSet changed;       // columns of the table in which it says something else
    // Where that is so: what stands in the variants' fields of which it says nothing.
    std::span<const Value> kept;
  };
  enum class Change : std::uint8_t { create, update, remove };
  struct VariantChange {
    Change change = Change::create;
    Value given;              // the document's variant
    int stored = -1;          // its place in State::variants
    std::uint32_t place = 0;  // in the document's list
    Value sku;                // that the document says
  };
  struct VariantRow {
    std::int64_t product;
    const VariantChange* change;
    const Variant* stored;  // null where it is created
  };
  // The variants of a document by what names them: an id, else a sku.
  class NamedVariants {
   public:
    NamedVariants() = default;
    // Of a list of objects; those without either are left out.
    NamedVariants(const Field& variants, const Value& given);
    // The place of the first one that means the stored variant, or -1.
    int find(std::int64_t id, std::string_view sku) const;

   private:
    std::vector<std::pair<std::int64_t, std::uint32_t>> ids_;
    std::vector<std::pair<std::string_view, std::uint32_t>> skus_;
  };
  struct SkuClaim {  // of a variant that is to have the sku newly
    std::uint32_t item;
    std::uint32_t place;
    Value sku;
    std::int64_t variant;  // stored; 0: none yet
  };
  struct CustomChange {  // of an indexed custom field
    const CustomField* field = nullptr;
    std::vector<std::string> values;
    bool held = false;  // values that it had before
  };
  // What a document says of custom fields, in the stored form.
  struct CustomMembers {
    std::vector<Member> members;
    std::map<std::string, std::string, std::less<>> paths;  // by key
  };
  struct State {
    NamedVariants named;
    std::vector<Variant> variants;
    std::vector<int> stored;  // for each variant of the document, its place in `variants`, or -1
    std::vector<VariantChange> variant_changes;
    // All stored ones as Shown keeps them, while nothing is to change about them.
    std::optional<std::vector<std::string_view>> unchanged;
    std::map<std::size_t, std::vector<std::int64_t>> links, new_links;  // by field
    std::vector<CustomChange> custom_changes;
  };

  std::size_t insert(TableWrites writes, TakenKey taken);
  static std::uint64_t value_claim(const CustomField& field, std::string_view value);
  static bool is_new_sku(const State& state, const VariantChange& change);

  // parts_resolve.cpp
  void resolve_references(std::int64_t organization_id, const Items& items, std::size_t field);
  // Documents by the names of what they make.
  using MadeByBatch = std::unordered_map<std::string, std::uint32_t, TextHash, std::equal_to<>>;
  MadeByBatch made_by_batch(const Items& items, const Reference& reference) const;
  // parts_custom_read.cpp
  void resolve_custom_fields(std::int64_t organization_id, const Items& items, std::size_t field);
  void read_custom_object(std::int64_t organization_id, std::uint32_t index, std::size_t field,
                          const Value& given, CustomMembers& members);
  void read_custom_list(std::int64_t organization_id, std::uint32_t index, std::size_t field,
                        const Value& given, CustomMembers& members);
  void read_custom_entry(std::int64_t organization_id, std::uint32_t index, const Value& entry,
                         const std::string& path, CustomMembers& members);
  void take_custom(std::int64_t organization_id, std::uint32_t index, const CustomField& field,
                   const Value& value, const std::string& path, CustomMembers& members);
  const CustomField* one_custom_field(std::uint32_t index,
                                      const std::vector<const CustomField*>& fits,
                                      std::string_view name, const std::string& path);
  Value custom_value(const CustomField& field, const Value& given, const std::string& path,
                     Item& item);
  // parts_custom.cpp
  void plan_custom(std::uint32_t index);
  void check_custom(std::int64_t organization_id, const Items& items);
  bool gives_up(std::uint32_t index, const CustomField& field, const std::string& value) const;
  bool write_custom(std::int64_t organization_id, const Items& items, TakenKey taken);
  // parts_custom_use.cpp
  const CustomFields& custom_fields(std::int64_t organization_id);
  const CustomFieldNames& custom_field_names(std::int64_t organization_id);
  bool is_used(std::int64_t organization_id, const CustomField& field);
  std::optional<std::int64_t> unindexed(std::int64_t organization_id, const CustomField& field);
  // parts_variants.cpp
  void read_variants(std::int64_t organization_id, const Items& items);
  void plan_variants(std::uint32_t index);
  std::optional<VariantChange> plan_variant(std::uint32_t index, std::uint32_t place);
  std::vector<std::uint32_t> check_named_once(std::uint32_t index);
  void require_fields(Item& item, const Value& variant, std::uint32_t place);
  void require_last_variant(Item& item, const State& state) const;
  bool replaces_variants(const Item& item) const;
  bool was_told(const Item& item, const std::string& path);
  State& begin_variants(std::uint32_t index);
  void found_variant(std::uint32_t index, const StoredRow& row);
  void compare(const Value& given, const StoredRow& row, Variant& variant);
  void check_skus(std::int64_t organization_id, const Items& items);
  void tell_same_sku(const std::vector<SkuClaim>& claims, std::span<const std::uint32_t> several);
  void found_owner(const SkuClaim& claim, std::int64_t owner, std::int64_t variant);
  Failure sku_taken(const SkuClaim& claim, std::int64_t owner) const;
  // `moves` is set where the variant goes on with another sku.
  bool gives_up_sku(std::uint32_t index, std::int64_t variant, bool& moves) const;
  bool write_variants(std::int64_t organization_id, const Items& items, TakenKey taken);
  bool release_skus(std::int64_t organization_id, const std::vector<VariantRow>& rows);
  bool update_variants(std::int64_t organization_id, std::vector<VariantRow>& rows);
  std::map<std::vector<bool>, std::vector<std::uint32_t>> by_defaults(
      const std::vector<VariantRow>& rows, const std::vector<std::uint32_t>& order) const;
  std::vector<std::int64_t> ids_as_sent(
      const std::vector<VariantRow>& rows,
      const std::map<std::vector<bool>, std::vector<std::uint32_t>>& alike);
  bool create_variants(std::int64_t organization_id, const std::vector<VariantRow>& rows,
                       TakenKey taken);
  // parts_links.cpp
  void read_links(std::int64_t organization_id, const Items& items, std::size_t field);
  void plan_links(std::uint32_t index, std::size_t field);
  bool write_links(std::int64_t organization_id, const Items& items, std::size_t field,
                   TakenKey taken);

  // parts_parent.cpp
  void depend_on_parents(const Items& items);
  // A product's id, or ~index of a document that creates one.
  std::int64_t node_name(std::uint32_t index) const;
  // What the document makes the product's parent: such a name, 0 for none; nothing where it leaves
  // the parent alone.
  std::optional<std::int64_t> said_parent(std::uint32_t index) const;

  const Options& options_;
  RelatedRows& related_;
  Batch& batch_;
  Dependencies& dependencies_;
  Shown* shown_;
  Wanting* wanting_ = nullptr;
  bool may_move_parents_ = false;
  bool locks_parents_ = false;
  bool skus_move_ = false;  // between variants that stay
  std::optional<std::size_t> variants_field_, replace_field_, custom_field_, parent_field_;
  std::vector<std::size_t> reference_fields_, link_fields_;
  std::map<std::int64_t, CustomFields> custom_fields_;  // by organization
  std::map<std::int64_t, CustomFieldNames> custom_field_names_;
  // Of the fields in use: whether as what was read of them. By organization, then field.
  std::map<std::int64_t, std::unordered_map<std::int64_t, bool>> uses_;
  // Of the fields that are to be indexed and not in use: a product that has a value already.
  std::map<std::int64_t, std::unordered_map<std::int64_t, std::int64_t>> unindexed_;
  std::set<std::pair<std::uint32_t, std::int64_t>> faulty_;  // item and custom field
  std::unordered_set<std::uint32_t> unidentified_;
  std::unordered_map<std::uint32_t, State> states_;
  // The paths of the failures that was_told() has seen of the item it was asked of last.
  struct Told {
    const Item* item = nullptr;
    std::size_t count = 0;
    std::unordered_set<std::string, TextHash, std::equal_to<>> paths;
  };
  Told told_;
  std::unordered_map<std::uint32_t, std::uint32_t> parents_;  // item → item that becomes its parent
};

}  // namespace product_upsert
