// Parts: custom fields, held against their definitions, merged, indexed where they identify.
#include <algorithm>

#include "core/document/merge.hpp"
#include "core/document/others.hpp"
#include "core/profile/validate.hpp"
#include "core/related/parts.hpp"
#include "core/value/interrupts.hpp"
#include "core/value/text.hpp"

namespace product_upsert {

namespace {

class Holding final : public TableSink {
 public:
  void row(std::uint32_t item, const StoredRow& v) override {
    products[item].push_back(v[custom_value_column::product_id].as_integer().value_or(0));
  }
  std::unordered_map<std::uint32_t, std::vector<std::int64_t>> products;
};

// The texts under which a value is indexed: one, or one for each value of a list.
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

}  // namespace

std::string indexed_text(const Value& value) {
  if (!value.is_number()) return value.printed();
  std::string text = value.json();
  if (text.find('.') == std::string::npos) return text;
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

Parts::Holders Parts::find_by_custom_field(std::int64_t organization_id, const Items& items,
                                           const std::string& reference) {
  const auto fits = custom_field_names(organization_id).find(reference, NamedBy::any);
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
  if (const auto holder = unindexed(organization_id, *definition)) {
    throw Refusal(Refused::precondition,
                  "custom field \"" + reference + "\" " + tell_unindexed(*holder), {},
                  {{Code::precondition, "custom_field_reference", tell_unindexed(*holder), {}}});
  }
  TableKeys keys{{custom_value_column::custom_field_id, custom_value_column::value}, {}, {}};
  for (std::uint32_t i : items) {
    const Value value =
        custom_field_ ? batch_.value(batch_.items[i], *custom_field_)[definition->key] : Value();
    for (const std::string& text : indexed_texts(value)) {
      keys.add(i, {Value::integer(definition->id),
                   Value::text(batch_.arena.copy(std::string_view(text)))});
    }
    if (!indexed_texts(value).empty()) continue;
    unidentified_.insert(i);
    if (!faulty_.contains({i, definition->id})) {
      const std::string name =
          custom_field_ ? batch_.profile.fields[*custom_field_].name : "custom_fields";
      batch_.items[i].failures.push_back(
          {Code::required, name + "." + reference, "is required to find the product", {}});
    }
  }
  Holding found;
  if (!keys.items.empty()) related_.read(organization_id, Table::custom_value, {&keys, 1}, found);
  for (auto& [item, products] : found.products) {
    std::sort(products.begin(), products.end());
    products.erase(std::unique(products.begin(), products.end()), products.end());
  }
  return std::move(found.products);
}

void Parts::plan_custom(std::uint32_t index) {
  Item& item = batch_.items[index];
  const auto definitions = custom_fields_.find(item.organization_id);
  if (definitions == custom_fields_.end()) return;
  const Value after = merged(batch_, item, Column::custom_fields, options_);
  const Value& before = batch_.stored(item, Column::custom_fields);
  for (const CustomField& f : definitions->second) {
    if (!f.is_indexed()) continue;
    auto texts = indexed_texts(after[f.key]);
    const auto held = indexed_texts(before[f.key]);
    if (texts == held) continue;
    states_[index].custom_changes.push_back({&f, std::move(texts), !held.empty()});
  }
}

void Parts::check_custom(std::int64_t organization_id, const Items& items) {
  struct Claim {
    std::uint32_t item;
    const CustomField* field;
    std::string value;
  };
  std::vector<Claim> claims;
  std::map<std::pair<std::int64_t, std::string>, std::vector<std::uint32_t>> claimed;
  const std::string name = batch_.profile.fields[*custom_field_].name;
  TableKeys keys{{custom_value_column::custom_field_id, custom_value_column::value}, {}, {}};
  for (std::uint32_t i : items) {
    const auto state = states_.find(i);
    if (state == states_.end()) continue;
    for (const CustomChange& change : state->second.custom_changes) {
      if (!change.field->unique) continue;
      for (const std::string& value : change.values) {
        claimed[{change.field->id, value}].push_back(static_cast<std::uint32_t>(claims.size()));
        keys.add(static_cast<std::uint32_t>(claims.size()),
                 {Value::integer(change.field->id),
                  Value::text(batch_.arena.copy(std::string_view(value)))});
        claims.push_back({i, change.field, value});
      }
    }
  }
  if (claims.empty()) return;
  for (const auto& [value, several] : claimed) {
    if (several.size() < 2) continue;
    std::vector<std::uint64_t> positions;
    for (std::uint32_t c : several) positions.push_back(batch_.position(claims[c].item));
    std::sort(positions.begin(), positions.end());
    for (std::uint32_t c : several) {
      check_interrupts();
      Others others = name_others(positions, batch_.position(claims[c].item));
      batch_.items[claims[c].item].failures.push_back(
          {Code::collision, name + "." + claims[c].field->reference,
           "has the same unique value as " + others.words + " of this call",
           std::move(others.details)});
    }
  }
  Holding found;
  related_.read(organization_id, Table::custom_value, {&keys, 1}, found);
  for (std::uint32_t c = 0; c < claims.size(); ++c) {
    Item& item = batch_.items[claims[c].item];
    for (std::int64_t product : found.products[c]) {
      if (product == item.id) continue;
      Failure taken{Code::taken,
                    name + "." + claims[c].field->reference,
                    "is taken: product " + std::to_string(product) + " has this value",
                    {{"id", std::to_string(product)}}};
      const auto giver = dependencies_.document_of(product);
      if (giver && gives_up(*giver, *claims[c].field, claims[c].value)) {
        dependencies_.add(claims[c].item, *giver, std::move(taken));
        continue;
      }
      if (wanting_ != nullptr) {
        wanting_->wants_of(claims[c].item, product, Wanting::What::custom_value,
                           value_claim(*claims[c].field, claims[c].value));
      }
      item.failures.push_back(std::move(taken));
    }
  }
}

// Whether the document takes the value away from its product, which has it.
bool Parts::gives_up(std::uint32_t index, const CustomField& field,
                     const std::string& value) const {
  const auto state = states_.find(index);
  if (state == states_.end() || !batch_.items[index].failures.empty()) return false;
  const auto& changes = state->second.custom_changes;
  return std::any_of(changes.begin(), changes.end(), [&](const CustomChange& c) {
    return c.field == &field &&
           std::find(c.values.begin(), c.values.end(), value) == c.values.end();
  });
}

bool Parts::write_custom(std::int64_t organization_id, const Items& items, TakenKey taken) {
  struct Row {
    std::int64_t field, product;
    Value value;
    bool unique;
  };
  std::vector<Row> gone;
  std::vector<Row> rows;
  for (std::uint32_t i : items) {
    const auto state = states_.find(i);
    if (state == states_.end()) continue;
    for (const CustomChange& change : state->second.custom_changes) {
      // Who may only create may not delete.
      if (change.held) gone.push_back({change.field->id, batch_.items[i].id, {}, false});
      for (const std::string& value : change.values) {
        rows.push_back(
            {change.field->id, batch_.items[i].id, Value::text(value), change.field->unique});
      }
    }
  }
  using namespace custom_value_column;
  if (!gone.empty()) {
    related_.delete_rows({organization_id,
                          Table::custom_value,
                          {custom_field_id, product_id},
                          gone.size(),
                          [&](std::size_t r, std::span<Value> to) {
                            to[0] = Value::integer(gone[r].field);
                            to[1] = Value::integer(gone[r].product);
                          }});
  }
  if (rows.empty()) return true;
  std::sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) {
    return std::pair(a.field, a.value.as_text()) < std::pair(b.field, b.value.as_text());
  });
  return insert({organization_id,
                 Table::custom_value,
                 {custom_field_id, value, product_id, is_unique},
                 rows.size(),
                 [&](std::size_t r, std::span<Value> to) {
                   to[0] = Value::integer(rows[r].field);
                   to[1] = rows[r].value;
                   to[2] = Value::integer(rows[r].product);
                   to[3] = Value::boolean(rows[r].unique);
                 }},
                taken) == rows.size();
}

}  // namespace product_upsert
