#include "core/related/custom_field_uses.hpp"

#include <algorithm>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "core/value/hash.hpp"

namespace product_upsert {

namespace {

Refusal changed_meanwhile(const CustomField& field) {
  return Refusal(Refused::serialization,
                 "the definition of custom field \"" + field.key + "\" has changed meanwhile",
                 "Try again.");
}

}  // namespace

std::string tell_unindexed(std::int64_t holder) {
  return "was flagged when product " + std::to_string(holder) +
         " had a value already; product_custom_field_index has to index such values first";
}

const CustomFields& CustomFieldUses::definitions(std::int64_t organization_id) {
  const auto known = definitions_.find(organization_id);
  if (known != definitions_.end()) return known->second;
  // Before anything is read, so that it stays valid, even for documents that only remove values and
  // claim nothing.
  state_.related.hold_custom_fields(organization_id);
  return definitions_.emplace(organization_id, read_custom_fields(state_.related, organization_id))
      .first->second;
}

const CustomFieldNames& CustomFieldUses::names(std::int64_t organization_id) {
  return names_.try_emplace(organization_id, definitions(organization_id)).first->second;
}

const CustomFields* CustomFieldUses::known_definitions(std::int64_t organization_id) const {
  const auto known = definitions_.find(organization_id);
  return known == definitions_.end() ? nullptr : &known->second;
}

// Only product_custom_field_index changes a field in use, and it waits for everyone who has read
// the uses. So a field that has not changed so far does not change before the transaction ends.
bool CustomFieldUses::is_used(std::int64_t organization_id, const CustomField& field) {
  class Uses final : public TableSink {
   public:
    explicit Uses(const CustomFields& definitions) : definitions_(definitions) {}
    void row(std::uint32_t, const StoredRow& v) override {
      using namespace custom_field_use_column;
      const std::int64_t id = v[custom_field_id].as_integer().value_or(0);
      const auto f = std::find_if(definitions_.begin(), definitions_.end(),
                                  [&](const CustomField& d) { return d.id == id; });
      all[id] = f != definitions_.end() && v[key].printed() == f->key &&
                v[type].printed() == f->type && v[multiple_values].as_boolean() == f->multiple &&
                v[unique_value].as_boolean() == f->unique &&
                v[is_identifier].as_boolean() == f->identifies;
    }
    std::unordered_map<std::int64_t, bool> all;

   private:
    const CustomFields& definitions_;
  };
  auto known = uses_.find(organization_id);
  if (known == uses_.end()) {
    Uses sink(definitions(organization_id));
    state_.related.read_all(organization_id, Table::custom_field_use, sink);
    known = uses_.emplace(organization_id, std::move(sink.all)).first;
  }
  const auto use = known->second.find(field.id);
  if (use == known->second.end()) return false;
  if (!use->second) throw changed_meanwhile(field);
  return true;
}

// Finds a product whose value of this field is in no index, because it was stored before the field
// was flagged. The first writer of a value under the new flags checks this, so that uniqueness
// never holds for a part of the products only.
std::optional<std::int64_t> CustomFieldUses::unindexed(std::int64_t organization_id,
                                                       const CustomField& field) {
  if (!field.is_indexed() || is_used(organization_id, field)) return std::nullopt;
  auto known = unindexed_.find(organization_id);
  if (known == unindexed_.end()) {
    std::vector<std::int64_t> fields;
    std::vector<std::string> keys;
    for (const CustomField& f : definitions(organization_id)) {
      if (!f.is_indexed() || is_used(organization_id, f)) continue;
      fields.push_back(f.id);
      keys.push_back(f.key);
    }
    known = unindexed_.try_emplace(organization_id).first;
    state_.related.find_values(organization_id, keys, [&](std::size_t key, std::int64_t product) {
      known->second.emplace(fields[key], product);
    });
  }
  const auto holder = known->second.find(field.id);
  if (holder == known->second.end()) return std::nullopt;
  // The first user of the field may have stored and indexed it since we looked.
  uses_.erase(organization_id);
  if (is_used(organization_id, field)) return std::nullopt;
  return holder->second;
}

void CustomFieldUses::claim(std::int64_t organization_id, const Items& items) {
  if (!state_.custom_field || state_.options.action(*state_.custom_field) == Action::ignore) return;
  const CustomFields* const known = known_definitions(organization_id);
  if (known == nullptr) return;
  std::unordered_set<std::string_view, TextHash> keys;
  for (std::uint32_t i : items) {
    const Value& given = state_.batch.value(state_.batch.items[i], *state_.custom_field);
    if (given.kind() != Kind::object) continue;
    for (const Member& m : given.members()) {
      if (m.value.has_value()) keys.insert(m.key);
    }
  }
  std::vector<const CustomField*> fresh;
  for (const CustomField& f : *known) {
    if (keys.contains(f.key) && !is_used(organization_id, f)) fresh.push_back(&f);
  }
  if (fresh.empty()) return;
  std::sort(fresh.begin(), fresh.end(),
            [](const CustomField* a, const CustomField* b) { return a->id < b->id; });
  using namespace custom_field_use_column;
  const auto inserted = state_.related.insert_uses(given_rows(
      organization_id, Table::custom_field_use, fresh.size(),
      Given{custom_field_id, [&](std::size_t r) { return Value::integer(fresh[r]->id); }},
      Given{key, [&](std::size_t r) { return Value::text(fresh[r]->key); }},
      Given{type, [&](std::size_t r) { return Value::text(fresh[r]->type); }},
      Given{multiple_values, [&](std::size_t r) { return Value::boolean(fresh[r]->multiple); }},
      Given{unique_value, [&](std::size_t r) { return Value::boolean(fresh[r]->unique); }},
      Given{is_identifier, [&](std::size_t r) { return Value::boolean(fresh[r]->identifies); }}));
  if (!inserted) throw changed_meanwhile(*fresh.front());
  if (*inserted == fresh.size()) return;
  uses_.erase(organization_id);  // another session was first
  for (const CustomField* f : fresh) is_used(organization_id, *f);
  uses_.erase(organization_id);  // our own row may still be undone
}

}  // namespace product_upsert
