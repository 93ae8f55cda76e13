#include "core/related/variants.hpp"

#include <algorithm>

#include "core/answer/related_answers.hpp"
#include "core/document/merge.hpp"
#include "core/value/assert.hpp"

namespace product_upsert {

namespace {

// An instant is one whatever its notation, within an object too (fine point i).
bool same(const Field& field, const Value& a, const Value& b) {
  return a.has_value() == b.has_value() &&
         (!a.has_value() || same_value(a, b) || same_in_field(field, a, b));
}

}  // namespace

class Variants::Rows final : public TableSink {
 public:
  explicit Rows(Variants& variants) : variants_(variants) {}
  void row(std::uint32_t item, const StoredRow& row) override { variants_.found(item, row); }

 private:
  Variants& variants_;
};

// The state of the item, with the names of its variants read.
VariantState& Variants::begin(std::uint32_t index) {
  told_ = {};
  VariantState& state = state_.items[index].variants();
  if (state.stored_of.empty()) {
    const Value& given = state_.batch.value(state_.batch.items[index], *state_.variants_field);
    state.named = NamedVariants(state_.batch.profile.fields[*state_.variants_field], given);
    state.stored_of.assign(list_items(given).size(), -1);
  }
  return state;
}

void Variants::read(std::int64_t organization_id, const Items& items) {
  Rows sink(*this);
  TableKeys keys{{variant_column::product_id}, {}, {}};
  for (std::uint32_t i : items) {
    const Item& item = state_.batch.items[i];
    const bool spoken_of = state_.batch.value(item, *state_.variants_field).has_value() ||
                           state_.options.action(*state_.variants_field) == Action::clear;
    if (item.id == 0 || !spoken_of) continue;
    VariantState& state = begin(i);
    // Usually as many as the document has.
    state.stored.reserve(state.stored_of.size());
    if (state_.related_answers != nullptr)
      state.unchanged.emplace().reserve(state.stored_of.size());
    keys.add(i, {Value::integer(item.id)});
  }
  if (!keys.items.empty()) state_.related.read(organization_id, Table::variant, {&keys, 1}, sink);
}

void Variants::found(std::uint32_t index, const StoredRow& row) {
  VariantState& state = state_.items[index].variants();
  StoredVariant variant;
  variant.id = row[variant_column::id].as_integer().value_or(0);
  variant.tid = row.tid;
  const std::string_view sku = row[variant_column::sku].as_text();
  if (const int n = state.named.find(variant.id, sku); n >= 0) {
    const auto place = static_cast<std::size_t>(n);
    variant.said = true;
    variant.sku = state_.batch.arena.copy(sku);
    state.stored_of[place] = static_cast<int>(state.stored.size());
    const Value& given = state_.batch.value(state_.batch.items[index], *state_.variants_field);
    compare(given.items()[place], row, variant);
  }
  const bool same = variant.changed.empty();
  state.stored.push_back(std::move(variant));
  if (!same) state.unchanged.reset();
  else if (state.unchanged) state.unchanged->push_back(state_.related_answers->keep(row.values));
}

// Keeps what is needed of the row to write it.
void Variants::compare(const Value& given, const StoredRow& row, StoredVariant& variant) {
  const auto& fields = state_.batch.profile.fields[*state_.variants_field].fields;
  MemberWalk members(given);
  for (const Field& field : fields) {
    if (field.read_only != ReadOnly::no) continue;
    const Value v = members.take(field.name);
    if (!v.is_absent() && !same(field, v, row[field.place])) variant.changed.add(field.place);
  }
  if (variant.changed.empty()) return;
  const auto kept = state_.batch.arena.array<Value>(fields.size());
  members = MemberWalk(given);
  for (std::size_t f = 0; f < fields.size(); ++f) {
    const Value v = members.take(fields[f].name);
    const Value& held = row[fields[f].place];
    const bool written = variant.changed.has(fields[f].place) ||
                         (v.has_value() && held.has_value() && identical(v, held));
    kept[f] = written ? Value() : held.copy_to(state_.batch.arena);
  }
  variant.kept = kept;
}

bool Variants::was_told(const Item& item, const std::string& path) {
  if (told_.item != &item || told_.count > item.failures.size()) told_ = {&item, 0, {}};
  for (; told_.count < item.failures.size(); ++told_.count)
    told_.paths.insert(item.failures[told_.count].field);
  return told_.paths.contains(path);
}

// Adds a failure for everything that a new variant lacks (C3).
void Variants::require_fields(Item& item, const Value& variant, std::uint32_t place) {
  const Field& field = state_.batch.profile.fields[*state_.variants_field];
  for (const Field& f : field.fields) {
    if (!f.required || variant[f.name].has_value()) continue;
    const std::string at = variant_path(field, place) + "." + f.name;
    if (!was_told(item, at)) item.fail(Code::required, at, "is required to create a variant");
  }
}

// What one variant of the document changes; empty if nothing is written, or if it fails.
std::optional<VariantChange> Variants::plan_one(std::uint32_t index, std::uint32_t place) {
  Item& item = state_.batch.items[index];
  const Field& field = state_.batch.profile.fields[*state_.variants_field];
  const Value& given = state_.batch.value(item, *state_.variants_field).items()[place];
  const Action action = state_.options.action(*state_.variants_field);
  const VariantState& state = state_.items[index].variants();
  PRODUCT_UPSERT_ASSERT(place < state.stored_of.size());
  const int stored = state.stored_of[place];
  PRODUCT_UPSERT_ASSERT(stored < static_cast<int>(state.stored.size()));
  const Value sku = variant_sku(field, given);
  const std::string path = variant_path(field, place);
  if (const auto named = variant_id(field, given); stored < 0 && named) {
    const std::string id = std::to_string(*named);
    item.fail(Code::unknown_reference, variant_path(field, place, variant_column::id),
              "names no variant of the product: " + id, Details().text("resource_id", id));
    return std::nullopt;
  }
  if (stored < 0 && sku.kind() != Kind::text) {
    // An invalid one has a failure since it was read.
    const std::string at = variant_path(field, place, variant_column::sku);
    if (was_told(item, path) || was_told(item, at)) return std::nullopt;
    item.fail(Code::required, at, "is required");
    // No stored variant matches, so one would be created (C3).
    if (action != Action::remove) require_fields(item, given, place);
    return std::nullopt;
  }
  if (action == Action::remove) {
    if (stored < 0) return std::nullopt;
    return VariantChange{VariantChange::Kind::remove, {}, stored, place, {}};
  }
  if (stored < 0) require_fields(item, given, place);
  else if (state.stored[static_cast<std::size_t>(stored)].changed.empty()) return std::nullopt;
  return VariantChange{stored < 0 ? VariantChange::Kind::create : VariantChange::Kind::update,
                       given, stored, place, sku};
}

// Checks that the document does not name a variant twice, and that no two variants would have the
// same sku (rule 23). Returns the places of the repetitions, ascending.
std::vector<std::uint32_t> Variants::check_named_once(std::uint32_t index) {
  Item& item = state_.batch.items[index];
  const Field& field = state_.batch.profile.fields[*state_.variants_field];
  const VariantState& state = state_.items[index].variants();
  const auto said = list_items(state_.batch.value(item, *state_.variants_field));
  std::vector<std::pair<std::int64_t, std::uint32_t>> ids;
  std::vector<std::pair<std::string_view, std::uint32_t>> skus;
  for (std::uint32_t n = 0; n < said.size(); ++n) {
    if (const auto id = variant_id(field, said[n])) ids.emplace_back(*id, n);
    const Value sku = variant_sku(field, said[n]);
    if (sku.kind() == Kind::text) skus.emplace_back(sku.as_text(), n);
    else if (state.stored_of[n] >= 0)
      skus.emplace_back(state.stored[static_cast<std::size_t>(state.stored_of[n])].sku, n);
  }
  std::vector<std::uint32_t> again;
  const auto find_again = [&](auto& names, unsigned column) {
    std::sort(names.begin(), names.end());
    for (std::size_t n = 1; n < names.size(); ++n) {
      if (names[n].first != names[n - 1].first) continue;
      again.push_back(names[n].second);
      item.fail(Code::collision, variant_path(field, names[n].second, column),
                "is named twice in this document");
    }
  };
  find_again(ids, variant_column::id);
  find_again(skus, variant_column::sku);
  std::sort(again.begin(), again.end());
  return again;
}

void Variants::check_names(std::uint32_t index) {
  if (!state_.variants_field ||
      !state_.batch.value(state_.batch.items[index], *state_.variants_field).has_value())
    return;
  Item& item = state_.batch.items[index];
  const Field& field = state_.batch.profile.fields[*state_.variants_field];
  begin(index);
  const auto said = list_items(state_.batch.value(item, *state_.variants_field));
  for (std::uint32_t n = 0; n < said.size(); ++n) {
    const std::string at = variant_path(field, n, variant_column::sku);
    if (variant_id(field, said[n]) || variant_sku(field, said[n]).kind() == Kind::text) continue;
    if (!was_told(item, variant_path(field, n)) && !was_told(item, at))
      item.fail(Code::required, at, "is required");
  }
  check_named_once(index);
}

// An action of the call takes precedence over that of the document.
bool Variants::replaces(const Item& item) const {
  if (!state_.replace_field || state_.options.action(*state_.variants_field) != Action::standard)
    return false;
  const Value said = state_.batch.value(item, *state_.replace_field);
  return said.kind() == Kind::boolean && said.as_boolean();
}

namespace {

// Whether variants that the document does not mention are deleted.
// recipe: action
bool removes_others(Action action) {
  switch (action) {
    case Action::replace:
    case Action::clear: return true;
    case Action::standard:
    case Action::ignore:
    case Action::append:
    case Action::remove:
    case Action::merge: return false;
  }
  return false;
}

}  // namespace

void Variants::plan(std::uint32_t index) {
  Item& item = state_.batch.items[index];
  const Field& field = state_.batch.profile.fields[*state_.variants_field];
  const Action action = state_.options.action(*state_.variants_field);
  const Value& given = state_.batch.value(item, *state_.variants_field);
  if (action == Action::ignore) return;
  if (state_.batch.discards(item, *state_.variants_field)) return;
  if (!given.has_value() && action != Action::clear) return;
  VariantState& state = begin(index);
  const auto said = list_items(given);
  if (item.id == 0 && said.empty() && field.required) {
    item.fail(Code::range, field.name, "must have at least 1 item");
  }
  if (action != Action::clear) {
    const auto again = check_named_once(index);
    for (std::uint32_t n = 0; n < said.size(); ++n) {
      if (std::binary_search(again.begin(), again.end(), n)) continue;
      if (auto change = plan_one(index, n)) state.changes.push_back(*change);
    }
  }
  if (removes_others(action) || replaces(item)) {
    for (std::size_t v = 0; v < state.stored.size(); ++v) {
      if (state.stored[v].said && action != Action::clear) continue;
      state.changes.push_back({VariantChange::Kind::remove, {}, static_cast<int>(v), 0, {}});
    }
  }
  if (state.changes.empty()) return;
  state.unchanged.reset();
  require_last(item, state);
  if (item.id != 0) item.changed.push_back(static_cast<std::uint16_t>(*state_.variants_field));
}

// A product that cannot be created without variants must always keep one (rule 22).
void Variants::require_last(Item& item, const VariantState& state) const {
  const Field& field = state_.batch.profile.fields[*state_.variants_field];
  const auto count = [&](VariantChange::Kind kind) {
    return std::count_if(state.changes.begin(), state.changes.end(),
                         [&](const VariantChange& v) { return v.kind == kind; });
  };
  const auto removed = count(VariantChange::Kind::remove);
  if (!field.required || removed == 0) return;
  const auto left = static_cast<std::ptrdiff_t>(state.stored.size()) - removed;
  if (left + count(VariantChange::Kind::create) > 0) return;
  item.fail(Code::range, field.name, "must keep at least 1 item: the product has no other");
}

}  // namespace product_upsert
