#include "core/answer/old_values.hpp"

#include <vector>

#include "core/value/assert.hpp"

namespace product_upsert {

namespace {

// JSON has no number for NaN and infinity, which a user's own column may contain.
Value as_json(const Value& stored) {
  if (stored.is_absent()) return Value::null();
  if (stored.kind() == Kind::number &&
      stored.as_text().find_first_of("NI") != std::string_view::npos)
    return Value::text(stored.as_text());
  return stored;
}

}  // namespace

// recipe: feed
Value old_values(const Batch& batch, const Item& item, Arena& arena) {
  std::vector<Member> members;
  const auto add = [&](std::string_view key, const Value& stored) {
    members.push_back({key, as_json(stored)});
  };
  for (const std::uint16_t index : item.changed) {
    if (index == Item::kUnknownFields) {
      add(info(Column::meta).name, batch.stored(item, Column::meta));
      continue;
    }
    PRODUCT_UPSERT_ASSERT(index < batch.profile.fields.size());
    const Field& field = batch.profile.fields[index];
    if (field.role == Role::column || field.role == Role::reference ||
        field.role == Role::custom_fields) {
      add(info(field.column).name, batch.stored(item, field.column));
    } else if (field.role == Role::variants) {
      add("variants", {});
    } else {
      add(field.name, {});
    }
  }
  return make_object(members, arena);
}

}  // namespace product_upsert
