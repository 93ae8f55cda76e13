#include "core/profile/field_action.hpp"

#include <algorithm>
#include <cctype>

#include "core/value/text.hpp"

namespace product_upsert {

namespace {

// recipe: action
constexpr std::pair<std::string_view, Action> kActions[] = {
    {"REPLACE", Action::replace}, {"IGNORE", Action::ignore}, {"CLEAR", Action::clear},
    {"APPEND", Action::append},   {"REMOVE", Action::remove}, {"MERGE", Action::merge},
};

// A JSON field may contain a list, unless its definition says that it is an object.
bool may_be_list(const Field& f) {
  return f.role != Role::reference &&
         (f.type == FieldType::texts || f.type == FieldType::objects ||
          f.role == Role::custom_fields ||
          (f.type == FieldType::json && f.fields.empty() && !f.empty_list_is_object));
}

// Objects are merged member by member, lists of objects by the member that identifies them.
bool may_be_merged(const Field& f) {
  switch (f.role) {
    case Role::custom_fields:
    case Role::variants:
    case Role::links: return true;
    case Role::column:
      return f.type == FieldType::json || f.type == FieldType::object ||
             (f.type == FieldType::objects && !f.key.empty());
    default: return false;
  }
}

}  // namespace

bool takes_action(const Field& f) {
  return f.writes_column() || f.role == Role::links || f.role == Role::variants;
}

std::optional<Action> find_action(std::string_view word) {
  const auto same = [&](std::string_view action) {
    return std::equal(word.begin(), word.end(), action.begin(), action.end(),
                      [](unsigned char a, unsigned char b) { return std::toupper(a) == b; });
  };
  for (const auto& [action_word, action] : kActions) {
    if (same(action_word)) return action;
  }
  return std::nullopt;
}

std::string_view name(Action action) {
  for (const auto& [word, a] : kActions) {
    if (a == action) return word;
  }
  return "";
}

bool takes_action(const Field& f, Action action) {
  switch (action) {
    case Action::clear: return !f.required && f.nullable;
    case Action::append:
    case Action::remove: return may_be_list(f);
    case Action::merge: return may_be_merged(f);
    case Action::standard:
    case Action::replace:
    case Action::ignore: return true;
  }
  return true;
}

std::vector<Action> actions_of(const Field& field) {
  std::vector<Action> actions;
  for (const auto& [word, action] : kActions) {
    if (takes_action(field, action)) actions.push_back(action);
  }
  return actions;
}

std::string list_actions(const Field& field) {
  std::string words;
  for (const Action action : actions_of(field)) add_to_list(words, name(action));
  return words;
}

std::string list_actions() {
  std::string words;
  for (const auto& [word, action] : kActions) add_to_list(words, word);
  return words;
}

}  // namespace product_upsert
