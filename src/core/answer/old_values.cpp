#include "core/answer/old_values.hpp"

namespace product_upsert {

namespace {

void add_member(std::string_view key, const Value& value, std::string& json) {
  if (json.size() > 1) json += ',';
  write_json_string(key, json);
  json += ':';
  if (value.is_absent()) json += "null";
  else value.write_json(json);
}

}  // namespace

// recipe: feed
std::string old_values(const Batch& batch, const Item& item) {
  std::string json = "{";
  for (const std::uint16_t index : item.changed) {
    if (index == Item::kUnknownFields) {
      add_member(info(Column::meta).name, batch.stored(item, Column::meta), json);
      continue;
    }
    const Field& field = batch.profile.fields[index];
    if (field.role == Role::column || field.role == Role::reference ||
        field.role == Role::custom_fields) {
      add_member(info(field.column).name, batch.stored(item, field.column), json);
    } else if (field.role == Role::variants) {
      add_member("variants", {}, json);
    } else {
      add_member(field.name, {}, json);
    }
  }
  return json + '}';
}

}  // namespace product_upsert
