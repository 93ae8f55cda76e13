// Engine: which identity rule identifier_field means.
#include <algorithm>

#include "core/upsert/engine.hpp"

namespace product_upsert {

bool Engine::may_name(const std::string& rule) const {
  const auto& listed = batch_.profile.identifiers;
  return !listed || std::find(listed->begin(), listed->end(), rule) != listed->end();
}

// A rule of columns that documents cannot speak of finds nothing, so it is not theirs to name.
bool Engine::may_name(std::size_t rule) const {
  const IdentityRule& r = rules_.rules[rule];
  return may_name(r.name) && std::all_of(r.required.begin(), r.required.end(), [&](Column c) {
           const Field* f = batch_.profile.field_of(c);
           return f != nullptr && (f->read_only == ReadOnly::no || f->read_only == ReadOnly::match);
         });
}

// By its own name, or by the profile's name of the field that it consists of: subscription's id is
// the rule uuid. Where the two are different rules, whoever asks has to say which.
int Engine::find_identifier(const std::string& name) const {
  int by_name = rules_.find(name);
  if (by_name >= 0 && !may_name(static_cast<std::size_t>(by_name))) by_name = kUnknown;
  int by_field = kUnknown;
  const int field = batch_.profile.find(name);
  const Field* const f =
      field < 0 ? nullptr : &batch_.profile.fields[static_cast<std::size_t>(field)];
  for (std::size_t r = 0; r < rules_.rules.size() && f != nullptr && by_field < 0; ++r) {
    const auto& columns = rules_.rules[r].fields;
    if (f->role == Role::column && f->member.empty() && columns.size() == 1 &&
        columns.front() == f->column && may_name(r))
      by_field = static_cast<int>(r);
  }
  if (by_name < 0) return by_field;
  return by_field < 0 || by_field == by_name ? by_name : kAmbiguous;
}

std::string Engine::list_identifiers() const {
  std::string names;
  const auto add = [&](const std::string& name) { names += (names.empty() ? "" : ", ") + name; };
  for (std::size_t r = 0; r < rules_.rules.size(); ++r) {
    const IdentityRule& rule = rules_.rules[r];
    if (!may_name(r)) continue;
    if (find_identifier(rule.name) == static_cast<int>(r)) add(rule.name);
    const std::string field(batch_.profile.name_of(rule.fields.front()));
    if (rule.fields.size() == 1 && field != rule.name &&
        find_identifier(field) == static_cast<int>(r))
      add(field);
  }
  if (may_name("custom_field") &&
      std::any_of(batch_.profile.fields.begin(), batch_.profile.fields.end(), [](const Field& f) {
        return f.role == Role::custom_fields && f.read_only == ReadOnly::no;
      }))
    add("custom_field");
  if (may_name("sku") && rules_.find("sku") < 0 &&
      std::any_of(batch_.profile.fields.begin(), batch_.profile.fields.end(), [](const Field& f) {
        return f.role == Role::variants && f.read_only == ReadOnly::no;
      }))
    add("sku");
  return names;
}

void Engine::refuse_identifier(const std::string& name) const {
  const std::string valid = list_identifiers();
  std::string fault = " is not known";
  if (find_identifier(name) == kAmbiguous) fault = " names a rule, and a field of another rule";
  else if (rules_.find(name) >= 0 || name == "custom_field")
    fault = " is not for profile \"" + batch_.profile.name + "\"";
  throw Refusal(Refused::invalid, "identifier_field \"" + name + "\"" + fault,
                "Valid are " + valid + ".",
                {{Code::enumeration, "identifier_field", "must be one of " + valid, {}}});
}

}  // namespace product_upsert
