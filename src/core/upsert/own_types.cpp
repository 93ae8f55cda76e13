#include "core/upsert/own_types.hpp"

#include <algorithm>
#include <vector>

#include "core/document/merge.hpp"
#include "core/value/interrupts.hpp"

namespace product_upsert {

namespace {

bool is_restricted(const Profile& profile, const Field& f) {
  return f.role == Role::column && f.member.empty() && profile.described(f.column).is_restricted;
}

}  // namespace

void OwnTypes::check_said() {
  for (std::uint16_t field : state_.batch.fields()) {
    const Field& f = state_.batch.profile.fields[field];
    if (f.role == Role::variants) check_variants(field);
    if (!is_restricted(state_.batch.profile, f)) continue;
    std::vector<Value> values;
    Items items;
    for (std::uint32_t i = 0; i < state_.batch.items.size(); ++i) {
      check_interrupts();
      const Value& said = state_.batch.value(state_.batch.items[i], field);
      if (said.is_absent() || state_.options.action(field) == Action::ignore) continue;
      values.push_back(said);
      items.push_back(i);
    }
    state_.catalogue.check_type(state_.batch.profile.described(f.column), values,
                                [&](std::size_t place, Failure failure) {
                                  Item& item = state_.batch.items[items[place]];
                                  failure.field = f.name;
                                  item.failures.push_back(std::move(failure));
                                  state_.batch.set(item, field, {});
                                });
  }
}

void OwnTypes::check_variants(std::size_t field) {
  struct VariantOfItem {
    std::uint32_t item;
    std::size_t variant;
  };
  const Field& f = state_.batch.profile.fields[field];
  for (const Field& inner : f.fields) {
    const ColumnInfo& column = state_.batch.profile.variant_columns[inner.place];
    if (!column.is_restricted || inner.read_only != ReadOnly::no) continue;
    std::vector<Value> values;
    std::vector<VariantOfItem> variants_of;
    for (std::uint32_t i = 0; i < state_.batch.items.size(); ++i) {
      check_interrupts();
      const Value& variants = state_.batch.value(state_.batch.items[i], field);
      if (variants.kind() != Kind::list) continue;
      for (std::size_t n = 0; n < variants.items().size(); ++n) {
        const Value said = variants.items()[n][inner.name];
        if (said.is_absent()) continue;
        values.push_back(said);
        variants_of.push_back({i, n});
      }
    }
    state_.catalogue.check_type(column, values, [&](std::size_t place, Failure failure) {
      failure.field = f.name + "." + std::to_string(variants_of[place].variant) + "." + inner.name;
      state_.batch.items[variants_of[place].item].failures.push_back(std::move(failure));
    });
  }
}

void OwnTypes::check_merged(const Items& items) {
  written_columns(state_.batch, state_.options, true).each([&](Column column) {
    const ColumnInfo& described = state_.batch.profile.described(column);
    if (!described.is_restricted) return;
    const Field* const whole = state_.batch.profile.field_of(column);
    const auto is_of_column = [&](std::uint16_t field) {
      return field != Item::kUnknownFields && state_.batch.profile.fields[field].writes_column() &&
             state_.batch.profile.fields[field].column == column;
    };
    std::vector<Value> values;
    Items of;
    for (std::uint32_t i : items) {
      check_interrupts();
      const Item& item = state_.batch.items[i];
      if (!item.failures.empty() || item.stale) continue;
      if (item.id != 0 && std::none_of(item.changed.begin(), item.changed.end(), is_of_column))
        continue;
      const Value value = merged(state_.batch, item, column, state_.options);
      if (value.is_absent() && described.has_default) continue;
      if (whole != nullptr && whole->role == Role::column) {
        const auto field = state_.batch.profile.index_of(*whole);
        const Value& said = state_.batch.value(item, field);
        if (!said.is_absent() && identical(said, value)) continue;
      }
      values.push_back(value.is_absent() ? Value::null() : value);
      of.push_back(i);
    }
    state_.catalogue.check_type(described, values, [&](std::size_t place, Failure failure) {
      failure.field = state_.batch.profile.name_of(column);
      state_.batch.items[of[place]].failures.push_back(std::move(failure));
    });
  });
}

}  // namespace product_upsert
