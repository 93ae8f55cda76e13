// Parts: custom fields, held against their definitions, merged, indexed where they identify.
#include <algorithm>

#include "core/document/merge.hpp"
#include "core/profile/validate.hpp"
#include "core/related/parts.hpp"
#include "core/value/text.hpp"

namespace product_upsert {

namespace {

class Definitions final : public TableSink {
 public:
  void row(std::uint32_t, const StoredRow& v) override {
    using namespace custom_field_column;
    const auto text = [&](unsigned c) { return v[c].has_value() ? v[c].printed() : std::string(); };
    CustomField f;
    f.id = v[id].as_integer().value_or(0);
    f.uuid = text(uuid);
    f.space = text(space);
    f.reference = text(reference);
    f.key = f.space.empty() ? f.reference : f.space + "." + f.reference;
    f.name = text(custom_field_column::name);
    f.type = text(type);
    if (v[enum_values].kind() == Kind::list) {
      for (const Value& a : v[enum_values].items()) f.allowed.push_back(a.printed());
    }
    f.multiple = v[multiple_values].as_boolean();
    f.unique = v[unique_value].as_boolean();
    f.identifies = v[is_identifier].as_boolean();
    all.push_back(std::move(f));
  }
  CustomFields all;
};

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

Failure unknown_custom_field(const std::string& name, const std::string& path) {
  std::string id;
  write_json_string(name, id);
  return {Code::unknown_reference,
          path,
          "there is no custom field \"" + name + "\"",
          {{"resource_type", "\"CUSTOM_FIELD\""}, {"resource_id", id}}};
}

std::string tell_unindexed(std::int64_t holder) {
  return "was flagged when product " + std::to_string(holder) +
         " had a value already; product_custom_field_index has to index such values first";
}

}  // namespace

CustomFields read_custom_fields(RelatedRows& related, std::int64_t organization_id) {
  Definitions sink;
  related.read_all(organization_id, Table::custom_field, sink);
  return std::move(sink.all);
}

const CustomField* find_custom_field(const CustomFields& all, std::string_view name) {
  for (auto member : {&CustomField::key, &CustomField::reference, &CustomField::uuid}) {
    for (const CustomField& f : all) {
      if (!name.empty() && f.*member == name) return &f;
    }
  }
  for (const CustomField& f : all) {
    if (std::to_string(f.id) == name) return &f;
  }
  return nullptr;
}

std::string indexed_text(const Value& value) {
  if (!value.is_number()) return value.printed();
  std::string text = value.json();
  if (text.find('.') == std::string::npos) return text;
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

Value Parts::custom_value(const CustomField& field, const Value& given, const std::string& path,
                          Item& item) {
  const auto fail = [&](Code code, std::string message) {
    item.failures.push_back({code, path, std::move(message), {}});
    return Value();
  };
  if (given.is_null()) return given;
  if (field.multiple || field.type == "list") {
    if (given.kind() != Kind::list)
      return fail(Code::type, std::string("must be a list, not ") + describe(given.kind()));
    CustomField one = field;
    one.multiple = false;
    if (field.type == "list") one.type = "text";
    std::vector<Value> values;
    for (std::size_t i = 0; i < given.items().size(); ++i) {
      const std::string at = path + "." + std::to_string(i);
      if (given.items()[i].is_null()) item.failures.push_back({Code::type, at, kNotNull, {}});
      else values.push_back(custom_value(one, given.items()[i], at, item));
    }
    return Value::list(batch_.arena.copy(std::span<const Value>(values)));
  }
  const auto expect = [&](bool right, const char* what) {
    return right ? given
                 : fail(Code::type,
                        std::string("must be ") + what + ", not " + describe(given.kind()));
  };
  if (field.type == "number") return expect(given.is_number(), "a number");
  if (field.type == "boolean") return expect(given.kind() == Kind::boolean, "true or false");
  if (given.kind() != Kind::text) return expect(false, "text");
  if (field.type == "date" && !is_date(given.as_text()))
    return fail(Code::format, "must be a date, YYYY-MM-DD");
  if (field.type == "enum" && std::find(field.allowed.begin(), field.allowed.end(),
                                        given.as_text()) == field.allowed.end()) {
    std::string valid;
    for (const std::string& a : field.allowed) valid += (valid.empty() ? "" : ", ") + a;
    return fail(Code::enumeration, "must be one of " + valid);
  }
  if (!field.is_indexed()) return given;
  // Identity text (C8).
  const auto trimmed = trim(given.as_text());
  if (trimmed.empty()) return fail(Code::range, "must not be empty");
  if (trimmed.size() > kLongestKey)
    return fail(Code::too_long,
                "is too long for an identifier: at most " + std::to_string(kLongestKey) + " bytes");
  return Value::text(trimmed);
}

void Parts::resolve_custom_fields(std::int64_t organization_id, const Items& items,
                                  std::size_t field) {
  const Field& f = batch_.profile.fields[field];
  const bool any = std::any_of(items.begin(), items.end(), [&](std::uint32_t i) {
    return !batch_.value(batch_.items[i], field).is_absent();
  });
  // Null and CLEAR give up indexed values too.
  if (!any && options_.action(field) != Action::clear) return;
  const CustomFields& definitions = custom_fields(organization_id);
  for (std::uint32_t i : items) {
    Item& item = batch_.items[i];
    const Value given = batch_.value(item, field);
    if (!given.has_value()) continue;
    std::vector<Member> members;
    std::map<std::string, std::string, std::less<>> paths;  // by key
    const auto take = [&](const std::string& name, const Value& value, const std::string& path) {
      const CustomField* definition = find_custom_field(definitions, name);
      const std::size_t before = item.failures.size();
      const auto [said, first] =
          paths.try_emplace(definition == nullptr ? name : definition->key, path);
      if (!first) {
        std::string both = "[";
        write_json_string(said->second, both);
        write_json_string(path, both += ',');
        item.failures.push_back({Code::collision,
                                 path,
                                 "is custom field \"" + said->first +
                                     "\", which the document has in " + said->second + " already",
                                 {{"paths", both + "]"}}});
        return;
      }
      if (definition == nullptr) {
        if (f.free) {  // no definition, no rule
          members.push_back({batch_.arena.copy(std::string_view(name)), value});
          return;
        }
        item.failures.push_back(unknown_custom_field(name, path));
        return;
      }
      const auto holder =
          value.has_value() ? unindexed(organization_id, *definition) : std::nullopt;
      if (holder) {
        item.failures.push_back({Code::precondition, path, tell_unindexed(*holder), {}});
        return;
      }
      const Value checked = custom_value(*definition, value, path, item);
      if (item.failures.size() > before) faulty_.emplace(i, definition->id);
      if (!checked.is_absent()) members.push_back({definition->key, checked});
    };
    if (f.style == CustomStyle::object) {
      if (given.kind() == Kind::list && given.items().empty() && f.empty_list_is_object) {
        // [] is how some senders write {}.
      } else if (given.kind() != Kind::object) {
        item.failures.push_back({Code::type,
                                 f.name,
                                 std::string("must be an object, not ") + describe(given.kind()),
                                 {}});
      } else {
        for (const Member& m : given.members())
          take(std::string(m.key), m.value, f.name + "." + std::string(m.key));
      }
    } else if (given.kind() != Kind::list) {
      item.failures.push_back(
          {Code::type, f.name, std::string("must be a list, not ") + describe(given.kind()), {}});
    } else {
      for (std::size_t n = 0; n < given.items().size(); ++n) {
        const Value& entry = given.items()[n];
        const std::string path = f.name + "." + std::to_string(n);
        const Value name = entry["reference"].has_value() ? entry["reference"] : entry["id"];
        if (entry.kind() != Kind::object || !name.has_value()) {
          item.failures.push_back({Code::required, path + ".reference", "is required", {}});
          continue;
        }
        const CustomField* definition = find_custom_field(definitions, name.printed());
        if (entry["id"].has_value() && entry["reference"].has_value()) {
          const CustomField* by_id = find_custom_field(definitions, entry["id"].printed());
          if (by_id == nullptr && definition != nullptr) {
            faulty_.emplace(i, definition->id);
            item.failures.push_back(unknown_custom_field(entry["id"].printed(), path + ".id"));
            continue;
          }
          if (by_id != nullptr && definition != nullptr && by_id != definition) {
            faulty_.emplace(i, by_id->id);
            faulty_.emplace(i, definition->id);
            item.failures.push_back({Code::collision,
                                     path,
                                     "names different custom fields: \"" + by_id->key +
                                         "\" by id, \"" + definition->key + "\" by reference",
                                     {{"ids", "[" + std::to_string(by_id->id) + "," +
                                                  std::to_string(definition->id) + "]"}}});
            continue;
          }
        }
        const bool many =
            definition != nullptr && (definition->multiple || definition->type == "list");
        const Value& said = entry["values"].is_absent() ? entry["value"] : entry["values"];
        if (said.is_absent()) {
          if (definition != nullptr) faulty_.emplace(i, definition->id);
          item.failures.push_back(
              {Code::required, path + (many ? ".values" : ".value"), "is required", {}});
        } else if (definition != nullptr && !many && !entry["values"].is_absent()) {
          faulty_.emplace(i, definition->id);
          item.failures.push_back(
              {Code::type, path + ".values", "the custom field has one value, not several", {}});
        } else if (many && said.kind() != Kind::list && said.has_value()) {
          take(name.printed(), Value::list(batch_.arena.copy(std::span<const Value>(&said, 1))),
               path + ".value");
        } else {
          take(name.printed(), said, path + (entry["values"].is_absent() ? ".value" : ".values"));
        }
      }
    }
    members.resize(sort_members(members));
    batch_.set(item, field, Value::object(batch_.arena.copy(std::span<const Member>(members))));
  }
}

Parts::Holders Parts::find_by_custom_field(std::int64_t organization_id, const Items& items,
                                           const std::string& reference) {
  const CustomFields& definitions = custom_fields(organization_id);
  const CustomField* definition = find_custom_field(definitions, reference);
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
  std::map<std::pair<std::int64_t, std::string>, std::uint32_t> claimed;
  const std::string name = batch_.profile.fields[*custom_field_].name;
  TableKeys keys{{custom_value_column::custom_field_id, custom_value_column::value}, {}, {}};
  for (std::uint32_t i : items) {
    const auto state = states_.find(i);
    if (state == states_.end()) continue;
    for (const CustomChange& change : state->second.custom_changes) {
      if (!change.field->unique) continue;
      for (const std::string& value : change.values) {
        const auto [holder, first] = claimed.try_emplace({change.field->id, value}, i);
        if (!first) {
          for (const auto& [a, b] : {std::pair(i, holder->second), std::pair(holder->second, i)}) {
            batch_.items[a].failures.push_back(
                {Code::collision,
                 name + "." + change.field->reference,
                 "has the same unique value as document " + std::to_string(batch_.position(b)) +
                     " of this call",
                 {{"positions", "[" + std::to_string(batch_.position(holder->second)) + "," +
                                    std::to_string(batch_.position(i)) + "]"}}});
          }
        }
        keys.add(static_cast<std::uint32_t>(claims.size()),
                 {Value::integer(change.field->id),
                  Value::text(batch_.arena.copy(std::string_view(value)))});
        claims.push_back({i, change.field, value});
      }
    }
  }
  if (claims.empty()) return;
  Holding found;
  related_.read(organization_id, Table::custom_value, {&keys, 1}, found);
  for (std::uint32_t c = 0; c < claims.size(); ++c) {
    Item& item = batch_.items[claims[c].item];
    for (std::int64_t product : found.products[c]) {
      if (product == item.id) continue;
      item.failures.push_back({Code::taken,
                               name + "." + claims[c].field->reference,
                               "is taken: product " + std::to_string(product) + " has this value",
                               {{"id", std::to_string(product)}}});
    }
  }
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
