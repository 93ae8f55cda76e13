#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/profile/profile.hpp"

// What field_actions, and a profile by field, may say of a field (rule 16).
namespace product_upsert {

// Whether documents write it, so that there is something to be done to it.
bool takes_action(const Field& field);
// In either case of letters.
std::optional<Action> find_action(std::string_view word);
std::string_view name(Action action);
bool takes_action(const Field& field, Action action);
// Those that the field takes.
std::vector<Action> actions_of(const Field& field);
// "REPLACE, IGNORE, CLEAR": those that the field takes, or all there are.
std::string list_actions(const Field& field);
std::string list_actions();

}  // namespace product_upsert
