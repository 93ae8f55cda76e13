#include "core/upsert/planner.hpp"

#include <algorithm>
#include <functional>
#include <limits>

#include "core/document/merge.hpp"
#include "core/profile/describe.hpp"
#include "core/profile/field_action.hpp"
#include "core/profile/validate.hpp"
#include "core/upsert/insert_order.hpp"
#include "core/value/decimal.hpp"
#include "core/value/interrupts.hpp"
#include "core/value/round.hpp"
#include "core/value/text.hpp"

namespace product_upsert {

namespace {

// 2^53 - 1: every client reads it back exactly.
constexpr std::int64_t kGreatestGivenId = 9'007'199'254'740'991;

// About the size of a value in an index entry: numeric packs two digits into a byte.
std::size_t key_bytes(const Value& v) {
  if (v.kind() == Kind::text) return v.as_text().size();
  return v.kind() == Kind::number ? v.as_text().size() / 2 : 0;
}

// The fields that are computed, each behind those that it is computed from.
std::vector<std::size_t> in_order_of_computing(const Profile& profile) {
  std::vector<std::size_t> order;
  std::vector<char> seen(profile.fields.size(), 0);
  const std::function<void(const Field*)> add = [&](const Field* field) {
    if (field == nullptr || !field->marked_up) return;
    const std::size_t index = profile.index_of(*field);
    if (seen[index] != 0) return;
    seen[index] = 1;
    add(profile.field_of(field->marked_up->first));
    add(profile.field_of(field->marked_up->second));
    order.push_back(index);
  };
  for (const Field& field : profile.fields) add(&field);
  return order;
}

void check_version(Item& item) {
  if (!item.changed.empty() && item.version == std::numeric_limits<std::int32_t>::max())
    item.fail(Code::range, "version", "cannot be incremented: it is the highest possible");
}

bool same_number(const Value& a, const Value& b) {
  return a.is_number() && b.is_number() && equal_keys(a, b);
}

}  // namespace

Planner::Planner(BatchState& state)
    : state_(state), sources_(state), computed_(in_order_of_computing(state.batch.profile)) {}

void Planner::plan(const Items& items) {
  for (std::uint32_t i : items) {
    check_interrupts();
    if (state_.batch.items[i].stale) continue;
    state_.decisions[i].planned = true;
    if (state_.batch.items[i].tombstone) {
      plan_tombstone(i);
      continue;
    }
    if (sources_.any() && !state_.decisions[i].same) sources_.hold_columns(i);
    fill_in(i);
    if (state_.batch.items[i].id == 0) plan_create(i);
    else plan_update(i);
    if (sources_.any()) sources_.mark(i);
    check_ranges(i);
    if (!state_.options.actions.empty()) check_lists(i);
    read_final_keys(i);
  }
}

// Sets what the profile lets the engine decide: a uuid, a computed price. Drops fields that are
// ignored once the product exists.
void Planner::fill_in(std::uint32_t index) {
  Item& item = state_.batch.items[index];
  const Profile& profile = state_.batch.profile;
  for (std::size_t i = 0; i < profile.fields.size(); ++i) {
    const Field& f = profile.fields[i];
    if (state_.batch.discards(item, i)) {
      if (!state_.batch.value(item, i).is_absent()) state_.overrule(index, i, Value());
      // A value that another source holds back must be valid all the same.
      if (f.create_only != CreateOnly::ignore) continue;
      std::erase_if(item.failures,
                    [&](const Failure& x) { return state_.batch.field_of(x) == &f; });
    } else if (f.generated) {
      const Action action = state_.options.action(i);
      const bool says = action != Action::ignore && action != Action::clear &&
                        state_.batch.value(item, i).has_value();
      if (says || (item.id != 0 && state_.batch.stored(item, f).has_value())) continue;
      state_.overrule(index, i,
                      item.id == 0 ? state_.catalogue.new_uuid(state_.batch.arena)
                                   : Value::text(state_.batch.arena.copy(std::string_view(
                                         derived_uuid(item.organization_id, item.id)))));
    }
  }
  // Of a product that holds all that the document says, no price moves; its row was not kept.
  if (item.id != 0 && state_.decisions[index].same) return;
  for (const std::size_t field : computed_) {
    if (!state_.batch.discards(item, field)) fill_in_price(index, field);
  }
}

// For a field that is computed if the document says nothing (rule 54).
void Planner::fill_in_price(std::uint32_t index, std::size_t field) {
  Item& item = state_.batch.items[index];
  const Field& f = state_.batch.profile.fields[field];
  const bool cleared = state_.options.action(field) == Action::clear;
  if (!cleared && state_.batch.value(item, field).has_value()) return;
  // Null counts as absent (rule 54).
  if (!state_.batch.value(item, field).is_absent()) state_.overrule(index, field, Value());
  if (item.id != 0 && (f.create_only != CreateOnly::no || sources_.is_outranked(index, field)))
    return;
  const Value base = merged(state_.batch, item, f.marked_up->first, state_.options);
  const Value percent = merged(state_.batch, item, f.marked_up->second, state_.options);
  const bool moves = item.id == 0 ||
                     !same_number(base, state_.batch.stored(item, f.marked_up->first)) ||
                     !same_number(percent, state_.batch.stored(item, f.marked_up->second));
  if (!moves || !base.is_number() || !percent.is_number()) return;
  auto price = marked_up(base, percent, state_.batch.arena);
  if (price && f.precision != 0) price = rounded(*price, f.precision, f.scale, state_.batch.arena);
  if (price) state_.overrule(index, field, *price);
  else item.fail(Code::range, f.name, "is out of range, as computed");
}

void Planner::check_ranges(std::uint32_t index) {
  Item& item = state_.batch.items[index];
  for (const auto& [from, to] : state_.batch.profile.ranges) {
    const Field& last = state_.batch.profile.fields[to];
    const auto day = [&](const Field& f) {
      const Value whole = merged(state_.batch, item, f.column, state_.options);
      return f.member.empty() ? whole : whole[f.member];
    };
    const Value a = day(state_.batch.profile.fields[from]);
    const Value b = day(last);
    if (a.kind() == Kind::text && b.kind() == Kind::text && a.as_text() > b.as_text())
      item.fail(Code::range, last.name,
                "must not be before " + state_.batch.profile.fields[from].name);
  }
}

// APPEND and REMOVE need lists, but a JSON field may be anything else, in the document and in the
// stored product.
// recipe: action
void Planner::check_lists(std::uint32_t index) {
  Item& item = state_.batch.items[index];
  for (std::size_t i = 0; i < state_.options.actions.size(); ++i) {
    const Field& f = state_.batch.profile.fields[i];
    const Action action = state_.options.actions[i];
    if (f.role != Role::column) continue;
    const Value& given = state_.batch.value(item, i);
    if (!given.has_value()) continue;
    if (action == Action::append || action == Action::remove || action == Action::merge)
      check_length(index, f);
    if (action != Action::append && action != Action::remove) continue;
    const Value held = state_.batch.stored(item, f);
    const std::string word(name(action));
    if (given.kind() != Kind::list) {
      item.fail(Code::type, f.name,
                "must be a list for " + word + ", not " + describe(given.kind()));
    } else if (held.has_value() && held.kind() != Kind::list) {
      item.fail(Code::type, f.name,
                std::string("cannot be appended to or removed from: it holds ") +
                    describe(held.kind()) + ", not a list");
    }
  }
}

// The limits of a list are also those of what an action makes of it. A stored list that is beyond
// them already, as by another profile, must only not go further.
void Planner::check_length(std::uint32_t index, const Field& field) {
  if (!field.min_length && !field.max_length) return;
  Item& item = state_.batch.items[index];
  const Value whole = merged(state_.batch, item, field.column, state_.options);
  const Value list = field.member.empty() ? whole : whole[field.member];
  const Value stored = state_.batch.stored(item, field);
  // Null, where an empty list is that, is no list.
  if (list.kind() != Kind::list || same_content(list, stored)) return;
  const std::size_t count = list.items().size();
  const auto goes = [&](auto further) {
    return stored.kind() != Kind::list || further(count, stored.items().size());
  };
  const auto tell = [&](Code code, const char* bound, std::size_t limit) {
    item.fail(code, field.name,
              "must have at " + std::string(bound) + " " + std::to_string(limit) + " items, not " +
                  std::to_string(count));
  };
  if (field.max_length && count > *field.max_length && goes(std::greater<>()))
    tell(Code::too_long, "most", *field.max_length);
  if (field.min_length && count < *field.min_length && goes(std::less<>()))
    tell(Code::range, "least", *field.min_length);
}

// Even if the profile has no limits for the id, and no rule asks for it. Such an id is no key.
void Planner::check_given_id(std::uint32_t index) {
  Item& item = state_.batch.items[index];
  const auto id = said_id(state_.batch, item);
  if (!id || (*id >= 1 && *id <= kGreatestGivenId)) return;
  const std::string field(state_.batch.profile.name_of(Column::id));
  if (item.has_failure(field)) return;
  item.fail(Code::range, field,
            *id < 1 ? "must be at least 1"
                    : "must be at most " + std::to_string(kGreatestGivenId) + " for a new product");
  const Field& id_field = *state_.batch.profile.field_of(Column::id);
  state_.overrule(index, state_.batch.profile.index_of(id_field), Value());
}

// Whether the field names a product that another document of the call makes, whose id is not known.
bool Planner::is_made_here(std::uint32_t index, std::size_t field) const {
  bool made = false;
  if (state_.related_fields)
    state_.related_fields->each_made(index, [&](std::size_t f, auto) { made |= f == field; });
  return made;
}

void Planner::plan_create(std::uint32_t index) {
  Item& item = state_.batch.items[index];
  check_given_id(index);
  if (state_.related_fields) state_.related_fields->plan(index);
  for (std::size_t i = 0; i < state_.batch.profile.fields.size(); ++i) {
    const Field& f = state_.batch.profile.fields[i];
    const Action action = state_.options.action(i);
    const bool said = action != Action::ignore && action != Action::remove &&
                      (state_.batch.value(item, i).has_value() || is_made_here(index, i));
    if (!f.required || said) continue;
    const bool told = std::any_of(item.failures.begin(), item.failures.end(),
                                  [&](const Failure& x) { return state_.batch.field_of(x) == &f; });
    if (told) continue;
    item.fail(Code::required, f.name, "is required to create a product");
  }
  if (state_.options.wants_levels) {
    for (std::uint16_t rule : state_.match.asked()) {
      if (rule == state_.match.indirect() ||
          find_key(state_.decisions[index].keys, rule) != nullptr) {
        item.decided_by = state_.rules.rules[rule].name.c_str();
        break;
      }
    }
  }
}

void Planner::plan_update(std::uint32_t index) {
  Item& item = state_.batch.items[index];
  if (state_.decisions[index].same) item.changed.clear();
  else compare(state_.batch, item, state_.options);
  if (state_.related_fields) {
    state_.related_fields->plan(index);
    if (sources_.any()) sources_.hold_related(index);
  }
  drop_quiet(state_.batch, item);
  // What is not written neither takes nor gives up anything.
  if (item.changed.empty() && state_.related_fields) state_.related_fields->take_back(index);
  for (std::uint16_t f : item.changed) {
    if (f == Item::kUnknownFields) continue;
    const Field& field = state_.batch.profile.fields[f];
    const bool filled_in = field.generated && !state_.batch.stored(item, field).has_value();
    if (field.create_only == CreateOnly::reject && !filled_in)
      item.fail(Code::read_only, field.name, "cannot change once the product is created");
    // An empty list counts as absent only if there is nothing that it would remove.
    if (field.empty_list_is_null && field.min_length.value_or(0) > 0 &&
        state_.batch.value(item, f).is_null() && state_.batch.stored(item, field).has_value())
      item.fail(Code::range, field.name,
                "must have at least " + std::to_string(*field.min_length) +
                    (*field.min_length == 1 ? " item" : " items"));
  }
  check_version(item);
}

// Deletes the product; if there is none, nothing is done. The fields by which the document found it
// are not changed.
void Planner::plan_tombstone(std::uint32_t index) {
  Item& item = state_.batch.items[index];
  const Tombstone& tombstone = *state_.batch.profile.tombstone;
  if (item.id == 0) return keep_keys(index);
  item.removes = tombstone.deletes_row;
  item.changed.clear();
  if (item.removes || state_.decisions[index].same) return;
  for (const std::uint16_t f : state_.batch.fields()) {
    const Field& field = state_.batch.profile.fields[f];
    const bool written = f == tombstone.deleted || f == state_.batch.profile.judged_by ||
                         (f == tombstone.field && field.create_only == CreateOnly::no);
    if (!written && !state_.batch.value(item, f).is_absent()) state_.overrule(index, f, Value());
  }
  if (sources_.any()) sources_.hold_columns(index);
  compare(state_.batch, item, state_.options);
  drop_quiet(state_.batch, item);
  if (sources_.any()) sources_.mark(index);
  check_version(item);
}

// Keeps the keys by which the document would find its product, so that other documents of the call
// are compared with them.
void Planner::keep_keys(std::uint32_t index) {
  for (const ItemKey& k : state_.decisions[index].keys) {
    if (state_.match.is_asked(k.rule) && k.rule != state_.match.indirect()) keys_.push_back(k);
  }
  state_.decisions[index].final_keys = state_.batch.arena.copy(std::span<const ItemKey>(keys_));
  keys_.clear();
}

// The keys that the product will newly have: all keys of a new product, the changed ones of an
// existing one.
void Planner::read_final_keys(std::uint32_t index) {
  Item& item = state_.batch.items[index];
  if (item.id != 0 && item.changed.empty()) return;
  for (std::size_t at = 0; at < state_.rules.rules.size(); ++at) {
    const auto r = static_cast<std::uint16_t>(at);
    const IdentityRule& rule = state_.rules.rules[r];
    if (r == state_.match.indirect()) continue;
    if (item.id != 0 && !state_.touches(item, rule)) continue;
    auto key = read_key(
        rule, [&](Column c) { return merged(state_.batch, item, c, state_.options); },
        state_.batch.arena);
    if (!key || is_too_long(item, rule, *key)) continue;
    keys_.push_back({r, *key});
  }
  state_.decisions[index].final_keys = state_.batch.arena.copy(std::span<const ItemKey>(keys_));
  keys_.clear();
}

bool Planner::is_too_long(Item& item, const IdentityRule& rule, const Key& key) const {
  std::size_t bytes = 0;
  for (const Value& v : key.values) bytes += key_bytes(v);
  if (bytes <= kLongestKey) return false;
  const auto longest =
      std::max_element(key.values.begin(), key.values.end(),
                       [](const Value& a, const Value& b) { return key_bytes(a) < key_bytes(b); });
  item.fail(Code::too_long,
            std::string(state_.batch.profile.name_of(
                rule.fields[static_cast<std::size_t>(longest - key.values.begin())])),
            "is too long for an identifier: the fields of " + rule.name + " may have " +
                std::to_string(kLongestKey) + " bytes together");
  return true;
}

}  // namespace product_upsert
