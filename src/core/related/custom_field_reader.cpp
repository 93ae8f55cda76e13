#include "core/related/custom_field_reader.hpp"

#include <algorithm>
#include <utility>

#include "core/document/merge.hpp"
#include "core/profile/coerce.hpp"
#include "core/profile/describe.hpp"
#include "core/profile/validate.hpp"
#include "core/related/custom_values.hpp"
#include "core/value/interrupts.hpp"
#include "core/value/text.hpp"
#include "core/value/unicode.hpp"

namespace product_upsert {

namespace {

// Adds the failure. The value is then absent.
Value wrong(Item& item, const std::string& path, Code code, std::string message) {
  item.fail(code, path, std::move(message));
  return {};
}

// An entry of an answer has the id and the reference, which fields of several namespaces may share.
// Null if the two do not name one field.
const CustomField* find_by_both(const CustomFieldNames& names, const Value& entry) {
  if (entry.kind() != Kind::object) return nullptr;
  const Value id = entry["id"];
  const Value reference = entry["reference"];
  if (!id.has_value() || !reference.has_value()) return nullptr;
  const auto fits = names.find(id.printed(), NamedBy::id);
  const std::string said = reference.printed();
  const auto name = trim(said);
  return fits.size() == 1 && (name == fits.front()->reference || name == fits.front()->key)
             ? fits.front()
             : nullptr;
}

}  // namespace

Failure unknown_custom_field(const std::string& name, const std::string& path) {
  return {Code::unknown_reference, path, "names no custom field: " + legible(name),
          Details().text("resource_type", "CUSTOM_FIELD").text("resource_id", name)};
}

void CustomFieldReader::resolve(std::int64_t organization_id, const Items& items) {
  const std::size_t field = *state_.custom_field;
  const Field& f = state_.batch.profile.fields[field];
  const bool any = std::any_of(items.begin(), items.end(), [&](std::uint32_t i) {
    return !state_.batch.value(state_.batch.items[i], field).is_absent();
  });
  // Null and CLEAR remove indexed values too.
  if (!any && state_.options.action(field) != Action::clear) return;
  uses_.definitions(organization_id);
  for (std::uint32_t i : items) {
    Item& item = state_.batch.items[i];
    const Value given = state_.batch.value(item, field);
    if (!given.has_value()) continue;
    Members said;
    const Reading reading{organization_id, i, item, said};
    if (f.style == CustomStyle::object) read_object(reading, given);
    else read_list(reading, given);
    said.members.resize(sort_members(said.members));
    state_.batch.set(item, field,
                     Value::object(state_.batch.arena.copy(std::span<const Member>(said.members))));
  }
}

void CustomFieldReader::read_object(const Reading& reading, const Value& given) {
  const Field& f = state_.batch.profile.fields[*state_.custom_field];
  // Some senders write [] for {}.
  if (given.kind() == Kind::list && given.items().empty() && f.empty_list_is_object) return;
  if (given.kind() != Kind::object) {
    reading.item.fail(Code::type, f.name,
                      std::string("must be an object, not ") + describe(given.kind()));
    return;
  }
  const CustomFieldNames& names = uses_.names(reading.organization_id);
  for (const Member& m : given.members()) {
    const std::string name(m.key);
    const std::string path = f.name + "." + name;
    const auto fits = names.find(name, NamedBy::any);
    if (const CustomField* definition = one(reading, fits, name, path)) {
      take(reading, *definition, m.value, path);
    } else if (const CustomField* meant =
                   fits.empty() && f.free ? names.find_misspelt(name) : nullptr) {
      Failure failure = unknown_custom_field(name, path);
      failure.message += "; \"" + meant->key + "\" is meant";
      reading.item.failures.push_back(std::move(failure));
    } else if (fits.empty() && f.free) {  // no definition, no checks
      reading.members.members.push_back({state_.batch.arena.copy(std::string_view(name)), m.value});
    } else if (fits.empty()) {
      reading.item.failures.push_back(unknown_custom_field(name, path));
    }
  }
}

void CustomFieldReader::read_list(const Reading& reading, const Value& given) {
  const Field& f = state_.batch.profile.fields[*state_.custom_field];
  if (given.kind() != Kind::list) {
    reading.item.fail(Code::type, f.name,
                      std::string("must be a list, not ") + describe(given.kind()));
    return;
  }
  for (std::size_t n = 0; n < given.items().size(); ++n) {
    read_entry(reading, given.items()[n], f.name + "." + std::to_string(n));
  }
}

// {id?, reference?, value | values}: id and reference must be of the same field. Returns null after
// adding a failure.
const CustomField* CustomFieldReader::find_of_entry(const Reading& reading, const Value& entry,
                                                    const std::string& path) {
  const CustomFieldNames& names = uses_.names(reading.organization_id);
  if (const CustomField* const same = find_by_both(names, entry)) return same;
  const CustomField* definition = nullptr;
  for (const auto& [member, by] :
       {std::pair("reference", NamedBy::reference), std::pair("id", NamedBy::id)}) {
    const Value name = entry.kind() == Kind::object ? entry[member] : Value();
    if (!name.has_value()) continue;
    const auto fits = names.find(name.printed(), by);
    const CustomField* const one = this->one(reading, fits, name.printed(), path + "." + member);
    if (one == nullptr) {
      if (definition != nullptr) faulty_.emplace(reading.index, definition->id);
      if (fits.empty())
        reading.item.failures.push_back(unknown_custom_field(name.printed(), path + "." + member));
      return nullptr;
    }
    if (definition != nullptr && definition != one) {
      faulty_.emplace(reading.index, one->id);
      faulty_.emplace(reading.index, definition->id);
      reading.item.fail(Code::collision, path,
                        "names different custom fields: \"" + one->key + "\" by id, \"" +
                            definition->key + "\" by reference",
                        Details().numbers("ids", {one->id, definition->id}));
      return nullptr;
    }
    definition = one;
  }
  if (definition == nullptr) reading.item.fail(Code::required, path + ".reference", "is required");
  return definition;
}

void CustomFieldReader::read_entry(const Reading& reading, const Value& entry,
                                   const std::string& path) {
  if (const CustomField* const definition = find_of_entry(reading, entry, path))
    take_entry(reading, *definition, entry, path);
}

void CustomFieldReader::take_entry(const Reading& reading, const CustomField& field,
                                   const Value& entry, const std::string& path) {
  const bool many = field.multiple || field.type == "list";
  // A null beside the other member is ignored.
  const Value values = entry["values"];
  const bool in_list = values.has_value() || (entry["value"].is_absent() && !values.is_absent());
  const Value& said = in_list ? entry["values"] : entry["value"];
  if (values.has_value() && entry["value"].has_value()) {
    faulty_.emplace(reading.index, field.id);
    reading.item.fail(Code::collision, path + ".value", "must not be given beside values",
                      Details().texts("paths", std::vector{path + ".value", path + ".values"}));
    return;
  }
  if (said.is_absent()) {
    faulty_.emplace(reading.index, field.id);
    reading.item.fail(Code::required, path + (many ? ".values" : ".value"), "is required");
  } else if (!many && in_list) {
    faulty_.emplace(reading.index, field.id);
    reading.item.fail(Code::type, path + ".values", "must be one value, not several");
  } else if (many && said.kind() != Kind::list && said.has_value()) {
    const std::string at = path + (in_list ? ".values" : ".value");
    const std::size_t before = reading.item.failures.size();
    take(reading, field, Value::list(state_.batch.arena.copy(std::span<const Value>(&said, 1))),
         at);
    // The document has no list there, so the index is removed from the path.
    for (std::size_t i = before; i < reading.item.failures.size(); ++i) {
      if (reading.item.failures[i].field == at + ".0") reading.item.failures[i].field = at;
    }
  } else {
    take(reading, field, said, path + (in_list ? ".values" : ".value"));
  }
}

void CustomFieldReader::take(const Reading& reading, const CustomField& field, const Value& value,
                             const std::string& path) {
  check_interrupts();
  const auto [said, first] = reading.members.paths.try_emplace(field.key, path);
  if (!first) {
    faulty_.emplace(reading.index, field.id);
    reading.item.fail(Code::collision, path,
                      "is custom field \"" + said->first + "\", which the document has in " +
                          said->second + " already",
                      Details().texts("paths", std::vector{said->second, path}));
    return;
  }
  const auto holder =
      value.has_value() ? uses_.unindexed(reading.organization_id, field) : std::nullopt;
  if (holder) {
    reading.item.fail(Code::precondition, path, tell_unindexed(*holder));
    return;
  }
  const std::size_t before = reading.item.failures.size();
  const Value checked = check(field, value, path, reading.item);
  if (reading.item.failures.size() > before) faulty_.emplace(reading.index, field.id);
  if (!checked.is_absent()) reading.members.members.push_back({field.key, checked});
}

// The only field with that name; null if there is none, or several, which is a failure.
const CustomField* CustomFieldReader::one(const Reading& reading,
                                          const std::vector<const CustomField*>& fits,
                                          std::string_view name, const std::string& path) {
  if (fits.size() < 2) return fits.empty() ? nullptr : fits.front();
  const auto id = read_id(trim(name));
  std::string message = "names different custom fields:";
  std::vector<std::int64_t> ids;
  for (const CustomField* f : fits) {
    faulty_.emplace(reading.index, f->id);
    message +=
        (ids.empty() ? " \"" : ", \"") + f->key + (f->id == id ? "\" by id" : "\" by reference");
    ids.push_back(f->id);
  }
  reading.item.fail(Code::collision, path, message, Details().numbers("ids", ids));
  return nullptr;
}

Value CustomFieldReader::check(const CustomField& field, const Value& given,
                               const std::string& path, Item& item) {
  if (given.is_null()) return given;
  const Field& as = state_.batch.profile.fields[*state_.custom_field];
  const bool in_text = as.values_are_texts && field.type == "number";
  // Only true and false themselves, without the words that a profile accepts for them.
  if (as.values_are_texts && field.type == "boolean" && given.kind() == Kind::text) {
    if (given.as_text() == "true" || given.as_text() == "false")
      return Value::boolean(given.as_text() == "true");
  }
  if ((as.coerce || in_text) && !field.multiple && field.type != "list") {
    const auto type = field.type == "number"    ? FieldType::decimal
                      : field.type == "boolean" ? FieldType::boolean
                                                : FieldType::text;
    if (const Value v = coerced(type, given, state_.batch.arena); v.kind() != given.kind())
      return check(field, v, path, item);
  }
  return field.multiple || field.type == "list" ? check_list(field, given, path, item)
                                                : check_one(field, given, path, item);
}

Value CustomFieldReader::check_list(const CustomField& field, const Value& given,
                                    const std::string& path, Item& item) {
  if (given.kind() != Kind::list)
    return wrong(item, path, Code::type, std::string("must be a list, not ") + describe(given));
  CustomField one = field;
  one.multiple = false;
  if (field.type == "list") one.type = "text";
  std::vector<Value> values;
  for (std::size_t i = 0; i < given.items().size(); ++i) {
    const std::string at = path + "." + std::to_string(i);
    if (given.items()[i].is_null()) item.fail(Code::type, at, kNotNull);
    else values.push_back(check(one, given.items()[i], at, item));
  }
  return Value::list(state_.batch.arena.copy(std::span<const Value>(values)));
}

Value CustomFieldReader::check_one(const CustomField& field, const Value& given,
                                   const std::string& path, Item& item) {
  const auto expect = [&](bool right, const char* what) {
    return right ? given
                 : wrong(item, path, Code::type,
                         std::string("must be ") + what + ", not " + describe(given));
  };
  const auto too_long = [&] {
    return wrong(
        item, path, Code::too_long,
        "is too long for an identifier: at most " + std::to_string(kLongestKey) + " bytes");
  };
  if (field.type == "number") {
    const bool is_long = field.is_indexed() && given.kind() == Kind::number;
    return is_long && indexed_text(given).size() > kLongestKey
               ? too_long()
               : expect(given.is_number(), "a number");
  }
  if (field.type == "boolean") return expect(given.kind() == Kind::boolean, "true or false");
  if (given.kind() != Kind::text) return expect(false, "text");
  if (field.type == "date" && !is_date(given.as_text()))
    return wrong(item, path, Code::format, "must be a date, YYYY-MM-DD, not " + describe(given));
  if (field.type == "enum" && std::find(field.allowed.begin(), field.allowed.end(),
                                        given.as_text()) == field.allowed.end()) {
    std::string valid;
    for (const std::string& a : field.allowed) add_to_list(valid, a);
    return wrong(item, path, Code::enumeration,
                 "must be one of " + valid + ", not " + describe(given));
  }
  if (!field.is_indexed()) return given;
  // The value is identity text (C8).
  const auto trimmed = trim(given.as_text());
  if (trimmed.empty()) return wrong(item, path, Code::range, "must not be empty");
  if (has_control(trimmed))
    return wrong(item, path, Code::format,
                 "must not contain control characters: " + describe(given));
  if (trimmed.size() > kLongestKey) return too_long();
  return Value::text(trimmed);
}

}  // namespace product_upsert
