#include "core/document/options.hpp"

#include "core/profile/field_action.hpp"
#include "core/value/failure.hpp"

namespace product_upsert {

namespace {

[[noreturn]] void unknown(std::string_view option, std::string_view word, std::string_view valid) {
  throw Refusal(
      Refused::invalid, std::string(option) + " \"" + std::string(word) + "\" is not known",
      "Valid are " + std::string(valid) + ".",
      {{Code::enumeration, std::string(option), "must be one of " + std::string(valid), {}}});
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
  std::vector<Action> actions(profile.fields.size(), Action::standard);
  bool any = false;
  for (std::size_t i = 0; i < actions.size(); ++i) {
    actions[i] = profile.fields[i].action;
    any |= actions[i] != Action::standard;
  }
  if (!field_actions.has_value()) return any ? actions : std::vector<Action>();
  if (field_actions.kind() != Kind::object) {
    throw Refusal(Refused::invalid, "field_actions must be a JSON object",
                  R"(For example {"tags": "APPEND"}.)",
                  {{Code::type, "field_actions", "must be an object of field and action", {}}});
  }
  std::vector<Failure> failures;
  std::string hint;  // of the first that is wrong
  const auto fail = [&](Code code, const Member& m, std::string message, std::string advice) {
    if (failures.empty()) hint = std::move(advice);
    failures.push_back({code, "field_actions." + std::string(m.key), std::move(message), {}});
  };
  for (const Member& m : field_actions.members()) {
    const int field = profile.find(m.key);
    if (field < 0 || !takes_action(profile.fields[static_cast<std::size_t>(field)])) {
      std::string valid;
      for (const Field& f : profile.fields) {
        if (takes_action(f)) valid += (valid.empty() ? "" : ", ") + f.name;
      }
      fail(Code::unknown_field, m,
           "is not a field of profile \"" + profile.name + "\"; valid are " + valid,
           "Valid are " + valid + ".");
      continue;
    }
    const Field& f = profile.fields[static_cast<std::size_t>(field)];
    const Action action = m.value.kind() == Kind::text
                              ? find_action(m.value.as_text()).value_or(Action::standard)
                              : Action::standard;
    const std::string valid = list_actions(f);
    const std::string advice = "Valid for " + f.name + " are " + valid + ".";
    if (action == Action::standard) {
      fail(Code::enumeration, m, "must be one of " + list_actions(),
           "Valid are " + list_actions() + ".");
    } else if (takes_action(f, action)) {
      actions[static_cast<std::size_t>(field)] = action;
    } else if (action == Action::clear) {
      fail(Code::enumeration, m, "cannot be cleared: the field must have a value", advice);
    } else {
      fail(
          Code::enumeration, m,
          std::string(name(action)) +
              (action == Action::merge ? " is for objects, and for lists of objects that have a key"
                                       : " is for lists only") +
              "; valid here are " + valid,
          advice);
    }
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
