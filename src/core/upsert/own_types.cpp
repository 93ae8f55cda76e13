// Engine: values that the rules of a user's own types do not let in (a domain's checks, an enum's
// labels) are the fault of a document as any other, told with the field's name.
#include <algorithm>

#include "core/document/merge.hpp"
#include "core/upsert/engine.hpp"
#include "core/value/interrupts.hpp"

namespace product_upsert {

namespace {

bool is_restricted(const Field& f) {
  return f.role == Role::column && f.member.empty() && info(f.column).is_restricted;
}

}  // namespace

// What documents say, before anything is looked up by it.
void Engine::check_said_types() {
  for (std::uint16_t field : batch_.fields()) {
    const Field& f = batch_.profile.fields[field];
    if (f.role == Role::variants) check_variant_types(field);
    if (!is_restricted(f)) continue;
    std::vector<Value> values;
    Items items;
    for (std::uint32_t i = 0; i < batch_.items.size(); ++i) {
      check_interrupts();
      const Value& said = batch_.value(batch_.items[i], field);
      if (said.is_absent() || options_.action(field) == Action::ignore) continue;
      values.push_back(said);
      items.push_back(i);
    }
    catalogue_.check_type(info(f.column), values, [&](std::size_t place, Failure failure) {
      Item& item = batch_.items[items[place]];
      failure.field = f.name;
      item.failures.push_back(std::move(failure));
      batch_.set(item, field, {});
    });
  }
}

void Engine::check_variant_types(std::size_t field) {
  struct Place {
    std::uint32_t item;
    std::size_t variant;
  };
  const Field& f = batch_.profile.fields[field];
  for (const Field& inner : f.fields) {
    const ColumnInfo& column = batch_.profile.variant_columns[inner.place];
    if (!column.is_restricted || inner.read_only != ReadOnly::no) continue;
    std::vector<Value> values;
    std::vector<Place> places;
    for (std::uint32_t i = 0; i < batch_.items.size(); ++i) {
      check_interrupts();
      const Value& variants = batch_.value(batch_.items[i], field);
      if (variants.kind() != Kind::list) continue;
      for (std::size_t n = 0; n < variants.items().size(); ++n) {
        const Value said = variants.items()[n][inner.name];
        if (said.is_absent()) continue;
        values.push_back(said);
        places.push_back({i, n});
      }
    }
    catalogue_.check_type(column, values, [&](std::size_t place, Failure failure) {
      failure.field = f.name + "." + std::to_string(places[place].variant) + "." + inner.name;
      batch_.items[places[place].item].failures.push_back(std::move(failure));
    });
  }
}

// What would be written where that is not what the document says: a default, a list appended to,
// members laid over a stored object.
void Engine::check_merged_types(const Items& items) {
  written_columns(batch_, options_, true).each([&](Column column) {
    const ColumnInfo& described = info(column);
    if (!described.is_restricted) return;
    const Field* const whole = batch_.profile.field_of(column);
    const auto is_of_column = [&](std::uint16_t field) {
      return field != Item::kUnknownFields && batch_.profile.fields[field].writes_column() &&
             batch_.profile.fields[field].column == column;
    };
    std::vector<Value> values;
    Items of;
    for (std::uint32_t i : items) {
      check_interrupts();
      const Item& item = batch_.items[i];
      if (!item.failures.empty() || item.stale) continue;
      if (item.id != 0 && std::none_of(item.changed.begin(), item.changed.end(), is_of_column))
        continue;
      const Value value = merged(batch_, item, column, options_);
      if (value.is_absent() && described.has_default) continue;
      if (whole != nullptr && whole->role == Role::column) {
        const auto field = static_cast<std::size_t>(whole - batch_.profile.fields.data());
        const Value& said = batch_.value(item, field);
        if (!said.is_absent() && identical(said, value)) continue;
      }
      values.push_back(value.is_absent() ? Value::null() : value);
      of.push_back(i);
    }
    catalogue_.check_type(described, values, [&](std::size_t place, Failure failure) {
      failure.field = batch_.profile.name_of(column);
      batch_.items[of[place]].failures.push_back(std::move(failure));
    });
  });
}

}  // namespace product_upsert
