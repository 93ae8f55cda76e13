#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>

#include "core/catalogue/custom_field.hpp"
#include "core/related/related_state.hpp"

namespace product_upsert {

// Of a field whose values no index has yet; `holder` has one.
std::string tell_unindexed(std::int64_t holder);

// The definitions of custom fields, and which of them are in use and how, so that no definition
// changes under its values (rule 14).
class CustomFieldUses {
 public:
  using Items = RelatedState::Items;
  explicit CustomFieldUses(RelatedState& state) : state_(state) {}

  // Read once for each organization, and held from then on.
  const CustomFields& definitions(std::int64_t organization_id);
  const CustomFieldNames& names(std::int64_t organization_id);
  // Null where they were not read.
  const CustomFields* known_definitions(std::int64_t organization_id) const;
  // A product whose value of this field no index has. Throws as claim().
  std::optional<std::int64_t> unindexed(std::int64_t organization_id, const CustomField& field);
  // Before the products are written: records which custom fields are in use, and their definitions.
  // Throws Refusal (serialization) if a definition has changed since it was read.
  void claim(std::int64_t organization_id, const Items& items);

 private:
  bool is_used(std::int64_t organization_id, const CustomField& field);

  RelatedState& state_;
  std::map<std::int64_t, CustomFields> definitions_;  // by organization
  std::map<std::int64_t, CustomFieldNames> names_;
  // Of the fields in use: whether as what was read of them. By organization, then field.
  std::map<std::int64_t, std::unordered_map<std::int64_t, bool>> uses_;
  // Of the fields that are to be indexed and not in use: a product that has a value already.
  std::map<std::int64_t, std::unordered_map<std::int64_t, std::int64_t>> unindexed_;
};

}  // namespace product_upsert
