#include "core/document/apply_action.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <unordered_map>

#include "core/value/interrupts.hpp"

namespace product_upsert {

namespace {

// A set of values that are compared by same_value().
class Values {
 public:
  Values() = default;
  explicit Values(std::span<const Value> items) {
    for (const Value& v : items) add(v);
  }
  // Returns whether the value is new. The place of the first is kept.
  bool add(const Value& v, std::size_t place = 0) {
    check_interrupts();
    return all_.emplace(v, place).second;
  }
  bool has(const Value& v) const { return all_.contains(v); }
  std::optional<std::size_t> place(const Value& v) const {
    const auto it = all_.find(v);
    return it == all_.end() ? std::nullopt : std::optional(it->second);
  }

 private:
  struct Hash {
    std::size_t operator()(const Value& v) const { return hash_value(v); }
  };
  struct Equal {
    bool operator()(const Value& a, const Value& b) const { return same_value(a, b); }
  };
  std::unordered_map<Value, std::size_t, Hash, Equal> all_;
};

Value appended(const Value& stored, const Value& given, Arena& arena) {
  if (given.kind() != Kind::list) return stored;
  std::vector<Value> all;
  if (stored.kind() == Kind::list) all.assign(stored.items().begin(), stored.items().end());
  Values held(all);
  for (const Value& v : given.items()) {
    if (held.add(v)) all.push_back(v);
  }
  return Value::list(arena.copy(std::span<const Value>(all)));
}

Value removed(const Value& stored, const Value& given, Arena& arena) {
  if (stored.kind() != Kind::list || given.kind() != Kind::list) return stored;
  const Values unwanted(given.items());
  std::vector<Value> left;
  for (const Value& v : stored.items()) {
    if (!unwanted.has(v)) left.push_back(v);
  }
  return Value::list(arena.copy(std::span<const Value>(left)));
}

// RFC 7396.
Value patched(const Value& stored, const Value& given, Arena& arena) {
  if (given.kind() != Kind::object) return given;
  std::vector<Member> members;
  if (stored.kind() == Kind::object)
    members.assign(stored.members().begin(), stored.members().end());
  for (const Member& m : given.members())
    members.push_back({m.key, patched(stored[m.key], m.value, arena)});
  members.resize(sort_members(members));
  std::erase_if(members, [](const Member& m) { return m.value.is_null(); });
  return Value::object(arena.copy(std::span<const Member>(members)));
}

// The same by one after another. Takes no time for what the object is in between: documents may
// name one key thousands of times.
Value patched_by_all(const Value& stored, std::span<const Value> given, Arena& arena) {
  if (given.size() == 1) return patched(stored, given.front(), arena);
  const auto no_object = [](const Value& v) { return v.kind() != Kind::object; };
  if (const auto last = std::find_if(given.rbegin(), given.rend(), no_object);
      last != given.rend()) {
    const auto behind = given.last(static_cast<std::size_t>(last - given.rbegin()));
    return behind.empty() ? given.back() : patched_by_all(*last, behind, arena);
  }
  std::vector<Member> said;
  for (const Value& v : given) said.insert(said.end(), v.members().begin(), v.members().end());
  std::stable_sort(said.begin(), said.end(),
                   [](const Member& a, const Member& b) { return a.key < b.key; });
  std::vector<Member> members;
  if (stored.kind() == Kind::object)
    members.assign(stored.members().begin(), stored.members().end());
  std::vector<Value> values;
  for (auto next = said.begin(); next != said.end();) {
    check_interrupts();
    const std::string_view key = next->key;
    values.clear();
    for (; next != said.end() && next->key == key; ++next) values.push_back(next->value);
    members.push_back({key, patched_by_all(stored[key], values, arena)});
  }
  members.resize(sort_members(members));
  std::erase_if(members, [](const Member& m) { return m.value.is_null(); });
  return Value::object(arena.copy(std::span<const Member>(members)));
}

// Each object is merged with the stored one that has the same key, or added if there is none.
Value merged_list(const std::string& key, const Value& stored, const Value& given, Arena& arena) {
  std::vector<Value> all;
  Values keys;
  const auto name = [&](const Value& v) { return v.kind() == Kind::object ? v[key] : Value(); };
  if (stored.kind() == Kind::list) all.assign(stored.items().begin(), stored.items().end());
  for (std::size_t i = 0; i < all.size(); ++i) keys.add(name(all[i]), i);
  std::vector<std::vector<Value>> patches(all.size());
  for (const Value& v : given.items()) {
    const Value said = name(v);
    const auto held = said.has_value() ? keys.place(said) : std::nullopt;
    if (held) {
      patches[*held].push_back(v);
      continue;
    }
    keys.add(said, all.size());
    all.emplace_back();
    patches.push_back({v});
  }
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (!patches[i].empty()) all[i] = patched_by_all(all[i], patches[i], arena);
  }
  return Value::list(arena.copy(std::span<const Value>(all)));
}

bool has_defaults(const Field& f) {
  return std::any_of(f.fields.begin(), f.fields.end(),
                     [](const Field& inner) { return inner.initial || has_defaults(inner); });
}

// An object of the field's members. `held`: what it was merged into; no object if it is new.
Value filled(const Field& f, const Value& object, const Value& held, const Value& given,
             Arena& arena) {
  if (object.kind() != Kind::object) return object;
  std::vector<Member> members(object.members().begin(), object.members().end());
  for (const Field& inner : f.fields) {
    const Value said = given[inner.name];
    const auto it = std::find_if(members.begin(), members.end(),
                                 [&](const Member& m) { return m.key == inner.name; });
    if (it != members.end())
      it->value = with_defaults(inner, it->value, held[inner.name], said, arena);
    else if (inner.initial && held.kind() != Kind::object && said.is_absent())
      members.push_back({inner.name, *inner.initial});
  }
  return make_object(members, arena);
}

// What the action makes of one custom field.
Value merged_custom_field(Action action, const Value& stored, const Value& given, Arena& arena) {
  switch (action) {
    case Action::standard:
    case Action::replace:
    case Action::merge: return given;
    case Action::append:
      return stored.kind() == Kind::list ? act(action, stored, given, arena) : given;
    case Action::remove:
      if (stored.kind() == Kind::list) return act(action, stored, given, arena);
      return same_value(stored, given) ? Value::null() : stored;
    case Action::ignore:
    case Action::clear: break;  // this action is for all custom fields together
  }
  return given;
}

}  // namespace

