#include "core/profile/tombstone.hpp"

#include "core/profile/coerce.hpp"
#include "core/profile/definition.hpp"
#include "core/value/text.hpp"

namespace product_upsert {

using namespace definition;

namespace {

// A value that the field cannot receive or contain would never match.
// recipe: type
void check_member(const Field& field) {
  const bool plain = field.type == FieldType::text || field.type == FieldType::boolean ||
                     field.type == FieldType::integer || field.type == FieldType::decimal;
  if (field.role != Role::column || !plain || field.read_only != ReadOnly::no)
    fault("tombstone.field",
          "must name a field that documents can set: of role column, and text, boolean, integer or "
          "decimal");
}

std::uint16_t find_deleted(const Profile& profile) {
  const Field* const field = profile.field_of(Column::is_deleted);
  if (field == nullptr || !field->writes_column() || field->create_only != CreateOnly::no)
    fault("tombstone.action",
          "\"delete_softly\" needs a field of column is_deleted that documents may write");
  return static_cast<std::uint16_t>(profile.index_of(*field));
}

FieldType type_like(const Value& value) {
  if (value.is_number()) return FieldType::decimal;
  return value.kind() == Kind::boolean ? FieldType::boolean : FieldType::text;
}

}  // namespace

std::optional<Tombstone> compile_tombstone(const Profile& profile, const Value& definition,
                                           bool coerce) {
  if (definition.is_absent()) return std::nullopt;
  expect(definition, Kind::object, "tombstone", "an object");
  only(definition, "tombstone", {"field", "value", "action", "revive"});
  Tombstone tombstone;
  tombstone.name = text(definition["field"], "tombstone.field");
  if (const int at = profile.find(tombstone.name); at >= 0) {
    check_member(profile.fields[static_cast<std::size_t>(at)]);
    tombstone.field = static_cast<std::uint16_t>(at);
  } else {
    tombstone.coerce = coerce;
  }
  tombstone.value = definition["value"].is_absent() ? Value::boolean(true) : definition["value"];
  if (tombstone.value.kind() != Kind::text && tombstone.value.kind() != Kind::boolean &&
      !tombstone.value.is_number())
    fault("tombstone.value", "must be text, a number, true or false");
  tombstone.deletes_row = word<bool>(definition["action"], "tombstone.action",
                                     {{"delete_softly", false}, {"delete", true}}, false);
  tombstone.revives = flag(definition["revive"], "tombstone.revive", false);
  if (tombstone.deletes_row && tombstone.revives)
    fault("tombstone.revive", "is for \"delete_softly\": nothing is left of what is deleted");
  if (!tombstone.deletes_row) tombstone.deleted = find_deleted(profile);
  return tombstone;
}

bool is_tombstone(const Tombstone& tombstone, const Value& said, bool cells, Arena& arena) {
  if (!said.has_value()) return false;
  if (same_value(said, tombstone.value)) return true;
  const bool is_text = said.kind() == Kind::text;
  if (cells && is_text && trim(said.as_text()) == tombstone.value.printed()) return true;
  // An empty text is false for a field. Here it says nothing: it is not to delete a product.
  if (!tombstone.coerce || (is_text && trim(said.as_text()).empty())) return false;
  return same_value(coerced(type_like(tombstone.value), said, arena), tombstone.value);
}

}  // namespace product_upsert
