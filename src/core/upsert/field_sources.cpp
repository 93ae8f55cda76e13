#include "core/upsert/field_sources.hpp"

#include <algorithm>
#include <span>

#include "core/document/merge.hpp"
#include "core/profile/describe.hpp"
#include "core/profile/precedence.hpp"

namespace product_upsert {

namespace {

constexpr std::string_view kAll = "*";  // all fields, in marks

// A row that is yet to be created has no id, and a list is too long to show.
std::string text_of(const Field& field, const Value& value) {
  if (!value.has_value()) return "null";
  if (value.kind() == Kind::list) return {};
  if (field.role == Role::reference && value.as_integer().value_or(0) <= 0) return {};
  return shown(value.kind() == Kind::text ? std::string(value.as_text()) : value.json());
}

}  // namespace

FieldSources::FieldSources(BatchState& state) : state_(state) {
  const Profile& profile = state.batch.profile;
  for (std::size_t i = 0; i < profile.precedence.size(); ++i) {
    const auto& sources = profile.precedence[i];
    if (sources.empty()) continue;
    ranked_.push_back({static_cast<std::uint16_t>(i), mark_name(profile.fields[i]), &sources,
                       rank_of(sources, state.options.source)});
  }
}

const FieldSources::Ranked* FieldSources::find(std::size_t field) const {
  const auto it = std::lower_bound(ranked_.begin(), ranked_.end(), field,
                                   [](const Ranked& r, std::size_t f) { return r.field < f; });
  return it == ranked_.end() || it->field != field ? nullptr : &*it;
}

// Whether the matched product has a value in the field.
bool FieldSources::is_stored(std::uint32_t index, const Ranked& ranked) const {
  const Field& field = state_.batch.profile.fields[ranked.field];
  if (!field.writes_column()) return state_.related_fields->has_rows(index, ranked.field);
  const Value& whole = state_.batch.stored(state_.batch.items[index], field.column);
  return field.member.empty() ? whole.has_value() : whole[field.member].has_value();
}

// The source that has written the field and has precedence over ours; empty if there is none.
// Direct SQL may have stored anything as marks.
std::string_view FieldSources::holder(std::uint32_t index, const Ranked& ranked) const {
  const Value& marks = state_.batch.stored(state_.batch.items[index], Column::field_sources);
  if (marks.kind() != Kind::object) return {};
  Value mark = marks[ranked.name];
  if (mark.is_absent() && is_stored(index, ranked)) mark = marks[kAll];
  if (mark.kind() != Kind::text || rank_of(*ranked.sources, mark.as_text()) >= ranked.rank)
    return {};
  return mark.as_text();
}

bool FieldSources::is_outranked(std::uint32_t index, std::size_t field) const {
  const Ranked* const ranked = find(field);
  return ranked != nullptr && !holder(index, *ranked).empty();
}

// A copy, because the note outlives the document's value.
void FieldSources::hold(const Ranked& ranked, std::string_view source, std::string_view value) {
  Arena& kept = state_.batch.kept;
  held_.push_back({ranked.field, state_.batch.profile.fields[ranked.field].name, kept.copy(source),
                   kept.copy(value)});
}

// Adds the notes to what is held back already.
void FieldSources::keep_held(Item& item) {
  if (held_.empty()) return;
  if (item.sources != nullptr)
    held_.insert(held_.begin(), item.sources->held.begin(), item.sources->held.end());
  const auto sources = state_.batch.kept.array<SourceMarks>(1);
  sources[0] = {state_.batch.kept.copy(std::span<const HeldBack>(held_)), Value()};
  item.sources = sources.data();
  held_.clear();
}

void FieldSources::hold_columns(std::uint32_t index) {
  Item& item = state_.batch.items[index];
  if (item.id == 0 || !state_.batch.stored(item, Column::field_sources).has_value()) return;
  for (const Ranked& r : ranked_) {
    const Field& field = state_.batch.profile.fields[r.field];
    if (!field.writes_column()) continue;
    const std::string_view source = holder(index, r);
    if (source.empty()) continue;
    // In such a field null counts as absent; the computed value is held back when it is computed
    // (rule 54).
    if (field.marked_up && !state_.batch.value(item, r.field).has_value()) continue;
    if (would_change(state_.batch, item, r.field, state_.options))
      hold(r, source, text_of(field, state_.batch.value(item, r.field)));
  }
  const std::size_t count = held_.size();
  keep_held(item);
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint16_t field = item.sources->held[i].field;
    if (!state_.batch.value(item, field).is_absent()) state_.overrule(index, field, Value());
  }
}

