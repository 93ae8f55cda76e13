#include "core/related/custom_values.hpp"

#include <algorithm>
#include <numeric>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/document/merge.hpp"
#include "core/document/others.hpp"
#include "core/value/assert.hpp"
#include "core/value/hash.hpp"
#include "core/value/interrupts.hpp"
#include "core/value/number.hpp"

namespace product_upsert {

namespace {

class Holding final : public TableSink {
 public:
  void row(std::uint32_t item, const StoredRow& v) override {
    products[item].push_back(v[custom_value_column::product_id].as_integer().value_or(0));
  }
  std::unordered_map<std::uint32_t, std::vector<std::int64_t>> products;
};

// The texts under which a value is indexed: one, or one for each item of a list.
std::vector<std::string> indexed_texts(const Value& value) {
  std::vector<std::string> texts;
  if (value.kind() == Kind::list) {
    for (const Value& v : value.items()) texts.push_back(indexed_text(v));
  } else if (value.has_value()) {
    texts.push_back(indexed_text(value));
  }
  std::sort(texts.begin(), texts.end());
  texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
  return texts;
}

std::uint64_t value_claim(const CustomField& field, std::string_view value) {
  return hash_word(static_cast<std::uint64_t>(field.id), hash_text(value));
}

}  // namespace

std::string indexed_text(const Value& value) {
  if (!value.is_number()) return value.printed();
  std::string text = plain_notation(value);
  if (text.find('.') == std::string::npos) return text;
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

Holders CustomValues::find_holders(std::int64_t organization_id, const Items& items,
                                   const std::string& reference) {
  const CustomField& definition = identifying_field(organization_id, reference);
  TableKeys keys{{custom_value_column::custom_field_id, custom_value_column::value}, {}, {}};
  std::unordered_map<std::string, std::uint32_t> first_with;      // of the items with one value
  std::vector<std::pair<std::uint32_t, std::uint32_t>> repeated;  // and the first item with it
  for (std::uint32_t i : items) {
    state_.found_by.erase(i);
    const Value value =
        state_.custom_field
            ? state_.batch.value(state_.batch.items[i], *state_.custom_field)[definition.key]
            : Value();
    const std::vector<std::string> texts = indexed_texts(value);
    for (const std::string& text : texts) {
      FoundBy& found_by = state_.found_by[i];
      found_by.unique = definition.unique;
      found_by.values.push_back(value_claim(definition, text));
      const std::uint32_t first = texts.size() == 1 ? first_with.emplace(text, i).first->second : i;
      if (first != i) repeated.emplace_back(i, first);
      else
        keys.add(i, {Value::integer(definition.id),
                     Value::text(state_.batch.arena.copy(std::string_view(text)))});
    }
    if (!texts.empty()) continue;
    unidentified_.insert(i);
    if (!reader_.is_faulty(i, definition.id)) {
      const std::string name = state_.custom_field
                                   ? state_.batch.profile.fields[*state_.custom_field].name
                                   : "custom_fields";
      state_.batch.items[i].fail(Code::required, name + "." + reference,
                                 "is required to find the product");
    }
  }
  Holding found;
  if (!keys.items.empty())
    state_.related.read(organization_id, Table::custom_value, {&keys, 1}, found);
  Holders holders = make_holders(found.products);
  for (const auto& [item, first] : repeated) {
    if (const auto it = holders.find(first); it != holders.end()) holders[item] = it->second;
  }
  return holders;
}

void CustomValues::each_given_up(std::int64_t organization_id, const Items& items,
                                 const std::string& reference,
                                 const std::function<void(std::uint32_t, std::uint64_t)>& f) {
  const CustomField& definition = identifying_field(organization_id, reference);
  TableKeys keys{{custom_value_column::custom_field_id, custom_value_column::product_id}, {}, {}};
  for (std::uint32_t i : items) {
    const RelatedItem* const state = state_.find(i);
    const auto gives_one_up = [&](const CustomChange& c) {
      return c.held && c.field->id == definition.id;
    };
    if (state_.batch.items[i].removes ||
        (state != nullptr &&
         std::any_of(state->custom_changes.begin(), state->custom_changes.end(), gives_one_up)))
      keys.add(i, {Value::integer(definition.id), Value::integer(state_.batch.items[i].id)});
  }
  class Held final : public TableSink {
   public:
    Held(const CustomField& field, const std::function<void(std::uint32_t, std::uint64_t)>& f)
        : field_(field), f_(f) {}
    void row(std::uint32_t item, const StoredRow& v) override {
      f_(item, value_claim(field_, v[custom_value_column::value].as_text()));
    }

   private:
    const CustomField& field_;
    const std::function<void(std::uint32_t, std::uint64_t)>& f_;
  } held(definition, f);
  if (!keys.items.empty())
    state_.related.read(organization_id, Table::custom_value, {&keys, 1}, held);
}

// The field that custom_field_reference names.
const CustomField& CustomValues::identifying_field(std::int64_t organization_id,
                                                   const std::string& reference) {
  const auto fits = uses_.names(organization_id).find(reference, NamedBy::any);
  if (fits.size() > 1) {
    throw Refusal(Refused::collision,
                  "custom_field_reference \"" + reference + "\" names several custom fields", {},
                  {{Code::collision, "custom_field_reference", "names several custom fields", {}}});
  }
  const CustomField* definition = fits.empty() ? nullptr : fits.front();
  if (definition == nullptr) {
    throw Refusal(Refused::not_found, "there is no custom field \"" + reference + "\"", {},
                  {unknown_custom_field(reference, "custom_field_reference")});
  }
  if (!definition->is_indexed()) {
    throw Refusal(Refused::invalid, "custom field \"" + reference + "\" does not identify products",
                  "Flag it unique_value or is_identifier.",
                  {{Code::enumeration,
                    "custom_field_reference",
                    "names a custom field that does not identify products",
                    {}}});
  }
  if (const auto holder = uses_.unindexed(organization_id, *definition)) {
    throw Refusal(Refused::precondition,
                  "custom field \"" + reference + "\" " + tell_unindexed(*holder), {},
                  {{Code::precondition, "custom_field_reference", tell_unindexed(*holder), {}}});
  }
  return *definition;
}

void CustomValues::plan(std::uint32_t index) {
  Item& item = state_.batch.items[index];
  const CustomFields* const definitions = uses_.known_definitions(item.organization_id);
  if (definitions == nullptr) return;
  Arena made;
  const MergeInto arena(state_.batch, made);
  const Value after = merged(state_.batch, item, Column::custom_fields, state_.options);
  const Value& before = state_.batch.stored(item, Column::custom_fields);
  for (const CustomField& f : *definitions) {
    if (!f.is_indexed()) continue;
    auto texts = indexed_texts(after[f.key]);
    const auto held = indexed_texts(before[f.key]);
    if (texts == held) continue;
    state_.items[index].custom_changes.push_back({&f, std::move(texts), !held.empty()});
  }
}

std::vector<CustomValues::Claim> CustomValues::claims_of(const Items& items) const {
  std::vector<Claim> claims;
  claims.reserve(items.size());
  for (std::uint32_t i : items) {
    const RelatedItem* const item = state_.find(i);
    if (item == nullptr) continue;
    for (const CustomChange& change : item->custom_changes) {
      if (!change.field->unique) continue;
      for (const std::string& value : change.values) claims.push_back({i, change.field, value});
    }
  }
  return claims;
}

void CustomValues::check(std::int64_t organization_id, const Items& items) {
  const std::vector<Claim> claims = claims_of(items);
  if (claims.empty()) return;
  tell_same(claims);
  TableKeys keys{{custom_value_column::custom_field_id, custom_value_column::value}, {}, {}};
  keys.items.reserve(claims.size());
  keys.keys.reserve(2 * claims.size());
  for (std::uint32_t c = 0; c < claims.size(); ++c) {
    keys.add(c, {Value::integer(claims[c].field->id), Value::text(claims[c].value)});
  }
  Holding found;
  state_.related.read(organization_id, Table::custom_value, {&keys, 1}, found);
  for (std::uint32_t c = 0; c < claims.size(); ++c) {
    const auto holders = found.products.find(c);
    if (holders == found.products.end()) continue;
    for (std::int64_t product : holders->second) {
      check_interrupts();
      if (product != state_.batch.items[claims[c].item].id) tell_taken(claims[c], product);
    }
  }
}

// Rejects documents that claim the same value.
void CustomValues::tell_same(const std::vector<Claim>& claims) {
  const auto wanted = [&](std::uint32_t c) {
    return std::pair(claims[c].field->id, claims[c].value);
  };
  std::vector<std::uint32_t> order(claims.size());
  std::iota(order.begin(), order.end(), 0U);
  std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    return std::pair(wanted(a), a) < std::pair(wanted(b), b);
  });
  const std::string& name = state_.batch.profile.fields[*state_.custom_field].name;
  for (auto first = order.begin(), last = first; first != order.end(); first = last) {
    last = std::find_if(first, order.end(),
                        [&](std::uint32_t c) { return wanted(c) != wanted(*first); });
    const std::span<const std::uint32_t> several(first, last);
    if (several.size() < 2) continue;
    std::vector<std::uint64_t> positions;
    for (std::uint32_t c : several) positions.push_back(state_.batch.position(claims[c].item));
    std::sort(positions.begin(), positions.end());
    for (std::uint32_t c : several) {
      check_interrupts();
      Others others = name_others(positions, state_.batch.position(claims[c].item));
      state_.batch.items[claims[c].item].fail(
          Code::collision, name + "." + claims[c].field->reference,
          "has the same unique value as " + others.words + " of this call",
          std::move(others.details));
    }
  }
}

