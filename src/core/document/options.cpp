#include "core/document/options.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include "core/value/failure.hpp"

namespace product_upsert {

namespace {

constexpr std::array<std::string_view, 5> kActions = {"REPLACE", "IGNORE", "CLEAR", "APPEND",
                                                      "REMOVE"};

[[noreturn]] void unknown(std::string_view option, std::string_view word, std::string_view valid) {
  throw Refusal(
      Refused::invalid, std::string(option) + " \"" + std::string(word) + "\" is not known",
      "Valid are " + std::string(valid) + ".",
      {{Code::enumeration, std::string(option), "must be one of " + std::string(valid), {}}});
}

bool takes_action(const Field& f) {
  return f.writes_column() || f.role == Role::links || f.role == Role::variants;
}

}  // namespace

Mode parse_mode(std::string_view word) {
  if (word == "upsert") return Mode::upsert;
  if (word == "create") return Mode::create;
  if (word == "update") return Mode::update;
  unknown("mode", word, "upsert, create, update");
}

bool parse_on_error(std::string_view word) {
  if (word == "abort") return false;
  if (word == "skip") return true;
  unknown("on_error", word, "abort, skip");
}

OnDuplicate parse_on_duplicate(std::string_view word) {
  if (word == "reject") return OnDuplicate::reject;
  if (word == "same") return OnDuplicate::same;
  if (word == "last") return OnDuplicate::last;
  unknown("on_duplicate", word, "reject, same, last");
}

std::vector<Action> parse_actions(const Value& field_actions, const Profile& profile) {
  if (!field_actions.has_value()) return {};
  if (field_actions.kind() != Kind::object) {
    throw Refusal(Refused::invalid, "field_actions must be a JSON object",
                  R"(For example {"tags": "APPEND"}.)",
                  {{Code::type, "field_actions", "must be an object of field and action", {}}});
  }
  std::vector<Action> actions(profile.fields.size(), Action::standard);
  std::vector<Failure> failures;
  std::string hint;  // of the first that is wrong
  for (const Member& m : field_actions.members()) {
    const std::string path = "field_actions." + std::string(m.key);
    const int field = profile.find(m.key);
    if (field < 0 || !takes_action(profile.fields[static_cast<std::size_t>(field)])) {
      std::string valid;
      for (const Field& f : profile.fields) {
        if (takes_action(f)) valid += (valid.empty() ? "" : ", ") + f.name;
      }
      if (failures.empty()) hint = "Valid are " + valid + ".";
      failures.push_back({Code::unknown_field,
                          path,
                          "is no field of profile \"" + profile.name + "\"; valid are " + valid,
                          {}});
      continue;
    }
    std::string word =
        m.value.kind() == Kind::text ? std::string(m.value.as_text()) : std::string();
    std::transform(word.begin(), word.end(), word.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    const auto found = std::find(kActions.begin(), kActions.end(), word);
    if (found == kActions.end()) {
      if (failures.empty()) hint = "Valid are REPLACE, IGNORE, CLEAR, APPEND, REMOVE.";
      failures.push_back(
          {Code::enumeration, path, "must be one of REPLACE, IGNORE, CLEAR, APPEND, REMOVE", {}});
      continue;
    }
    const auto action = static_cast<Action>(1 + (found - kActions.begin()));
    const Field& f = profile.fields[static_cast<std::size_t>(field)];
    // JSON may hold a list; one that is an object by its definition does not.
    const bool list = f.role != Role::reference &&
                      (f.type == FieldType::texts || f.type == FieldType::objects ||
                       f.role == Role::custom_fields ||
                       (f.type == FieldType::json && f.fields.empty() && !f.empty_list_is_object));
    if ((action == Action::append || action == Action::remove) && !list) {
      if (failures.empty()) hint = "Valid for " + f.name + " are REPLACE, IGNORE, CLEAR.";
      failures.push_back(
          {Code::enumeration,
           path,
           std::string(*found) + " is for lists only; valid here are REPLACE, IGNORE, CLEAR",
           {}});
      continue;
    }
    if (action == Action::clear && (f.required || !f.nullable)) {
      if (failures.empty())
        hint = "Valid for " + f.name +
               (list ? " are REPLACE, IGNORE, APPEND, REMOVE." : " are REPLACE, IGNORE.");
      failures.push_back(
          {Code::enumeration, path, "cannot be cleared: the field must have a value", {}});
      continue;
    }
    actions[static_cast<std::size_t>(field)] = action;
  }
  if (!failures.empty()) {
    throw Refusal(
        Refused::invalid,
        "field_actions are not valid: " + failures.front().field + " " + failures.front().message,
        hint, failures);
  }
  return actions;
}

}  // namespace product_upsert
