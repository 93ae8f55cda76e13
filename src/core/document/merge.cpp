#include "core/document/merge.hpp"

#include <algorithm>

#include "core/document/apply_action.hpp"
#include "core/value/assert.hpp"
#include "core/value/text.hpp"

namespace product_upsert {

namespace {

bool same_in_object(const Field& f, const Value& a, const Value& b);

bool same_instant(const Value& a, const Value& b) {
  return a.kind() == Kind::text && b.kind() == Kind::text && is_timestamp(a.as_text()) &&
         is_timestamp(b.as_text()) &&
         micros_since_epoch(a.as_text()) == micros_since_epoch(b.as_text());
}

// Nothing, as an answer shows it where an object is expected.
bool is_empty_object(const Field& f, const Value& v) {
  return f.empty_list_is_object &&
         (!v.has_value() || (v.kind() == Kind::object && v.members().empty()));
}

bool same_in_object(const Field& f, const Value& a, const Value& b) {
  if (a.kind() != Kind::object || b.kind() != Kind::object) return same_content(a, b);
  return std::equal(a.members().begin(), a.members().end(), b.members().begin(), b.members().end(),
                    [&](const Member& x, const Member& y) {
                      if (x.key != y.key) return false;
                      const auto inner =
                          std::find_if(f.fields.begin(), f.fields.end(),
                                       [&](const Field& i) { return i.name == x.key; });
                      return inner == f.fields.end() ? same_content(x.value, y.value)
                                                     : same_in_field(*inner, x.value, y.value);
                    });
}

// An object with any keys, where a null removes the entry.
bool has_entries(const Field& f) { return f.type == FieldType::json && !f.fields.empty(); }

Value field_value(Batch& batch, const Item& item, std::size_t index, const Value& stored,
                  const Options& options) {
  if (batch.discards(item, index)) return {};
  const Field& f = batch.profile.fields[index];
  const Value& given = batch.value(item, index);
  // A computed value is used where the document says nothing (rule 54); CLEAR leads to that too.
  const bool computed =
      f.marked_up && (given.has_value() || options.action(index) == Action::clear);
  // No action is about a uuid that was generated because the product has none.
  const bool generated = f.generated && given.has_value() && !stored.has_value();
  const Action action =
      computed || generated || item.tombstone ? Action::standard : options.action(index);
  Value v = given;
  if (f.role == Role::custom_fields && !given.is_absent())
    v = merged_custom_fields(action, stored, given, batch.arena);
  else if (has_entries(f) && action != Action::merge && given.kind() == Kind::object)
    v = act(action, stored, act(Action::merge, Value(), given, batch.arena), batch.arena, f.key);
  else if (action != Action::standard) v = act(action, stored, given, batch.arena, f.key);
  if (action == Action::merge && f.role == Role::column && v.has_value())
    v = without_repeated(f.key, with_defaults(f, v, stored, given, batch.arena), stored,
                         batch.arena);
  // Such a field holds no empty list, however it comes about.
  if (f.empty_list_is_null && v.kind() == Kind::list && v.items().empty()) v = Value::null();
  if (v.is_absent() && item.id == 0 && f.initial) return *f.initial;
  // An equal value keeps its stored notation: 1.0 stays if 1.00 is given.
  const bool said = v.has_value() || (v.is_null() && f.empty_list_is_object);
  return item.id != 0 && said && same_in_field(f, v, stored) ? stored : v;
}

// For a jsonb column whose members are fields: the stored object with the given members replaced.
Value merged_members(Batch& batch, const Item& item, Column column, const Options& options) {
  const Value& stored = batch.stored(item, column);
  std::vector<Member> members;
  if (stored.kind() == Kind::object)
    members.assign(stored.members().begin(), stored.members().end());
  bool said = false;
  for (std::size_t i = 0; i < batch.profile.fields.size(); ++i) {
    const Field& f = batch.profile.fields[i];
    if (f.role != Role::column || f.column != column || f.member.empty()) continue;
    const Value v = field_value(batch, item, i, stored[f.member], options);
    if (v.is_absent()) continue;
    said = true;
    members.push_back({f.member, v});
  }
  if (column == Column::meta && item.unknown.kind() == Kind::object) {
    said = true;
    for (const Member& m : item.unknown.members()) members.push_back(m);
  }
  if (!said) return stored;
  members.resize(sort_members(members));
  std::erase_if(members, [](const Member& m) { return m.value.is_null(); });
  if (members.empty() && !stored.has_value()) return Value::null();
  return Value::object(batch.arena.copy(std::span<const Member>(members)));
}

bool has_members(const Profile& profile, Column column) {
  if (column == Column::meta && profile.unknown_fields == UnknownFields::keep) return true;
  return std::any_of(profile.fields.begin(), profile.fields.end(), [&](const Field& f) {
    return f.role == Role::column && f.column == column && !f.member.empty();
  });
}

}  // namespace

// recipe: type
bool same_in_field(const Field& f, const Value& a, const Value& b) {
  if (is_empty_object(f, a) && is_empty_object(f, b)) return true;
  if (!f.instants || !a.has_value() || !b.has_value()) return same_content(a, b);
  if (f.type == FieldType::timestamp) return same_instant(a, b) || same_value(a, b);
  if (a.kind() != b.kind()) return false;
  if (a.kind() == Kind::list) {
    return std::equal(a.items().begin(), a.items().end(), b.items().begin(), b.items().end(),
                      [&](const Value& x, const Value& y) { return same_in_object(f, x, y); });
  }
  if (f.type != FieldType::json) return same_in_object(f, a, b);
  return a.kind() == Kind::object &&  // objects with any keys
         std::equal(a.members().begin(), a.members().end(), b.members().begin(), b.members().end(),
                    [&](const Member& x, const Member& y) {
                      return x.key == y.key && same_in_object(f, x.value, y.value);
                    });
}

Value merged(Batch& batch, const Item& item, Column column, const Options& options) {
  if (column == Column::field_sources && item.sources != nullptr &&
      !item.sources->marks.is_absent())
    return item.sources->marks;
  const Field* f = batch.profile.field_of(column);
  if (f != nullptr) {
    const auto index = batch.profile.index_of(*f);
    const Value v = f->writes_column()
                        ? field_value(batch, item, index, batch.stored(item, column), options)
                        : Value();
    if (!v.is_absent()) return v;
    return batch.stored(item, column);
  }
  if (info(column).type == ColumnType::jsonb && has_members(batch.profile, column))
    return merged_members(batch, item, column, options);
  return batch.stored(item, column);
}

Merger::Merger(Batch& batch, const Options& options, const ColumnSet& columns)
    : batch_(batch), options_(options) {
  columns.each([&](Column c) {
    ColumnMerge s{c};
    const Field* f = batch.profile.field_of(c);
    if (f != nullptr && f->writes_column() && f->role != Role::custom_fields) {
      const auto index = batch.profile.index_of(*f);
      const Action action = options.action(index);
      s.plain = (action == Action::standard || action == Action::replace) && !has_entries(*f);
      s.slot = batch.find_slot(index);
      s.field = f;
      if (f->initial) s.initial = &*f->initial;
    }
    s.place = batch.stored_columns.has(c)
                  ? static_cast<std::uint16_t>(batch.stored_columns.index(c))
                  : kNowhere;
    merges_.push_back(s);
  });
}

void Merger::merge(const Item& item, std::span<Value> values) {
  PRODUCT_UPSERT_ASSERT(values.size() == merges_.size());
  PRODUCT_UPSERT_ASSERT(item.stored.empty() || item.stored.size() == batch_.stored_columns.size());
  made_.reset();
  const MergeInto made(batch_, made_);
  for (std::size_t i = 0; i < merges_.size(); ++i) {
    const ColumnMerge& s = merges_[i];
    if (!s.plain) {
      values[i] = merged(batch_, item, s.column, options_);
    } else if (s.slot < item.values.size() && !item.values[s.slot].is_absent()) {
      const Value& said = item.values[s.slot];
      const bool same = item.id != 0 && s.place < item.stored.size() &&
                        (said.has_value() || s.field->empty_list_is_object) &&
                        same_in_field(*s.field, said, item.stored[s.place]);
      values[i] = same ? item.stored[s.place] : said;
    } else if (item.id == 0 && s.initial != nullptr) {
      values[i] = *s.initial;
    } else {
      values[i] = s.place < item.stored.size() ? item.stored[s.place] : Value();
    }
  }
}

bool would_change(Batch& batch, const Item& item, std::uint16_t field, const Options& options) {
  const Field& f = batch.profile.fields[field];
  const Value stored = batch.stored(item, f);
  const Value v = field_value(batch, item, field, stored, options);
  return !v.is_absent() && !same_in_field(f, v, stored);
}

void compare(Batch& batch, Item& item, const Options& options) {
  item.changed.clear();
  const auto consider = [&](std::uint16_t index) {
    const Field& f = batch.profile.fields[index];
    if (!f.writes_column() || f.column == Column::id) return;
    if (would_change(batch, item, index, options)) item.changed.push_back(index);
  };
  if (options.actions.empty()) {
    for (std::uint16_t index : batch.fields()) consider(index);
  } else {
    for (std::size_t index = 0; index < batch.profile.fields.size(); ++index)
      consider(static_cast<std::uint16_t>(index));
  }
  if (item.unknown.kind() == Kind::object) {
    const Value& meta = batch.stored(item, Column::meta);
    const bool differs =
        std::any_of(item.unknown.members().begin(), item.unknown.members().end(),
                    [&](const Member& m) { return !same_content(meta[m.key], m.value); });
    if (differs) item.changed.push_back(Item::kUnknownFields);
  }
  std::sort(item.changed.begin(), item.changed.end());
}

namespace {

// Whether what another field holds, or may hold, is decided by this one too.
bool others_depend_on(const Profile& profile, std::uint16_t field) {
  const auto in_range = [&](const auto& range) {
    return range.first == field || range.second == field;
  };
  const auto is_base = [&](const Field& other) {
    return other.marked_up && (other.marked_up->first == profile.fields[field].column ||
                               other.marked_up->second == profile.fields[field].column);
  };
  return std::any_of(profile.ranges.begin(), profile.ranges.end(), in_range) ||
         std::any_of(profile.fields.begin(), profile.fields.end(), is_base);
}

}  // namespace

Comparison::Comparison(const Batch& batch, const Options& options) {
  const auto stored = [&](Column c) { return batch.stored_columns.index(c); };
  for (const Action action : options.actions) {
    possible_ &= action != Action::clear;
    acts_ |= action != Action::standard;
  }
  for (const Field& f : batch.profile.fields) {
    if (f.generated && batch.stored_columns.has(f.column))
      needed_.push_back({0, stored(f.column), &f});
  }
  for (std::uint16_t index : batch.fields()) {
    const Field& f = batch.profile.fields[index];
    const Action action = options.action(index);
    if (!f.writes_column() || f.column == Column::id || action == Action::ignore) continue;
    // With sources, it is told that another one holds the field.
    if (f.quiet && !batch.profile.has_related_fields && batch.profile.precedence.empty() &&
        !others_depend_on(batch.profile, index))
      continue;
    const std::size_t slot = batch.find_slot(index);
    if (f.role == Role::custom_fields || (action != Action::standard && action != Action::replace))
      merged_.push_back(slot);
    else parts_.push_back({slot, stored(f.column), &f});
  }
}

bool Comparison::agrees(const Item& item, std::span<const Value> values) const {
  if (!possible_ || !item.unknown.is_absent() || (acts_ && item.tombstone)) return false;
  const auto held = [&](const Part& part) {
    const Value& whole = values[part.column];
    return part.field->member.empty() ? whole : whole[part.field->member];
  };
  const auto is_missing = [&](const Part& part) { return !held(part).has_value(); };
  if (std::any_of(needed_.begin(), needed_.end(), is_missing)) return false;
  const auto is_said = [&](std::size_t slot) {
    return slot < item.values.size() && !item.values[slot].is_absent();
  };
  if (std::any_of(merged_.begin(), merged_.end(), is_said)) return false;
  return std::all_of(parts_.begin(), parts_.end(), [&](const Part& part) {
    if (!is_said(part.slot)) return true;
    return same_in_field(*part.field, item.values[part.slot], held(part));
  });
}

void drop_quiet(const Batch& batch, Item& item) {
  const auto is_quiet = [&](std::uint16_t f) {
    return f != Item::kUnknownFields && batch.profile.fields[f].quiet;
  };
  if (std::all_of(item.changed.begin(), item.changed.end(), is_quiet)) item.changed.clear();
}

ColumnSet written_columns(const Batch& batch, const Options& options, bool creating) {
  ColumnSet columns;
  for (std::size_t i = 0; i < options.actions.size(); ++i) {
    if (options.actions[i] == Action::clear && batch.profile.fields[i].writes_column())
      columns.add(batch.profile.fields[i].column);
  }
  for (std::uint16_t index : batch.fields()) {
    if (batch.profile.fields[index].writes_column())
      columns.add(batch.profile.fields[index].column);
  }
  for (const Field& f : batch.profile.fields) {
    if (f.writes_column() && (f.generated || f.marked_up || (creating && f.initial)))
      columns.add(f.column);
  }
  if (batch.profile.unknown_fields == UnknownFields::keep) columns.add(Column::meta);
  if (!batch.profile.precedence.empty()) columns.add(Column::field_sources);
  return columns;
}

}  // namespace product_upsert
