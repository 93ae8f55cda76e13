#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/profile/profile.hpp"
#include "core/value/assert.hpp"
#include "core/value/failure.hpp"

namespace product_upsert {

enum class Mode : std::uint8_t { upsert, create, update };
// How documents of one call that are the same product are handled.
enum class OnDuplicate : std::uint8_t {
  reject,  // all of them, naming each other
  same,    // identical ones count once, others as above
  last,    // the last one stands, the others are superseded
};

// The options of a call.
// recipe: option
struct Options {
  Mode mode = Mode::upsert;
  bool skip_rejects = false;  // on_error
  OnDuplicate on_duplicate = OnDuplicate::reject;
  std::optional<std::string> identifier;    // identifier_field: the one rule to match by
  bool identifier_is_ours = false;          // a rule's name, whatever the profile lets callers name
  std::optional<std::string> custom_field;  // custom_field_reference, with identifier custom_field
  std::optional<std::int32_t> if_version;
  std::vector<std::int32_t> or_versions;  // that will do as well
  std::vector<Action> actions;            // by profile field; empty: standard throughout
  bool wants_levels = false;              // decided_by of created products is asked for
  bool wants_products = false;            // the stored products are asked for
  bool read_only = false;                 // product_match: decide, do not write
  std::string source;                     // of the documents; empty: none is said

  Action action(std::size_t field) const {
    PRODUCT_UPSERT_ASSERT(actions.empty() || field < actions.size());
    return actions.empty() ? Action::standard : actions[field];
  }
};

// 22004, for an argument that must not be null.
Refusal null_argument(const std::string& name, const std::string& hint);
// Each throws Refusal (invalid, null_argument) naming the valid words.
Mode parse_mode(std::optional<std::string_view> word);
bool parse_on_error(std::optional<std::string_view> word);  // true: skip
OnDuplicate parse_on_duplicate(std::optional<std::string_view> word);
// By field: the call's action, or else the profile's; empty if there is none at all.
std::vector<Action> parse_actions(const Value& field_actions, const Profile& profile);

}  // namespace product_upsert