void FieldSources::hold_related(std::uint32_t index) {
  Item& item = state_.batch.items[index];
  if (!state_.batch.stored(item, Column::field_sources).has_value()) return;
  for (const std::uint16_t f : item.changed) {
    const Ranked* const ranked = f == Item::kUnknownFields ? nullptr : find(f);
    const std::string_view source = ranked == nullptr ? "" : holder(index, *ranked);
    if (!source.empty()) hold(*ranked, source, {});
  }
  keep_held(item);
  if (item.sources == nullptr) return;
  std::erase_if(item.changed, [&](std::uint16_t f) {
    if (f == Item::kUnknownFields || !item.holds_back(f)) return false;
    state_.related_fields->take_back(index, f);
    return true;
  });
}

void FieldSources::mark(std::uint32_t index) {
  Item& item = state_.batch.items[index];
  if (item.id != 0 && item.changed.empty()) return;
  const Value marks = item.id == 0 ? marks_of_created() : moved_marks(item);
  if (marks.is_absent()) return;
  const auto sources = state_.batch.kept.array<SourceMarks>(1);
  sources[0] = {item.sources == nullptr ? std::span<const HeldBack>() : item.sources->held, marks};
  item.sources = sources.data();
}

Value FieldSources::marks_of_created() {
  const std::string& ours = state_.options.source;
  if (created_.is_absent() && !ours.empty()) {
    Member all{kAll, Value::text(state_.batch.arena.copy(std::string_view(ours)))};
    created_ = make_object({&all, 1}, state_.batch.arena);
  }
  return created_;
}

// Whether the document empties a field that it changes.
bool FieldSources::becomes_null(const Item& item, const Ranked& ranked) const {
  const Field& field = state_.batch.profile.fields[ranked.field];
  if (!field.writes_column()) return false;
  const Value whole = merged(state_.batch, item, field.column, state_.options);
  return field.member.empty() ? !whole.has_value() : !whole[field.member].has_value();
}

// The new marks of an updated product; absent if they do not change.
Value FieldSources::moved_marks(const Item& item) const {
  Arena& arena = state_.batch.arena;
  const std::string& ours = state_.options.source;
  const Value& stored = state_.batch.stored(item, Column::field_sources);
  std::vector<Member> members;
  if (stored.kind() == Kind::object)
    members.assign(stored.members().begin(), stored.members().end());
  const Value all = stored.kind() == Kind::object ? stored[kAll] : Value();
  bool moved = false;
  for (const std::uint16_t f : item.changed) {
    const Ranked* const ranked = f == Item::kUnknownFields ? nullptr : find(f);
    if (ranked == nullptr) continue;
    const auto it = std::find_if(members.begin(), members.end(),
                                 [&](const Member& m) { return m.key == ranked->name; });
    const Value before = it == members.end() ? Value() : it->value;
    // Values that the source has created need no mark as long as they exist.
    if (before.is_absent() && !ours.empty() && all.kind() == Kind::text && all.as_text() == ours &&
        !becomes_null(item, *ranked))
      continue;
    Value after;  // of no source
    if (!ours.empty()) after = Value::text(arena.copy(std::string_view(ours)));
    else if (!all.is_absent()) after = Value::null();
    if (before.is_absent() ? after.is_absent() : same_value(before, after)) continue;
    moved = true;
    if (it != members.end()) members.erase(it);
    if (!after.is_absent()) members.push_back({arena.copy(std::string_view(ranked->name)), after});
  }
  if (!moved) return {};
  return members.empty() ? Value::null() : make_object(members, arena);
}

}  // namespace product_upsert
