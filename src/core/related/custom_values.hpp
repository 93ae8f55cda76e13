#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_set>

#include "core/related/custom_field_reader.hpp"
#include "core/related/custom_field_uses.hpp"
#include "core/related/related_state.hpp"

namespace product_upsert {

// How a value stands in product_custom_value: numbers by value, so that 1.0 is 1.
std::string indexed_text(const Value& value);

// The index of custom values that identify products (rules 5, 7, 14): finds products by it, keeps
// values unique, and keeps it in step with what products hold.
class CustomValues {
 public:
  using Items = RelatedState::Items;
  CustomValues(RelatedState& state, CustomFieldUses& uses, const CustomFieldReader& reader)
      : state_(state), uses_(uses), reader_(reader) {}

  // Products that have the documents' values in the custom field `reference`; throws Refusal where
  // there is no such field, or it does not identify.
  Holders find_holders(std::int64_t organization_id, const Items& items,
                       const std::string& reference);
  // What the items' products are found by now and may not be any more, once these are written:
  // their values in that field, as in RelatedState::found_by.
  void each_given_up(std::int64_t organization_id, const Items& items, const std::string& reference,
                     const std::function<void(std::uint32_t, std::uint64_t)>& f);
  // Whether the item has no value, or no valid one, by which it could be found.
  bool is_unidentified(std::uint32_t index) const { return unidentified_.contains(index); }

  void plan(std::uint32_t index);
  // Unique values against other documents and products.
  void check(std::int64_t organization_id, const Items& items);
  // The unique values that the document wants, by a hash.
  void each_claim(const RelatedItem& item, const std::function<void(std::uint64_t)>& f) const;
  // False: a concurrent writer took a value.
  bool write(std::int64_t organization_id, const Items& items, TakenKey taken);

 private:
  struct Claim {
    std::uint32_t item;
    const CustomField* field;
    std::string_view value;  // of the item's custom_changes
  };
  const CustomField& identifying_field(std::int64_t organization_id, const std::string& reference);
  std::vector<Claim> claims_of(const Items& items) const;
  void tell_same(const std::vector<Claim>& claims);
  void tell_taken(const Claim& claim, std::int64_t product);
  bool gives_up(std::uint32_t index, const CustomField& field, std::string_view value) const;

  RelatedState& state_;
  CustomFieldUses& uses_;
  const CustomFieldReader& reader_;
  std::unordered_set<std::uint32_t> unidentified_;
};

}  // namespace product_upsert
