#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/profile.hpp"

namespace product_upsert {

enum class Mode : std::uint8_t { upsert, create, update };
enum class Action : std::uint8_t { replace, ignore, clear, append, remove };  // rule 16

// The options of a call, as DESIGN.md names them, checked and bound to a profile.
struct Options {
  Mode mode = Mode::upsert;
  bool skip_rejects = false;              // on_error
  std::optional<std::string> identifier;  // identifier_field: the one rule to match by
  std::optional<std::int32_t> if_version;
  std::vector<Action> actions;  // by profile field; empty: REPLACE throughout
  bool wants_levels = false;    // decided_by of created products is asked for
  bool wants_products = false;  // the stored products are asked for
  bool read_only = false;       // product_match: decide, do not write

  Action action(std::size_t field) const {
    return actions.empty() ? Action::replace : actions[field];
  }
};

// Each throws Refusal (invalid, null_argument) naming the valid words.
Mode parse_mode(std::string_view word);
bool parse_on_error(std::string_view word);  // true: skip
std::vector<Action> parse_actions(const Value& field_actions, const Profile& profile);

}  // namespace product_upsert