// recipe: action
Value act(Action action, const Value& stored, const Value& given, Arena& arena,
          const std::string& key) {
  switch (action) {
    case Action::standard:
    case Action::replace: return given;
    case Action::ignore: return {};
    case Action::clear: return Value::null();
    case Action::append: return given.is_absent() ? Value() : appended(stored, given, arena);
    case Action::remove: return given.is_absent() ? Value() : removed(stored, given, arena);
    case Action::merge:
      if (given.is_absent()) return {};
      return given.kind() == Kind::list && !key.empty() ? merged_list(key, stored, given, arena)
                                                        : patched(stored, given, arena);
  }
  return given;
}

Value with_defaults(const Field& field, const Value& merged, const Value& stored,
                    const Value& given, Arena& arena) {
  if (!has_defaults(field)) return merged;
  if (field.type == FieldType::object) return filled(field, merged, stored, given, arena);
  if (field.type == FieldType::json && merged.kind() == Kind::object) {  // with any keys
    const auto members = arena.array<Member>(merged.members().size());
    std::transform(
        merged.members().begin(), merged.members().end(), members.begin(), [&](const Member& m) {
          return Member{m.key, filled(field, m.value, stored[m.key], given[m.key], arena)};
        });
    return Value::object(members);
  }
  if (merged.kind() != Kind::list) return merged;
  // Those that were stored come first, and then the document's others; both keep their order. Lists
  // within an object are as they are given.
  const std::size_t held =
      stored.kind() == Kind::list && !field.key.empty() ? stored.items().size() : 0;
  const auto said = given.kind() == Kind::list ? given.items() : std::span<const Value>();
  auto next = said.begin();
  const auto items = arena.array<Value>(merged.items().size());
  for (std::size_t i = 0; i < items.size(); ++i) {
    check_interrupts();
    const Value& item = merged.items()[i];
    if (i < held) {
      items[i] = filled(field, item, stored.items()[i], {}, arena);
      continue;
    }
    next = std::find_if(next, said.end(), [&](const Value& v) {
      return field.key.empty() || same_value(v[field.key], item[field.key]);
    });
    items[i] = filled(field, item, {}, next == said.end() ? Value() : *next, arena);
    if (next != said.end()) ++next;
  }
  return Value::list(items);
}

Value without_repeated(const std::string& key, const Value& merged, const Value& stored,
                       Arena& arena) {
  if (key.empty() || merged.kind() != Kind::list || stored.kind() != Kind::list) return merged;
  const auto held = static_cast<std::ptrdiff_t>(stored.items().size());
  const Values there(stored.items());
  const auto stays = [&](const Value& v) {
    return (v.kind() == Kind::object && v[key].has_value()) || !there.has(v);
  };
  std::vector<Value> all(merged.items().begin(), merged.items().begin() + held);
  std::copy_if(merged.items().begin() + held, merged.items().end(), std::back_inserter(all), stays);
  return Value::list(arena.copy(std::span<const Value>(all)));
}

// Custom fields are merged member by member (rule 14). A null removes the member.
Value merged_custom_fields(Action action, const Value& stored, const Value& given, Arena& arena) {
  if (given.kind() != Kind::object) return act(action, stored, given, arena);
  if (action == Action::ignore || action == Action::clear) return act(action, stored, given, arena);
  std::vector<Member> members;
  if (stored.kind() == Kind::object && action != Action::replace)
    members.assign(stored.members().begin(), stored.members().end());
  for (const Member& m : given.members()) {
    const Value held = stored[m.key];
    const Value v = merged_custom_field(action, held, m.value, arena);
    members.push_back({m.key, same_content(v, held) ? held : v});
  }
  members.resize(sort_members(members));
  std::erase_if(members, [](const Member& m) { return !m.value.has_value(); });
  if (members.empty()) return Value::null();
  return Value::object(arena.copy(std::span<const Member>(members)));
}

}  // namespace product_upsert
