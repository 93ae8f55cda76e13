#include "core/profile/field_compile.hpp"

#include <algorithm>
#include <map>

#include "core/profile/definition.hpp"
#include "core/profile/field_action.hpp"
#include "core/profile/field_column.hpp"
#include "core/profile/field_options.hpp"
#include "core/profile/reference_compile.hpp"
#include "core/profile/validate.hpp"
#include "core/value/text.hpp"

namespace product_upsert {

using namespace definition;

namespace {

// recipe: type
const Words<FieldType>& field_types() {
  static const Words<FieldType> words = {
      {"text", FieldType::text},       {"integer", FieldType::integer},
      {"decimal", FieldType::decimal}, {"boolean", FieldType::boolean},
      {"date", FieldType::date},       {"timestamp", FieldType::timestamp},
      {"uuid", FieldType::uuid},       {"json", FieldType::json},
      {"texts", FieldType::texts},     {"objects", FieldType::objects},
      {"object", FieldType::object},
  };
  return words;
}

void read_enum(Field& f, const Value& v, const std::string& path) {
  if (v.is_absent()) return;
  expect(v, Kind::list, path, "a list of texts");
  if (v.items().empty()) fault(path, "must not be empty");
  for (std::size_t i = 0; i < v.items().size(); ++i)
    f.allowed.push_back(text(v.items()[i], path + "." + std::to_string(i)));
}

// A default is validated like a document's value, and stored as such a value is. Identity text must
// be given as it is stored (C8).
void read_default(Field& f, const Value& d, const std::string& path, Arena& arena) {
  std::vector<Failure> failures;
  const Value stored = validate(f, false, d, path, arena, failures);
  if (d.kind() == Kind::text && f.role == Role::column && identity_texts().has(f.column) &&
      (trim(d.as_text()) != d.as_text() || (d.as_text().empty() && f.column != Column::name)))
    failures.push_back({Code::format, path, "", {}});
  if (!failures.empty()) fault(path, "is not a valid value of this field");
  if (!stored.is_absent()) f.initial = stored;
}

Field read_field(std::string_view name, const Value& v, const std::string& path, Nesting nesting,
                 const FieldDefaults& defaults, OwnColumns& own);

Empty read_empty(const Value& v, const std::string& path) {
  return word<Empty>(v, path,
                     {{"keep", Empty::keep}, {"absent", Empty::absent}, {"null", Empty::null}},
                     Empty::unsaid);
}

void read_nested(Field& f, const Value& fields, const std::string& path, Nesting nesting,
                 const FieldDefaults& outer, OwnColumns& own) {
  expect(fields, Kind::object, path, "an object of fields");
  Faults faults;
  for (const Member& m : fields.members()) {
    faults.apart([&] {
      f.fields.push_back(read_field(m.key, m.value, path + "." + std::string(m.key), nesting,
                                    {f.coerce, outer.empty, outer.arena}, own));
    });
  }
  faults.raise();
}

void read_variants(Field& f, const Value& v, const std::string& path, const FieldDefaults& outer,
                   OwnColumns& own) {
  f.type = FieldType::objects;
  read_nested(f, v["fields"], path + ".fields", Nesting::variant, outer, own);
  const bool keyed = std::any_of(f.fields.begin(), f.fields.end(), [](const Field& inner) {
    return inner.place == variant_column::sku;
  });
  if (!keyed) fault(path + ".fields", "one field must be the column sku, which variants match by");
  std::map<unsigned, const Field*> writers;  // by column
  for (const Field& one : f.fields) {
    if (one.read_only != ReadOnly::no) continue;
    const auto [first, is_first] = writers.try_emplace(one.place, &one);
    if (!is_first)
      fault(path + ".fields." + one.name + ".column",
            "is written by field \"" + first->second->name + "\" already");
  }
}

void read_custom_fields(Field& f, const Value& v, const std::string& path) {
  f.type = FieldType::json;
  f.column = Column::custom_fields;
  f.style = word<CustomStyle>(v["style"], path + ".style",
                              {{"object", CustomStyle::object},
                               {"list", CustomStyle::list},
                               {"definitions", CustomStyle::definitions}},
                              CustomStyle::object);
  f.free = flag(v["free"], path + ".free", false);
  f.values_are_texts =
      word<bool>(v["values"], path + ".values", {{"json", false}, {"texts", true}}, false);
  const Value words = v["types"];
  if (words.is_absent()) return;
  expect(words, Kind::object, path + ".types", "an object of custom field type and word");
  only(words, path + ".types", {"text", "number", "boolean", "date", "enum", "list"});
  for (const Member& m : words.members()) {
    f.type_words.emplace_back(m.key, text(m.value, path + ".types." + std::string(m.key)));
  }
}

// Answered from the column and never written: the document's value must equal the stored one.
void read_version(Field& f, const Value& v, const std::string& path) {
  f.type = FieldType::integer;
  f.column = Column::version;
  f.read_only = ReadOnly::match;
  f.precondition = true;
  f.hidden = flag(v["hidden"], path + ".hidden", false);
}

void read_reference(Field& f, const Value& v, const std::string& path) {
  f.type = FieldType::json;  // an id, or an object that names the row; for links a list of these
  f.reference = compile_reference(v, path);
  if (f.role == Role::links && !info(f.reference.table).links)
    fault(path + ".table", "must be " + list_named_tables(true, " or "));
  f.shape = compile_shape(v["shape"], f.reference.table, path + ".shape");
  f.reference.fixed = compile_fixed(v["fixed"], f.shape, path + ".fixed");
}

// A parent that is said to be a number is a reference by id: for numbers nobody holds rule 13, that
// no product is its own ancestor. With options that no reference has, it stays one, and is refused.
bool is_plain_parent(const Field& f, const Value& v) {
  return f.role == Role::column && f.column == Column::parent_product_id && f.member.empty() &&
         v["read_only"].is_absent() && v["default"].is_absent() && v["min"].is_absent() &&
         v["max"].is_absent();
}

void read_plain_parent(Field& f) {
  f.role = Role::reference;
  f.type = FieldType::json;
  f.reference.table = Table::product;
  f.reference.by = {static_cast<unsigned>(find_column(Table::product, "id"))};
  f.reference.resource = info(Table::product).name;
}

bool is_version(const Value& v) {
  return v["role"].kind() == Kind::text && v["role"].as_text() == "version";
}

// Reads a field whose role decides where it belongs. Returns true if nothing else is to be read.
bool read_role(Field& f, const Value& v, const std::string& path, const FieldDefaults& outer,
               OwnColumns& own) {
  f.role = word<Role>(v["role"], path + ".role",
                      {{"column", Role::column},
                       {"organization", Role::organization},
                       {"constant", Role::constant},
                       {"reference", Role::reference},
                       {"links", Role::links},
                       {"embed", Role::embed},
                       {"variants", Role::variants},
                       {"custom_fields", Role::custom_fields},
                       {"organization_document", Role::organization_document},
                       {"variant_options", Role::variant_options},
                       {"replace_variants", Role::replace_variants},
                       {"version", Role::column}},
                      Role::column);
  switch (f.role) {
    case Role::column:
      if (is_version(v)) read_version(f, v, path);
      return is_version(v);
    case Role::organization: f.type = FieldType::integer; return false;
    case Role::constant:
      if (v["value"].is_absent()) fault(path + ".value", "a constant needs a value");
      f.constant = v["value"];
      f.read_only = ReadOnly::ignore;
      return true;
    case Role::organization_document:
    case Role::variant_options: f.read_only = ReadOnly::ignore; return true;
    case Role::replace_variants:
      f.type = FieldType::boolean;
      f.hidden = true;
      return true;
    case Role::embed:
      f.of = text(v["of"], path + ".of");
      f.hidden = flag(v["hidden"], path + ".hidden", false);
      f.read_only = ReadOnly::ignore;
      return true;
    case Role::reference:
    case Role::links: read_reference(f, v, path); return false;
    case Role::variants: read_variants(f, v, path, outer, own); return false;
    case Role::custom_fields: read_custom_fields(f, v, path); return false;
  }
  return false;
}

// recipe: limit
void read_limits(Field& f, const Value& v, const std::string& path) {
  f.min_length = length(v["min_length"], path + ".min_length");
  f.max_length = length(v["max_length"], path + ".max_length");
  if (f.min_length && f.max_length && *f.min_length > *f.max_length)
    fault(path + ".min_length", "is greater than max_length");
  f.min = number(v["min"], path + ".min");
  f.max = number(v["max"], path + ".max");
  if (f.min && f.max && compare_numbers(*f.min, *f.max) > 0)
    fault(path + ".min", "is greater than max");
  read_enum(f, v["enum"], path + ".enum");
}

void read_marked_up(Field& f, const Value& v, const std::string& path, const OwnColumns& own) {
  if (v.is_absent()) return;
  expect(v, Kind::object, path, "an object");
  only(v, path, {"base", "percent"});
  const auto column = [&](const char* member) {
    const std::string at = path + "." + member;
    const auto found = own.find(text(v[member], at));
    if (!found || info(*found).type != ColumnType::numeric)
      fault(at, "must name a numeric column of product");
    return *found;
  };
  f.marked_up.emplace(column("base"), column("percent"));
}

void read_split(Field& f, const Value& v, const std::string& path) {
  if (v.is_absent()) return;
  f.split = text(v, path);
  if (f.split.empty()) fault(path, "must not be empty");
  if (f.type == FieldType::objects && f.key.empty())
    fault(path, "needs a key: the member that each piece becomes");
}

// The action that applies if a call says none, and its options.
void read_action(Field& f, const Value& v, const std::string& path) {
  if (const Value key = v["key"]; !key.is_absent()) {
    f.key = text(key, path + ".key");
    if (!f.fields.empty() && std::none_of(f.fields.begin(), f.fields.end(),
                                          [&](const Field& i) { return i.name == f.key; }))
      fault(path + ".key", "must name one of the fields");
  }
  f.quiet = flag(v["quiet"], path + ".quiet", false);
  const Value said = v["action"];
  if (said.is_absent()) return;
  if (said.kind() == Kind::text) f.action = find_action(said.as_text()).value_or(Action::standard);
  if (f.action == Action::standard || !takes_action(f) || !takes_action(f, f.action))
    fault(path + ".action", "must be one of " + list_actions(f));
}

void read_flags(Field& f, const Value& v, const std::string& path) {
  f.required = flag(v["required"], path + ".required", false);
  f.nullable = flag(v["nullable"], path + ".nullable", true);
  f.no_white_space = flag(v["no_white_space"], path + ".no_white_space", false);
  f.hidden = flag(v["hidden"], path + ".hidden", false);
  f.generated = flag(v["generated"], path + ".generated", false);
}

void read_words(Field& f, const Value& v, const std::string& path, Empty empty) {
  f.create_only = word<CreateOnly>(
      v["create_only"], path + ".create_only",
      {{"no", CreateOnly::no}, {"reject", CreateOnly::reject}, {"ignore", CreateOnly::ignore}},
      CreateOnly::no);
  const auto empty_list = word<int>(v["empty_list"], path + ".empty_list",
                                    {{"list", 0}, {"object", 1}, {"null", 2}}, 0);
  f.empty_list_is_object = empty_list == 1;
  f.empty_list_is_null = empty_list == 2;
  if (f.empty_list_is_object && f.type != FieldType::json)
    fault(path + ".empty_list", "object is for fields of type json and for custom_fields");
  if (f.empty_list_is_null && f.type == FieldType::json)
    fault(path + ".empty_list", "null is for fields of type texts or objects");
  f.null_is_absent =
      word<bool>(v["null"], path + ".null", {{"null", false}, {"absent", true}}, false);
  f.form = compile_time_form(v["precision"], path + ".precision");
  f.read_only = word<ReadOnly>(v["read_only"], path + ".read_only",
                               {{"no", ReadOnly::no},
                                {"ignore", ReadOnly::ignore},
                                {"reject", ReadOnly::reject},
                                {"match", ReadOnly::match}},
                               ReadOnly::no);
  f.empty = v["empty"].is_absent() ? empty : read_empty(v["empty"], path + ".empty");
  if (v["empty"].is_absent() && empty == Empty::keep && f.type != FieldType::text)
    f.empty = Empty::unsaid;
  if (f.empty == Empty::keep && f.type != FieldType::text)
    fault(path + ".empty", "keeps the empty text, which is for fields of type text");
}

// recipe: member
Field read_field(std::string_view name, const Value& v, const std::string& path, Nesting nesting,
                 const FieldDefaults& defaults, OwnColumns& own) {
  expect(v, Kind::object, path, "an object");
  check_options(v, path, nesting);
  Field f;
  f.name = name;
  if (name.empty()) fault(path, "a field needs a name");
  f.coerce = flag(v["coerce"], path + ".coerce", defaults.coerce);
  if (nesting == Nesting::top && read_role(f, v, path, defaults, own)) return f;
  if (f.role == Role::column)
    f.type = word<FieldType>(v["type"], path + ".type", field_types(), std::nullopt);
  if (nesting == Nesting::variant) read_variant_column(f, v, path, own);
  if (f.role == Role::column && nesting == Nesting::top) read_column(f, v, path, own);
  if (nesting == Nesting::top && is_plain_parent(f, v)) read_plain_parent(f);
  if (f.role == Role::reference) read_reference_column(f, v, path, own);
  Faults faults;
  faults.apart([&] { read_flags(f, v, path); });
  faults.apart([&] { read_words(f, v, path, defaults.empty); });
  faults.apart([&] { read_limits(f, v, path); });
  take_limits(f, nesting, own);
  faults.apart([&] {
    if ((f.type == FieldType::objects || f.type == FieldType::object) && f.role != Role::variants)
      read_nested(f, v["fields"], path + ".fields", Nesting::object, defaults, own);
  });
  faults.apart([&] {
    if (const Value entries = v["entries"]; !entries.is_absent())
      read_nested(f, entries, path + ".entries", Nesting::object, defaults, own);
  });
  f.instants =
      f.type == FieldType::timestamp ||
      std::any_of(f.fields.begin(), f.fields.end(), [](const Field& i) { return i.instants; });
  faults.apart([&] { read_action(f, v, path); });
  faults.apart([&] { read_split(f, v["split"], path + ".split"); });
  faults.apart([&] { read_marked_up(f, v["marked_up"], path + ".marked_up", own); });
  faults.raise();
  if (const Value d = v["default"]; !d.is_absent())
    read_default(f, d, path + ".default", *defaults.arena);
  return f;
}

}  // namespace

FieldDefaults read_field_defaults(const Value& definition) {
  return {flag(definition["coerce"], "coerce", false), read_empty(definition["empty"], "empty"),
          nullptr};
}

Field compile_field(std::string_view name, const Value& definition, const std::string& path,
                    const FieldDefaults& defaults, OwnColumns& own) {
  return read_field(name, definition, path, Nesting::top, defaults, own);
}

}  // namespace product_upsert
