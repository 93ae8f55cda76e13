#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/catalogue/identity.hpp"
#include "core/document/options.hpp"
#include "core/profile/profile.hpp"
#include "core/upsert/decision.hpp"

namespace product_upsert {

// The identity rules by which documents find their products: that of identifier_field (rules 4, 5,
// 21) or the profile's, in order; and the names of rules in messages.
class MatchRules {
 public:
  // All must outlive it. Throws Refusal (invalid) where identifier_field names no rule that the
  // profile lets documents name, or custom_field_reference does not go with it.
  MatchRules(const IdentityRules& rules, const Options& options, const Profile& profile);
  MatchRules(const MatchRules&) = delete;
  MatchRules& operator=(const MatchRules&) = delete;

  // The catalogue's rules; with identifier_field custom_field or sku, one more: see indirect().
  const IdentityRules& all() const { return rules_; }
  // In the order in which they are asked.
  const std::vector<std::uint16_t>& asked() const { return asked_; }
  bool is_asked(std::uint16_t rule) const;
  // The rule of identifier_field custom_field or sku, else kNoRule. Its key is the id of a product
  // that has the value, or such a variant.
  std::uint16_t indirect() const { return indirect_; }
  bool finds_by_sku() const;

  // The field that an error of that rule is told of; "" where the rule has several.
  std::string field(const IdentityRule& rule) const;
  // manufacturer, brand, name, size, size_unit
  std::string field_words(const IdentityRule& rule) const;
  // handle; natural (manufacturer, brand, name, size, size_unit)
  std::string words(const IdentityRule& rule) const;
  // manufacturer, brand: each by itself
  std::vector<std::string> field_names(const IdentityRule& rule) const;
  // external_id; reference; manufacturer with brand, name
  std::string list_keys() const;

 private:
  static constexpr int kUnknown = -1, kAmbiguous = -2;

  void bind();
  bool may_name(const std::string& rule) const;
  bool may_name(std::size_t rule) const;
  int find_identifier(const std::string& name) const;  // a rule; kUnknown, kAmbiguous
  std::string list_identifiers() const;
  [[noreturn]] void refuse_identifier(const std::string& name) const;

  const Options& options_;
  const Profile& profile_;
  std::unique_ptr<const IdentityRules> extended_;
  const IdentityRules& rules_;
  std::vector<std::uint16_t> asked_;
  std::uint16_t indirect_ = kNoRule;
};

}  // namespace product_upsert
