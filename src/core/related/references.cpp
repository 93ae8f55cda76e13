#include "core/related/references.hpp"

#include <algorithm>
#include <string>

#include "core/document/merge.hpp"
#include "core/related/reference_names.hpp"
#include "core/value/text.hpp"

namespace product_upsert {

void References::resolve(std::int64_t organization_id, const Items& items, std::size_t field) {
  ReferenceResolution resolution(state_, new_rows_, makers_[field], organization_id, items, field);
  resolution.look_up();
  resolution.settle();
  resolution.set_ids();
}

std::optional<std::uint32_t> References::maker(std::uint32_t index, std::size_t field) const {
  // A cleared reference has no row, whatever the document says (rule 16).
  if (state_.options.action(field) == Action::clear ||
      state_.batch.discards(state_.batch.items[index], field))
    return std::nullopt;
  const auto of_field = makers_.find(field);
  if (of_field == makers_.end()) return std::nullopt;
  const auto it = of_field->second.find(index);
  if (it == of_field->second.end()) return std::nullopt;
  // Of several documents, only one that stands and gives its product the name.
  const auto stands = [&](std::uint32_t i) {
    const Item& item = state_.batch.items[i];
    return item.status != Status::rejected && !gives_way(i) &&
           leaves_name(it->second, field, i, !item.stale);
  };
  const Items& documents = it->second.documents;
  const auto one = documents.size() == 1 ? documents.begin()
                                         : std::find_if(documents.begin(), documents.end(), stands);
  return one == documents.end() ? documents.front() : *one;
}

bool References::gives_way(std::uint32_t index) const {
  const Item& item = state_.batch.items[index];
  // Of a stale document whose product was read, it counts what the product holds.
  const bool unknown = item.id == 0 || (item.stale && item.stored.empty());
  return item.status == Status::unchanged && (unknown || item.superseded);
}

bool References::will_have_name(std::uint32_t index, std::size_t field, std::uint32_t maker) const {
  const Item& item = state_.batch.items[maker];
  return leaves_name(makers_.at(field).at(index), field, maker,
                     item.id == 0 || !item.changed.empty());
}

// `writes`: whether the document is written, and not only what is stored counts.
bool References::leaves_name(const ReferenceResolution::Made& made, std::size_t field,
                             std::uint32_t maker, bool writes) const {
  const Item& item = state_.batch.items[maker];
  const Reference& reference = state_.batch.profile.fields[field].reference;
  const auto column = find_column(info(reference.table).columns[made.column].name);
  const Field& named = *state_.batch.profile.field_of(*column);
  if (column == Column::id)
    return item.id == 0 ? named.read_only == ReadOnly::no : item.id == made.name.as_integer();
  // What it says is what is stored, or was written in an earlier round; but not what an action
  // keeps away.
  if (item.id != 0 && item.stored.empty()) {
    const Action action = state_.options.action(state_.batch.profile.index_of(named));
    return action != Action::ignore && action != Action::clear;
  }
  const Value held = writes ? merged(state_.batch, item, *column, state_.options)
                            : state_.batch.stored(item, *column);
  return held.has_value() &&
         name_key(reference, made.column, held) == name_key(reference, made.column, made.name);
}

void References::each_name(std::uint32_t index, const std::function<void(std::uint64_t)>& f) const {
  const Item& item = state_.batch.items[index];
  if (item.tombstone) return;
  for (const std::size_t named : state_.product_fields) {
    const Reference& reference = state_.batch.profile.fields[named].reference;
    for (unsigned c : reference.by) {
      const auto column = find_column(info(reference.table).columns[c].name);
      const Field* field = column ? state_.batch.profile.field_of(*column) : nullptr;
      if (field == nullptr) continue;
      const Value& v = state_.batch.value(item, state_.batch.profile.index_of(*field));
      if (v.has_value()) f(hash_text(name_key(reference, c, v)));
    }
  }
}

bool References::is_there(std::int64_t organization_id, Table table, std::int64_t id) {
  class There final : public TableSink {
   public:
    void row(std::uint32_t, const StoredRow&) override { there = true; }
    bool there = false;
  } row;
  TableKeys keys{{0}, {}, {}};
  keys.add(0, {Value::integer(id)});
  state_.related.read(organization_id, table, {&keys, 1}, row);
  return row.there;
}

bool References::fail_missing(std::int64_t organization_id, std::uint32_t index) {
  Item& item = state_.batch.items[index];
  new_rows_.forget(index);
  bool any = false;
  for (std::size_t field : state_.reference_fields) {
    const Field& f = state_.batch.profile.fields[field];
    const auto id = state_.batch.value(item, field).as_integer();
    if (!id || NewRows::is_stand_in(*id)) continue;
    if (is_there(organization_id, f.reference.table, *id)) continue;
    any = true;
    item.fail(Code::unknown_reference, f.name,
              "names no " + f.reference.resource + " any more: " + std::to_string(*id) +
                  " was deleted meanwhile",
              Details()
                  .text("resource_type", f.reference.resource)
                  .text("resource_id", std::to_string(*id)));
  }
  return any;
}

}  // namespace product_upsert
