#include "core/upsert/match_check.hpp"

#include <algorithm>

#include "core/profile/validate.hpp"
#include "core/value/text.hpp"

namespace product_upsert {

bool MatchCheck::stands(std::uint32_t index) {
  return state_.batch.items[index].id != 0 ? found_stands(index) : none_stands(index);
}

bool MatchCheck::found_stands(std::uint32_t index) {
  Item& item = state_.batch.items[index];
  const std::string number = std::to_string(item.id);
  if (state_.options.mode == Mode::create) {
    const auto& rule =
        state_.rules.rules[static_cast<std::size_t>(state_.rules.find(item.decided_by))];
    item.fail(Code::taken, state_.match.field(rule),
              "names product " + number +
                  (rule.fields.size() == 1 ? "" : " by " + state_.match.words(rule)) +
                  ", which exists already",
              Details().number("id", item.id));
    return false;
  }
  const auto& others = state_.options.or_versions;
  if (state_.options.if_version && *state_.options.if_version != item.version &&
      std::find(others.begin(), others.end(), item.version) == others.end()) {
    item.fail(Code::precondition, "",
              "product " + number + " has version " + std::to_string(item.version) + ", not " +
                  std::to_string(*state_.options.if_version));
    return false;
  }
  const auto version = said_version(item);
  if (version && *version != item.version) {
    item.fail(Code::precondition, state_.batch.profile.fields[*state_.batch.profile.version].name,
              "must be " + std::to_string(item.version) + ", the version of product " + number);
    return false;
  }
  item.stale = is_stale(item);
  return true;
}

bool MatchCheck::none_stands(std::uint32_t index) {
  Item& item = state_.batch.items[index];
  const auto& asked = state_.match.asked();
  // It has that failure since it was looked up.
  if (state_.match.indirect() != kNoRule && state_.related_fields->lacks_identifier(index))
    return false;
  if (state_.options.identifier && !has_key(index, asked.front())) {
    require_identifier(index);
    return false;
  }
  if (has_precondition(index)) return false;
  const bool needs_key = state_.batch.profile.require_key || item.tombstone;
  if (needs_key && state_.match.indirect() == kNoRule &&
      std::none_of(asked.begin(), asked.end(),
                   [&](std::uint16_t r) { return has_key(index, r); })) {
    item.fail(Code::required, "",
              "has no key to be found by again: one of " + state_.match.list_keys());
    return false;
  }
  if (state_.options.mode == Mode::create || item.tombstone) return true;
  const bool never_creates =
      std::none_of(state_.batch.profile.identity.begin(), state_.batch.profile.identity.end(),
                   [](const ProfileRule& r) { return r.creates; });
  if (const std::uint16_t* missed = find_missed(index, never_creates)) {
    tell_missed(index, *missed);
    return false;
  }
  if (state_.options.mode == Mode::update || never_creates) {
    const std::string others =
        asked.size() > 1 ? ", or another of " + state_.match.list_keys() : "";
    for (Column c : state_.rules.rules[asked.front()].required) {
      const std::string field(state_.batch.profile.name_of(c));
      if (!item.has_failure(field))
        item.fail(Code::required, field, "is required to find the product" + others);
    }
    return false;
  }
  return true;
}

// identifier_field names a rule, and the document lacks its fields (rule 6).
void MatchCheck::require_identifier(std::uint32_t index) {
  Item& item = state_.batch.items[index];
  const IdentityRule& rule = state_.rules.rules[state_.match.asked().front()];
  for (Column c : rule.required) {
    const std::string field(state_.batch.profile.name_of(c));
    const Field* f = state_.batch.profile.field_of(c);
    const bool said =
        f != nullptr && state_.batch.value(item, state_.batch.profile.index_of(*f)).has_value();
    // A null cannot find anything (rule 6: the identifier's value is missing).
    std::erase_if(item.failures,
                  [&](const Failure& x) { return x.field == field && x.message == kNotNull; });
    if (!said && !item.has_failure(field))
      item.fail(Code::required, field, "is required to find the product by " + rule.name,
                Details().text("rule", rule.name));
  }
}

// A new product has no version.
bool MatchCheck::has_precondition(std::uint32_t index) {
  Item& item = state_.batch.items[index];
  if (state_.options.if_version) {
    item.fail(Code::precondition, "",
              "the product does not exist, so it has no version " +
                  std::to_string(*state_.options.if_version));
    return true;
  }
  if (said_version(item)) {
    item.fail(Code::precondition, state_.batch.profile.fields[*state_.batch.profile.version].name,
              "is of a product that does not exist");
    return true;
  }
  return false;
}

// The rule that should have found a product but did not: one that never creates, or an id that was
// asked for by name.
const std::uint16_t* MatchCheck::find_missed(std::uint32_t index, bool never_creates) const {
  for (const std::uint16_t& rule : state_.match.asked()) {
    const ProfileRule* p = state_.batch.profile.rule(state_.rules.rules[rule].name);
    const bool by_id = state_.options.identifier && rule != state_.match.indirect() &&
                       state_.rules.rules[rule].fields.size() == 1 &&
                       state_.rules.rules[rule].fields.front() == Column::id;
    const bool has_to_find = state_.options.mode == Mode::update || by_id ||
                             (state_.options.identifier && never_creates) ||
                             (p != nullptr && !p->creates);
    if (has_to_find && has_key(index, rule)) return &rule;
  }
  return nullptr;
}

void MatchCheck::tell_missed(std::uint32_t index, std::uint16_t missed) {
  Item& item = state_.batch.items[index];
  const IdentityRule& rule = state_.rules.rules[missed];
  const std::string field = state_.match.field(rule);
  Details details;
  if (const Key* key = key_of(index, missed); key != nullptr && key->values.size() == 1)
    details.text("resource_id", key->values.front().printed());
  item.fail(Code::not_found, field,
            "names no product" + (field == rule.name || missed == state_.match.indirect()
                                      ? ""
                                      : " by " + state_.match.words(rule)),
            details);
}

const Key* MatchCheck::key_of(std::uint32_t index, std::uint16_t rule) const {
  const ItemKey* const found = find_key(state_.decisions[index].keys, rule);
  return found == nullptr ? nullptr : &found->key;
}

bool MatchCheck::has_key(std::uint32_t index, std::uint16_t rule) const {
  return rule == state_.match.indirect() || key_of(index, rule) != nullptr;
}

// The document's value in the field of role version.
std::optional<std::int64_t> MatchCheck::said_version(const Item& item) const {
  if (!state_.batch.profile.version) return std::nullopt;
  return state_.batch.value(item, *state_.batch.profile.version).as_integer();
}

bool MatchCheck::is_stale(const Item& item) const {
  if (!state_.batch.profile.judged_by) return false;
  const Value& given = state_.batch.value(item, *state_.batch.profile.judged_by);
  const Value& stored = state_.batch.stored(
      item, state_.batch.profile.fields[*state_.batch.profile.judged_by].column);
  const std::string& member = state_.batch.profile.fields[*state_.batch.profile.judged_by].member;
  const Value& held = member.empty() ? stored : stored[member];
  // A member of a jsonb column may contain anything if SQL has written it.
  return given.kind() == Kind::text && held.kind() == Kind::text && is_timestamp(held.as_text()) &&
         micros_since_epoch(given.as_text()) < micros_since_epoch(held.as_text());
}

}  // namespace product_upsert
