// Parts: what documents say of custom fields: which one they name, held against its definition, put
// into the stored form.
#include <algorithm>

#include "core/document/merge.hpp"
#include "core/profile/validate.hpp"
#include "core/related/parts.hpp"
#include "core/value/interrupts.hpp"
#include "core/value/text.hpp"
#include "core/value/unicode.hpp"

namespace product_upsert {

Failure unknown_custom_field(const std::string& name, const std::string& path) {
  std::string id;
  write_json_string(name, id);
  return {Code::unknown_reference,
          path,
          "there is no custom field \"" + legible(name) + "\"",
          {{"resource_type", "\"CUSTOM_FIELD\""}, {"resource_id", id}}};
}

std::string tell_unindexed(std::int64_t holder) {
  return "was flagged when product " + std::to_string(holder) +
         " had a value already; product_custom_field_index has to index such values first";
}

Value Parts::custom_value(const CustomField& field, const Value& given, const std::string& path,
                          Item& item) {
  const auto fail = [&](Code code, std::string message) {
    item.failures.push_back({code, path, std::move(message), {}});
    return Value();
  };
  if (given.is_null()) return given;
  const Field& as = batch_.profile.fields[*custom_field_];
  const bool in_text = as.values_are_texts && field.type == "number";
  // The word itself, and none of those that stand for it where a profile coerces.
  if (as.values_are_texts && field.type == "boolean" && given.kind() == Kind::text) {
    if (given.as_text() == "true" || given.as_text() == "false")
      return Value::boolean(given.as_text() == "true");
  }
  if ((as.coerce || in_text) && !field.multiple && field.type != "list") {
    const auto type = field.type == "number"    ? FieldType::decimal
                      : field.type == "boolean" ? FieldType::boolean
                                                : FieldType::text;
    if (const Value v = coerced(type, given, batch_.arena); v.kind() != given.kind())
      return custom_value(field, v, path, item);
  }
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
  if (has_control(trimmed)) return fail(Code::format, "must not contain control characters");
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
  custom_fields(organization_id);
  for (std::uint32_t i : items) {
    Item& item = batch_.items[i];
    const Value given = batch_.value(item, field);
    if (!given.has_value()) continue;
    CustomMembers said;
    if (f.style == CustomStyle::object) read_custom_object(organization_id, i, field, given, said);
    else read_custom_list(organization_id, i, field, given, said);
    said.members.resize(sort_members(said.members));
    batch_.set(item, field,
               Value::object(batch_.arena.copy(std::span<const Member>(said.members))));
  }
}

// The one field that a name fits; null where it fits none, or several, which is a failure.
const CustomField* Parts::one_custom_field(std::uint32_t index,
                                           const std::vector<const CustomField*>& fits,
                                           std::string_view name, const std::string& path) {
  if (fits.size() < 2) return fits.empty() ? nullptr : fits.front();
  const auto id = read_id(trim(name));
  std::string message = "names different custom fields:";
  std::string ids;
  for (const CustomField* f : fits) {
    faulty_.emplace(index, f->id);
    message +=
        (ids.empty() ? " \"" : ", \"") + f->key + (f->id == id ? "\" by id" : "\" by reference");
    ids += (ids.empty() ? "" : ",") + std::to_string(f->id);
  }
  batch_.items[index].failures.push_back(
      {Code::collision, path, message, {{"ids", "[" + ids + "]"}}});
  return nullptr;
}

void Parts::take_custom(std::int64_t organization_id, std::uint32_t index, const CustomField& field,
                        const Value& value, const std::string& path, CustomMembers& members) {
  check_interrupts();
  Item& item = batch_.items[index];
  const auto [said, first] = members.paths.try_emplace(field.key, path);
  if (!first) {
    faulty_.emplace(index, field.id);
    std::string both = "[";
    write_json_string(said->second, both);
    write_json_string(path, both += ',');
    item.failures.push_back({Code::collision,
                             path,
                             "is custom field \"" + said->first + "\", which the document has in " +
                                 said->second + " already",
                             {{"paths", both + "]"}}});
    return;
  }
  const auto holder = value.has_value() ? unindexed(organization_id, field) : std::nullopt;
  if (holder) {
    item.failures.push_back({Code::precondition, path, tell_unindexed(*holder), {}});
    return;
  }
  const std::size_t before = item.failures.size();
  const Value checked = custom_value(field, value, path, item);
  if (item.failures.size() > before) faulty_.emplace(index, field.id);
  if (!checked.is_absent()) members.members.push_back({field.key, checked});
}

void Parts::read_custom_object(std::int64_t organization_id, std::uint32_t index, std::size_t field,
                               const Value& given, CustomMembers& members) {
  const Field& f = batch_.profile.fields[field];
  Item& item = batch_.items[index];
  // [] is how some senders write {}.
  if (given.kind() == Kind::list && given.items().empty() && f.empty_list_is_object) return;
  if (given.kind() != Kind::object) {
    item.failures.push_back(
        {Code::type, f.name, std::string("must be an object, not ") + describe(given.kind()), {}});
    return;
  }
  const CustomFieldNames& names = custom_field_names(organization_id);
  for (const Member& m : given.members()) {
    const std::string name(m.key);
    const std::string path = f.name + "." + name;
    const auto fits = names.find(name, NamedBy::any);
    if (const CustomField* definition = one_custom_field(index, fits, name, path)) {
      take_custom(organization_id, index, *definition, m.value, path, members);
    } else if (const CustomField* meant =
                   fits.empty() && f.free ? names.find_misspelt(name) : nullptr) {
      Failure failure = unknown_custom_field(name, path);
      failure.message += "; \"" + meant->key + "\" is meant";
      item.failures.push_back(std::move(failure));
    } else if (fits.empty() && f.free) {  // no definition, no rule
      members.members.push_back({batch_.arena.copy(std::string_view(name)), m.value});
    } else if (fits.empty()) {
      item.failures.push_back(unknown_custom_field(name, path));
    }
  }
}

void Parts::read_custom_list(std::int64_t organization_id, std::uint32_t index, std::size_t field,
                             const Value& given, CustomMembers& members) {
  const Field& f = batch_.profile.fields[field];
  if (given.kind() != Kind::list) {
    batch_.items[index].failures.push_back(
        {Code::type, f.name, std::string("must be a list, not ") + describe(given.kind()), {}});
    return;
  }
  for (std::size_t n = 0; n < given.items().size(); ++n) {
    read_custom_entry(organization_id, index, given.items()[n], f.name + "." + std::to_string(n),
                      members);
  }
}

// {id?, reference?, value | values}: an id is an id, a reference a reference, and both name the
// same field.
void Parts::read_custom_entry(std::int64_t organization_id, std::uint32_t index, const Value& entry,
                              const std::string& path, CustomMembers& members) {
  Item& item = batch_.items[index];
  const CustomFieldNames& names = custom_field_names(organization_id);
  const CustomField* definition = nullptr;
  for (const auto& [member, by] :
       {std::pair("reference", NamedBy::reference), std::pair("id", NamedBy::id)}) {
    const Value name = entry.kind() == Kind::object ? entry[member] : Value();
    if (!name.has_value()) continue;
    const auto fits = names.find(name.printed(), by);
    const CustomField* const one =
        one_custom_field(index, fits, name.printed(), path + "." + member);
    if (one == nullptr) {
      if (definition != nullptr) faulty_.emplace(index, definition->id);
      if (fits.empty())
        item.failures.push_back(unknown_custom_field(name.printed(), path + "." + member));
      return;
    }
    if (definition != nullptr && definition != one) {
      faulty_.emplace(index, one->id);
      faulty_.emplace(index, definition->id);
      item.failures.push_back(
          {Code::collision,
           path,
           "names different custom fields: \"" + one->key + "\" by id, \"" + definition->key +
               "\" by reference",
           {{"ids", "[" + std::to_string(one->id) + "," + std::to_string(definition->id) + "]"}}});
      return;
    }
    definition = one;
  }
  if (definition == nullptr) {
    item.failures.push_back({Code::required, path + ".reference", "is required", {}});
    return;
  }
  const bool many = definition->multiple || definition->type == "list";
  // Null beside the other one says nothing.
  const Value values = entry["values"];
  const bool in_list = values.has_value() || (entry["value"].is_absent() && !values.is_absent());
  const Value& said = in_list ? entry["values"] : entry["value"];
  if (said.is_absent()) {
    faulty_.emplace(index, definition->id);
    item.failures.push_back(
        {Code::required, path + (many ? ".values" : ".value"), "is required", {}});
  } else if (!many && in_list) {
    faulty_.emplace(index, definition->id);
    item.failures.push_back(
        {Code::type, path + ".values", "the custom field has one value, not several", {}});
  } else if (many && said.kind() != Kind::list && said.has_value()) {
    const std::string at = path + (in_list ? ".values" : ".value");
    const std::size_t before = item.failures.size();
    take_custom(organization_id, index, *definition,
                Value::list(batch_.arena.copy(std::span<const Value>(&said, 1))), at, members);
    // The document has no list there.
    for (std::size_t i = before; i < item.failures.size(); ++i) {
      if (item.failures[i].field == at + ".0") item.failures[i].field = at;
    }
  } else {
    take_custom(organization_id, index, *definition, said, path + (in_list ? ".values" : ".value"),
                members);
  }
}

}  // namespace product_upsert
