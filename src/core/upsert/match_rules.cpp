#include "core/upsert/match_rules.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "core/value/failure.hpp"
#include "core/value/text.hpp"

namespace product_upsert {

namespace {

constexpr std::string_view kCustomField = "custom_field";
constexpr std::string_view kSku = "sku";

// Whether documents can have a value in a field of that role.
bool may_say(const Profile& profile, Role role) {
  return std::any_of(profile.fields.begin(), profile.fields.end(),
                     [&](const Field& f) { return f.role == role && f.read_only == ReadOnly::no; });
}

// With identifier_field custom_field or sku there is an additional rule: the product that has the
// value, or the variant's sku, is then found by its id.
std::unique_ptr<const IdentityRules> extend(const IdentityRules& rules, const Options& options,
                                            const Profile& profile) {
  if (options.identifier == kSku && may_say(profile, Role::variants) && rules.find(kSku) < 0) {
    auto extended = std::make_unique<IdentityRules>(rules);
    extended->rules.push_back({std::string(kSku), {Column::id}, {Column::id}, false});
    return extended;
  }
  if (options.identifier != kCustomField) return nullptr;
  if (!options.custom_field) {
    throw Refusal(Refused::invalid, "identifier_field custom_field needs a custom_field_reference",
                  {},
                  {{Code::required,
                    "custom_field_reference",
                    "is required with identifier_field custom_field",
                    {}}});
  }
  auto extended = std::make_unique<IdentityRules>(rules);
  extended->rules.push_back(
      {std::string(kCustomField) + ":" + *options.custom_field, {Column::id}, {Column::id}, false});
  return extended;
}

}  // namespace

MatchRules::MatchRules(const IdentityRules& rules, const Options& options, const Profile& profile)
    : options_(options),
      profile_(profile),
      extended_(extend(rules, options, profile)),
      rules_(extended_ ? *extended_ : rules) {
  bind();
  if (options.custom_field && options.identifier && *options.identifier != kCustomField) {
    throw Refusal(Refused::invalid, "custom_field_reference is for identifier_field custom_field",
                  "Leave one of the two out.",
                  {{Code::enumeration,
                    "custom_field_reference",
                    "is for identifier_field custom_field, not " + *options.identifier,
                    {}}});
  }
  if (extended_ && !profile.has_related_fields) {
    throw Refusal(Refused::invalid, "profile \"" + profile.name + "\" has no custom fields", {},
                  {{Code::enumeration,
                    "identifier_field",
                    "must not be custom_field: the profile has no custom fields",
                    {}}});
  }
}

void MatchRules::bind() {
  if (extended_) {
    if (!may_name(*options_.identifier)) refuse_identifier(*options_.identifier);
    indirect_ = static_cast<std::uint16_t>(rules_.rules.size() - 1);
    asked_.push_back(indirect_);
    return;
  }
  if (options_.identifier) {
    const int rule = options_.identifier_is_ours ? rules_.find(*options_.identifier)
                                                 : find_identifier(*options_.identifier);
    if (rule < 0) refuse_identifier(*options_.identifier);
    asked_.push_back(static_cast<std::uint16_t>(rule));
    return;
  }
  for (const ProfileRule& r : profile_.identity) {
    const int rule = rules_.find(r.rule);
    if (rule < 0) {
      std::string names;
      for (const IdentityRule& known : rules_.rules) add_to_list(names, known.name);
      throw Refusal(Refused::invalid, "identity rule \"" + r.rule + "\" is not known",
                    "Valid are " + names + ".",
                    {{Code::enumeration, "identity rule", "must be one of " + names, {}}});
    }
    asked_.push_back(static_cast<std::uint16_t>(rule));
  }
}

bool MatchRules::finds_by_sku() const { return extended_ && options_.identifier == kSku; }

bool MatchRules::is_asked(std::uint16_t rule) const {
  return std::find(asked_.begin(), asked_.end(), rule) != asked_.end();
}

bool MatchRules::may_name(const std::string& rule) const {
  const auto& listed = profile_.identifiers;
  return !listed || std::find(listed->begin(), listed->end(), rule) != listed->end();
}

// A rule cannot be named if documents of the profile cannot have its columns.
bool MatchRules::may_name(std::size_t rule) const {
  const IdentityRule& r = rules_.rules[rule];
  return may_name(r.name) && std::all_of(r.required.begin(), r.required.end(), [&](Column c) {
           const Field* f = profile_.field_of(c);
           return f != nullptr && (f->read_only == ReadOnly::no || f->read_only == ReadOnly::match);
         });
}

// Finds a rule by its own name, or by the profile's name of its only field: subscription's id is
// the rule uuid. If these are different rules, the caller has to say which.
int MatchRules::find_identifier(const std::string& name) const {
  int by_name = rules_.find(name);
  if (by_name >= 0 && !may_name(static_cast<std::size_t>(by_name))) by_name = kUnknown;
  int by_field = kUnknown;
  const int field = profile_.find(name);
  const Field* const f = field < 0 ? nullptr : &profile_.fields[static_cast<std::size_t>(field)];
  for (std::size_t r = 0; r < rules_.rules.size() && f != nullptr && by_field < 0; ++r) {
    const auto& columns = rules_.rules[r].fields;
    if (f->role == Role::column && f->member.empty() && columns.size() == 1 &&
        columns.front() == f->column && may_name(r))
      by_field = static_cast<int>(r);
  }
  if (by_name < 0) return by_field;
  return by_field < 0 || by_field == by_name ? by_name : kAmbiguous;
}

std::string MatchRules::list_identifiers() const {
  std::string names;
  const auto add = [&](const std::string& name) { add_to_list(names, name); };
  for (std::size_t r = 0; r < rules_.rules.size(); ++r) {
    const IdentityRule& rule = rules_.rules[r];
    if (!may_name(r)) continue;
    if (find_identifier(rule.name) == static_cast<int>(r)) add(rule.name);
    const std::string field(profile_.name_of(rule.fields.front()));
    if (rule.fields.size() == 1 && field != rule.name &&
        find_identifier(field) == static_cast<int>(r))
      add(field);
  }
  if (may_name("custom_field") && may_say(profile_, Role::custom_fields)) add("custom_field");
  if (may_name("sku") && rules_.find("sku") < 0 && may_say(profile_, Role::variants)) add("sku");
  return names;
}

void MatchRules::refuse_identifier(const std::string& name) const {
  const std::string valid = list_identifiers();
  std::string fault = " is not known";
  if (find_identifier(name) == kAmbiguous) fault = " names a rule, and a field of another rule";
  else if (rules_.find(name) >= 0 || name == "custom_field")
    fault = " is not for profile \"" + profile_.name + "\"";
  throw Refusal(Refused::invalid, "identifier_field \"" + name + "\"" + fault,
                "Valid are " + valid + ".",
                {{Code::enumeration, "identifier_field", "must be one of " + valid, {}}});
}

std::string MatchRules::field(const IdentityRule& rule) const {
  if (indirect_ != kNoRule && &rule == &rules_.rules[indirect_]) {
    const auto& fields = profile_.fields;
    const Role role = finds_by_sku() ? Role::variants : Role::custom_fields;
    const auto it =
        std::find_if(fields.begin(), fields.end(), [&](const Field& f) { return f.role == role; });
    if (finds_by_sku()) return it->name;
    return (it == fields.end() ? "custom_fields" : it->name) + "." + *options_.custom_field;
  }
  // If there are several fields, none of them alone is wrong; words() names them all.
  return rule.fields.size() == 1 ? std::string(profile_.name_of(rule.fields.front())) : "";
}

std::string MatchRules::field_words(const IdentityRule& rule) const {
  std::string words;
  for (Column c : rule.fields) add_to_list(words, profile_.name_of(c));
  return words;
}

std::string MatchRules::words(const IdentityRule& rule) const {
  return rule.fields.size() == 1 ? rule.name : rule.name + " (" + field_words(rule) + ")";
}

std::vector<std::string> MatchRules::field_names(const IdentityRule& rule) const {
  std::vector<std::string> names;
  for (Column c : rule.fields) names.emplace_back(profile_.name_of(c));
  return names;
}

std::string MatchRules::list_keys() const {
  std::string keys;
  for (const std::uint16_t rule : asked_) {
    std::string fields;
    for (Column c : rules_.rules[rule].required)
      fields += (fields.empty() ? "" : " with ") + std::string(profile_.name_of(c));
    add_to_list(keys, fields);
  }
  return keys;
}

}  // namespace product_upsert