void CustomValues::tell_taken(const Claim& claim, std::int64_t product) {
  const std::string& name = state_.batch.profile.fields[*state_.custom_field].name;
  Failure taken{Code::taken, name + "." + claim.field->reference,
                "is taken: product " + std::to_string(product) + " has this value",
                Details().number("id", product)};
  const auto giver = state_.dependencies.document_of(product);
  if (giver && gives_up(*giver, *claim.field, claim.value)) {
    state_.dependencies.add(claim.item, *giver, std::move(taken));
    return;
  }
  if (state_.wanting != nullptr) {
    state_.wanting->wants_of(claim.item, product, Wanting::What::custom_value,
                             value_claim(*claim.field, claim.value));
  }
  state_.batch.items[claim.item].failures.push_back(std::move(taken));
}

void CustomValues::each_claim(const RelatedItem& item,
                              const std::function<void(std::uint64_t)>& f) const {
  for (const CustomChange& change : item.custom_changes) {
    if (!change.field->unique) continue;
    for (const std::string& value : change.values) f(value_claim(*change.field, value));
  }
}

// Whether the document removes the value from the product that has it.
bool CustomValues::gives_up(std::uint32_t index, const CustomField& field,
                            std::string_view value) const {
  if (!state_.batch.items[index].failures.empty()) return false;
  if (state_.batch.items[index].removes) return true;
  const RelatedItem* const state = state_.find(index);
  if (state == nullptr) return false;
  const auto& changes = state->custom_changes;
  return std::any_of(changes.begin(), changes.end(), [&](const CustomChange& c) {
    return c.field == &field && !std::binary_search(c.values.begin(), c.values.end(), value);
  });
}

