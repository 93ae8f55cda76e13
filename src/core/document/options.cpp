#include "core/document/options.hpp"

#include "core/profile/field_action.hpp"
#include "core/value/failure.hpp"
#include "core/value/text.hpp"

namespace product_upsert {

namespace {

// A word for an option, and its meaning.
template <typename E>
struct Word {
  std::string_view word;
  E meaning;
};

constexpr Word<Mode> kModes[] = {
    {"upsert", Mode::upsert}, {"create", Mode::create}, {"update", Mode::update}};
constexpr Word<bool> kOnError[] = {{"abort", false}, {"skip", true}};
constexpr Word<OnDuplicate> kOnDuplicate[] = {
    {"reject", OnDuplicate::reject}, {"same", OnDuplicate::same}, {"last", OnDuplicate::last}};

template <typename E, std::size_t N>
E parse(const std::string& option, std::optional<std::string_view> word,
        const Word<E> (&words)[N]) {
  std::string valid;
  for (const Word<E>& w : words) {
    if (word == w.word) return w.meaning;
    add_to_list(valid, w.word);
  }
  const std::string hint = "Valid are " + valid + ".";
  if (!word) throw null_argument(option, hint);
  throw Refusal(Refused::invalid, option + " \"" + std::string(*word) + "\" is not known", hint,
                {{Code::enumeration, option, "must be one of " + valid, {}}});
}

// Says why the field cannot take the action.
// recipe: action
std::string tell_unfit(const Field& field, Action action) {
  if (action == Action::clear) return "cannot be cleared: the field must have a value";
  return std::string(name(action)) +
         (action == Action::merge ? " is for objects, and for lists of objects that have a key"
                                  : " is for lists only") +
         "; valid here are " + list_actions(field);
}

}  // namespace

Refusal null_argument(const std::string& name, const std::string& hint) {
  return Refusal(Refused::null_argument, name + " must not be null", hint,
                 {{Code::required, name, "must not be null", {}}});
}

Mode parse_mode(std::optional<std::string_view> word) { return parse("mode", word, kModes); }

bool parse_on_error(std::optional<std::string_view> word) {
  return parse("on_error", word, kOnError);
}

OnDuplicate parse_on_duplicate(std::optional<std::string_view> word) {
  return parse("on_duplicate", word, kOnDuplicate);
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
  std::string hint;  // for the first error
  const auto fail = [&](Code code, const Member& m, std::string message, std::string advice) {
    if (failures.empty()) hint = std::move(advice);
    failures.push_back({code, "field_actions." + std::string(m.key), std::move(message), {}});
  };
  for (const Member& m : field_actions.members()) {
    const int field = profile.find(m.key);
    if (field < 0 || !takes_action(profile.fields[static_cast<std::size_t>(field)])) {
      std::string valid;
      for (const Field& f : profile.fields) {
        if (takes_action(f)) add_to_list(valid, f.name);
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
    if (action == Action::standard)
      fail(Code::enumeration, m, "must be one of " + list_actions(),
           "Valid are " + list_actions() + ".");
    else if (takes_action(f, action)) actions[static_cast<std::size_t>(field)] = action;
    else
      fail(Code::enumeration, m, tell_unfit(f, action),
           "Valid for " + f.name + " are " + list_actions(f) + ".");
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
