// The JSON Schema of a product in answers.
#include "core/http/document_schema.hpp"
#include "core/http/schema_text.hpp"

namespace product_upsert {

using namespace schema;

namespace {

std::string stored_schema(ColumnType type, bool texts) {
  switch (type) {
    case ColumnType::text: return of_type("string");
    case ColumnType::bigint:
      if (texts)
        return JsonObject().add_text("type", "string").add_text("pattern", "^-?[0-9]+$").json();
      [[fallthrough]];
    case ColumnType::integer: return of_type("integer");
    case ColumnType::numeric: return of_type("number");
    case ColumnType::boolean: return of_type("boolean");
    case ColumnType::date: return of_type("string", "date");
    case ColumnType::timestamptz: return of_type("string", "date-time");
    case ColumnType::uuid: return of_type("string", "uuid");
    case ColumnType::text_array: return list_of(of_type("string"));
    case ColumnType::jsonb: return any();
  }
  return any();
}

class Answers {
 public:
  explicit Answers(const Profile& profile) : profile_(profile) {}

  std::string product() const {
    JsonObject properties;
    std::vector<std::string> required;
    for (const Field& f : profile_.fields) {
      const bool on_demand = f.hidden && f.role == Role::embed;
      if (f.hidden && !on_demand) continue;
      properties.add(f.name, field(f));
      if (!on_demand) required.push_back(f.name);
    }
    return object_with(
        properties, required,
        profile_.unknown_fields == UnknownFields::keep ? Others::allowed : Others::refused);
  }

 private:
  std::string id() const { return stored_schema(ColumnType::bigint, profile_.ids_are_texts); }

  std::string field(const Field& f) const {
    switch (f.role) {
      case Role::organization: return of_type("integer");
      case Role::constant: return constant(f.constant.json());
      case Role::column: return column(f);
      case Role::reference:
      case Role::embed: return or_null(row(f));
      case Role::links: return list_of(row(f));
      case Role::variants: return list_of(variant(f));
      case Role::custom_fields: return custom_fields(f);
      case Role::variant_options:
        return R"({"type":"object","additionalProperties":{"type":"array"}})";
      default: return any();
    }
  }

  // The values that the column may contain, even if another profile wrote them.
  std::string column(const Field& f) const {
    const std::string shown = value(f);
    const bool always =
        f.member.empty() &&
        (f.column == Column::id || f.column == Column::version || f.column == Column::created_at ||
         f.column == Column::updated_at || f.generated);
    if (always || f.empty_list_is_null || f.empty_list_is_object || (!f.nullable && f.initial))
      return shown;
    return or_null(shown);
  }

  std::string value(const Field& f) const {
    const bool built_in_row = f.member.empty() && f.type == FieldType::integer;
    if (built_in_row)
      return stored_schema(
          info(f.column).type == ColumnType::bigint ? ColumnType::bigint : ColumnType::integer,
          profile_.ids_are_texts && static_cast<std::size_t>(f.column) < kColumns);
    return of_field(f);
  }

  // The enum's values are listed, though another profile may have stored others.
  // recipe: type
  static std::string of_field(const Field& f) {
    switch (f.type) {
      case FieldType::text:
        return f.allowed.empty() ? of_type("string")
                                 : any_of({one_of_texts(f.allowed), of_type("string")});
      case FieldType::integer: return of_type("integer");
      case FieldType::decimal: return of_type("number");
      case FieldType::boolean: return of_type("boolean");
      case FieldType::date: return of_type("string", "date");
      case FieldType::timestamp: return of_type("string", "date-time");
      case FieldType::uuid: return of_type("string", "uuid");
      case FieldType::texts: return list_of(of_type("string"));
      case FieldType::objects: return list_of(object(f));
      case FieldType::object: return object(f);
      case FieldType::json:
        if (!f.fields.empty())
          return JsonObject()
              .add_text("type", "object")
              .add("additionalProperties", or_null(object(f)))
              .json();
        return f.empty_list_is_object ? of_type("object") : any();
    }
    return any();
  }

  static std::string object(const Field& f) {
    JsonObject properties;
    for (const Field& inner : f.fields) properties.add(inner.name, or_null(of_field(inner)));
    return object_with(properties, {}, Others::allowed);
  }

  std::string variant(const Field& f) const {
    JsonObject properties;
    std::vector<std::string> required;
    for (const Field& inner : f.fields) {
      if (inner.hidden) continue;
      const ColumnType type = profile_.variant_columns[inner.place].type;
      const bool number = inner.type == FieldType::integer;
      const std::string shown =
          number ? stored_schema(type, profile_.ids_are_texts) : of_field(inner);
      const bool always = inner.empty_list_is_null || inner.place <= variant_column::sku;
      properties.add(inner.name, always ? shown : or_null(shown));
      required.push_back(inner.name);
    }
    return object_with(properties, required, Others::refused);
  }

  std::string row(const Field& f) const {
    if (!f.shape.empty()) return shape(f.reference.table, f.shape);
    return f.reference.shows_uuid ? any_of({of_type("string", "uuid"), id()}) : id();
  }

  std::string shape(Table table, const std::vector<ShapeMember>& members) const {
    JsonObject properties;
    std::vector<std::string> required;
    for (const ShapeMember& m : members) {
      required.push_back(m.name);
      if (!m.constant.is_absent()) {
        properties.add(m.name, constant(m.constant.json()));
        continue;
      }
      const ColumnInfo& column = info(table).columns[m.column];
      if (m.table) properties.add(m.name, or_null(shape(*m.table, m.members)));
      else if (column.name == "id") properties.add(m.name, id());
      else if (column.name == "uuid" && m.name != "uuid")  // a row without one is known by its id
        properties.add(m.name, any_of({of_type("string", "uuid"), id()}));
      else properties.add(m.name, or_null(stored_schema(column.type, profile_.ids_are_texts)));
    }
    return object_with(properties, required, Others::refused);
  }

  std::string custom_fields(const Field& f) const {
    if (f.style == CustomStyle::object)
      return f.empty_list_is_object ? of_type("object") : or_null(of_type("object"));
    const std::string text = R"({"type":["string","null"]})";
    JsonObject properties;
    std::vector<std::string> required;
    const auto add = [&](const char* name, const std::string& schema) {
      properties.add(name, schema);
      required.emplace_back(name);
    };
    if (f.style == CustomStyle::list) {
      add("id", any_of({of_type("string"), id()}));
      add("reference", text);
      const std::string one =
          f.values_are_texts ? text : R"({"type":["string","number","boolean","null"]})";
      properties.add("value", one).add("values", list_of(one));
      return list_of(object_with(properties, required, Others::refused));
    }
    add("value", any());
    for (const char* name : {"name", "handle", "namespace", "type", "custom_fieldable_type"})
      add(name, text);
    for (const char* name : {"is_index", "version"}) add(name, of_type("integer"));
    add("custom_fieldable", of_type("object"));
    for (const char* name : {"created_at", "updated_at"})
      add(name, or_null(of_type("string", "date-time")));
    return list_of(object_with(properties, required, Others::refused));
  }

  const Profile& profile_;
};

}  // namespace

std::string product_schema(const Profile& profile) { return Answers(profile).product(); }

std::string parameter_schema(ColumnType type) {
  return type == ColumnType::timestamptz ? of_type("string") : stored_schema(type, false);
}

}  // namespace product_upsert
