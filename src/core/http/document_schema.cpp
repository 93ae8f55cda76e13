#include "core/http/document_schema.hpp"

#include <algorithm>

#include "core/http/schema_text.hpp"

namespace product_upsert {

using namespace schema;

namespace {

// A text that is accepted for a number or a boolean (rule 45).
std::string coerced_text(FieldType type) {
  if (type != FieldType::boolean)
    return JsonObject().add_text("type", "string").add_text("pattern", "[0-9]").json();
  return any_of({JsonObject()
                     .add_text("type", "string")
                     .add_text("pattern",
                               "^\\s*([01]|[Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee]|[Yy][Ee][Ss]|[Nn]["
                               "Oo])?\\s*$")
                     .json(),
                 JsonObject().add("enum", "[0,1]").json()});
}

// recipe: limit
std::string text_schema(const Field& f) {
  JsonObject text;
  text.add_text("type", "string");
  if (f.min_length) text.add("minLength", std::to_string(*f.min_length));
  if (f.max_length) text.add("maxLength", std::to_string(*f.max_length));
  if (f.no_white_space) text.add_text("pattern", "^\\S*$");
  if (!f.allowed.empty()) text.add("enum", json_texts(f.allowed));
  return f.coerce ? any_of({text.json(), of_type("number")}) : text.json();
}

std::string text_items(const Field& f) {
  if (!f.allowed.empty()) return one_of_texts(f.allowed);
  return f.coerce ? any_of({of_type("string"), of_type("number")}) : of_type("string");
}

std::string number_schema(const Field& f) {
  JsonObject number;
  number.add_text("type", f.type == FieldType::integer ? "integer" : "number");
  if (f.min) number.add("minimum", f.min->json());
  if (f.max) number.add("maximum", f.max->json());
  return f.coerce ? any_of({number.json(), coerced_text(f.type)}) : number.json();
}

std::string sized_list(const Field& f, const std::string& items) {
  JsonObject list;
  list.add_text("type", "array").add("items", items);
  // [] is accepted as null if nothing is stored.
  if (f.min_length && !f.empty_list_is_null) list.add("minItems", std::to_string(*f.min_length));
  if (f.max_length) list.add("maxItems", std::to_string(*f.max_length));
  return f.split.empty() ? list.json() : any_of({list.json(), of_type("string")});
}

std::string said_schema(const Field& f);

// Members that the definition does not name are dropped. What a variant requires depends on whether
// it exists already.
std::string object_schema(const Field& f) {
  JsonObject properties;
  std::vector<std::string> required;
  for (const Field& inner : f.fields) {
    properties.add(inner.name, said_schema(inner));
    if (inner.required && f.role != Role::variants && inner.read_only != ReadOnly::ignore)
      required.push_back(inner.name);
  }
  return object_with(properties, required, Others::allowed);
}

std::string json_schema(const Field& f) {
  if (!f.empty_list_is_object && f.fields.empty()) return any();
  const std::string none = JsonObject().add_text("type", "array").add("maxItems", "0").json();
  JsonObject object;
  object.add_text("type", "object");
  if (!f.fields.empty()) object.add("additionalProperties", or_null(object_schema(f)));
  return any_of({object.json(), none});
}

// recipe: type
std::string column_schema(const Field& f) {
  switch (f.type) {
    case FieldType::text: return text_schema(f);
    case FieldType::integer:
    case FieldType::decimal: return number_schema(f);
    case FieldType::boolean:
      return f.coerce ? any_of({of_type("boolean"), coerced_text(f.type)}) : of_type("boolean");
    case FieldType::date: return of_type("string", "date");
    case FieldType::timestamp: return of_type("string", "date-time");
    case FieldType::uuid: return of_type("string", "uuid");
    case FieldType::json: return json_schema(f);
    case FieldType::texts: return sized_list(f, text_items(f));
    case FieldType::objects: return sized_list(f, object_schema(f));
    case FieldType::object: return object_schema(f);
  }
  return any();
}

// The ways to name a row of another table: an id, a text of one of its columns, or an object with
// some of them.
std::string row_name_schema(const Field& f) {
  JsonObject properties;
  std::vector<std::string> named;
  std::vector<std::string> ways;
  for (const unsigned c : f.reference.by) {
    named.emplace_back(f.reference.name_of(c));
    if (named.back() == "uuid") named.emplace_back("id");
  }
  std::sort(named.begin(), named.end());
  named.erase(std::unique(named.begin(), named.end()), named.end());
  for (const std::string& name : named) {
    properties.add(name, R"({"type":["string","number","null"]})");
    ways.push_back(JsonObject().add("required", json_texts({name})).json());
  }
  const std::string text = R"({"type":"string","pattern":"\\S"})";
  return any_of({of_type("number"), text,
                 JsonObject()
                     .add_text("type", "object")
                     .add("properties", properties.json())
                     .add("anyOf", json_list(ways))
                     .json()});
}

std::string links_schema(const Field& f) {
  // [[]] stands for an empty list (rule 42).
  const std::string none = JsonObject().add_text("type", "array").add("maxItems", "0").json();
  return list_of(any_of({row_name_schema(f), none}));
}

std::string custom_fields_schema(const Field& f) {
  if (f.style == CustomStyle::object) {
    const std::string none = JsonObject().add_text("type", "array").add("maxItems", "0").json();
    return f.empty_list_is_object ? any_of({of_type("object"), none}) : of_type("object");
  }
  const std::string name = R"({"type":["string","number","null"]})";
  const std::string value = R"({"type":["string","number","boolean","null","array"]})";
  const auto has = [](const char* member) {
    return JsonObject().add("required", json_texts({member})).json();
  };
  const std::string entry = JsonObject()
                                .add_text("type", "object")
                                .add("properties", JsonObject()
                                                       .add("id", name)
                                                       .add("reference", name)
                                                       .add("value", value)
                                                       .add("values", value)
                                                       .json())
                                .add("allOf", json_list({any_of({has("id"), has("reference")}),
                                                         any_of({has("value"), has("values")})}))
                                .json();
  return list_of(entry);
}

// The schema by the field's role, without the values that stand for nothing.
std::string role_schema(const Field& f) {
  switch (f.role) {
    case Role::organization: {
      const std::string number =
          JsonObject().add_text("type", "integer").add("minimum", "1").json();
      return f.coerce ? any_of({number, coerced_text(FieldType::integer)}) : number;
    }
    case Role::reference: return row_name_schema(f);
    case Role::links: return links_schema(f);
    case Role::custom_fields: return custom_fields_schema(f);
    default: return column_schema(f);
  }
}

std::string said_schema(const Field& f) {
  if (f.read_only == ReadOnly::reject) return R"({"not":{},"readOnly":true})";
  if (f.read_only == ReadOnly::ignore) return R"({"readOnly":true})";
  std::vector<std::string> ways = {role_schema(f)};
  const bool empties = f.empty == Empty::absent || f.empty == Empty::null;
  if (empties) ways.push_back(constant("\"\""));
  if (f.nullable || f.null_is_absent) ways.push_back(of_type("null"));
  return any_of(std::move(ways));
}

}  // namespace

std::string document_schema(const Profile& profile, std::span<const std::size_t> ignored) {
  JsonObject properties;
  for (std::size_t i = 0; i < profile.fields.size(); ++i) {
    const Field& f = profile.fields[i];
    const bool says_nothing = std::find(ignored.begin(), ignored.end(), i) != ignored.end();
    properties.add(f.name, says_nothing ? R"({"readOnly":true})" : said_schema(f));
  }
  if (profile.tombstone && !profile.tombstone->field)
    properties.add(profile.tombstone->name, any());
  return object_with(
      properties, {},
      profile.unknown_fields == UnknownFields::reject ? Others::refused : Others::allowed);
}

std::string required_schema(const Profile& profile, std::span<const std::size_t> fields,
                            bool creates) {
  std::vector<std::string> required;
  std::vector<std::string> ways;
  for (std::size_t i = 0; i < profile.fields.size(); ++i) {
    const Field& f = profile.fields[i];
    const bool asked = std::find(fields.begin(), fields.end(), i) != fields.end();
    const bool missed = creates && f.required && f.read_only == ReadOnly::no;
    if (!asked && !missed) continue;
    // An embedded row may be given instead of its reference.
    const auto embed = std::find_if(
        profile.fields.begin(), profile.fields.end(),
        [&](const Field& other) { return other.role == Role::embed && other.of == f.name; });
    if (embed == profile.fields.end()) {
      required.push_back(f.name);
      continue;
    }
    ways.push_back(any_of({JsonObject().add("required", json_texts({f.name})).json(),
                           JsonObject().add("required", json_texts({embed->name})).json()}));
  }
  JsonObject object;
  if (!required.empty()) object.add("required", json_texts(required));
  if (!ways.empty()) object.add("allOf", json_list(ways));
  return object.json();
}

}  // namespace product_upsert