bool CustomValues::write(std::int64_t organization_id, const Items& items, TakenKey taken) {
  struct IndexedValue {
    std::int64_t field, product;
    Value value;
    bool unique;
  };
  std::vector<IndexedValue> gone;
  std::vector<IndexedValue> rows;
  rows.reserve(items.size());
  for (std::uint32_t i : items) {
    const RelatedItem* const state = state_.find(i);
    if (state == nullptr) continue;
    for (const CustomChange& change : state->custom_changes) {
      PRODUCT_UPSERT_ASSERT(change.field != nullptr && state_.batch.items[i].id != 0);
      // A caller who may only create may not delete.
      if (change.held) gone.push_back({change.field->id, state_.batch.items[i].id, {}, false});
      for (const std::string& value : change.values) {
        rows.push_back(
            {change.field->id, state_.batch.items[i].id, Value::text(value), change.field->unique});
      }
    }
  }
  using namespace custom_value_column;
  if (!gone.empty()) {
    state_.related.delete_rows(given_rows(
        organization_id, Table::custom_value, gone.size(),
        Given{custom_field_id, [&](std::size_t r) { return Value::integer(gone[r].field); }},
        Given{product_id, [&](std::size_t r) { return Value::integer(gone[r].product); }}));
  }
  if (rows.empty()) return true;
  std::sort(rows.begin(), rows.end(), [](const IndexedValue& a, const IndexedValue& b) {
    return std::pair(a.field, a.value.as_text()) < std::pair(b.field, b.value.as_text());
  });
  return state_.insert(
             given_rows(
                 organization_id, Table::custom_value, rows.size(),
                 Given{custom_field_id,
                       [&](std::size_t r) { return Value::integer(rows[r].field); }},
                 Given{value, [&](std::size_t r) { return rows[r].value; }},
                 Given{product_id, [&](std::size_t r) { return Value::integer(rows[r].product); }},
                 Given{is_unique, [&](std::size_t r) { return Value::boolean(rows[r].unique); }}),
             taken) == rows.size();
}

}  // namespace product_upsert
