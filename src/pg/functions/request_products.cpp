#include "pg/functions/request_products.hpp"

#include <algorithm>

#include "core/answer/related_answers.hpp"
#include "core/value/text.hpp"

extern "C" {
#include "access/xact.h"
}

namespace product_upsert {

namespace {

// Reads products into a batch, in the order of the answer.
class Reading final : public FoundSink {
 public:
  explicit Reading(Batch& batch) : batch_(batch) {}
  void found(std::uint32_t index, std::uint16_t, const StoredProduct& row) override {
    Item& item = batch_.items[index];
    if (item.id != 0) {
      if (item.id != row.id) others.push_back(row.id);
      return;
    }
    item.id = row.id;
    item.version = row.version;
    item.status = Status::unchanged;
    auto values = batch_.arena.array<Value>(row.values.size());
    std::transform(row.values.begin(), row.values.end(), values.begin(),
                   [&](const Value& v) { return v.copy_to(batch_.arena); });
    item.result = values;
  }
  std::vector<std::int64_t> others;  // further products with the keys of an item

 private:
  Batch& batch_;
};

}  // namespace

void RequestedProducts::refuse_unknown() const {
  throw Rejection({{cause_of(Code::not_found),
                    In::path,
                    {Code::not_found, "", "product " + request_.identifier + " does not exist",
                     Details().text("resource_id", request_.identifier)}}});
}

// The path is the id of one product and the reference of another.
void RequestedProducts::refuse_several(std::int64_t one, std::int64_t other) const {
  const std::string first = std::to_string(std::min(one, other));
  const std::string second = std::to_string(std::max(one, other));
  throw Rejection({{cause_of(Code::collision),
                    In::path,
                    {Code::collision, "",
                     request_.identifier + " names product " + first + " and product " + second,
                     Details().numbers("ids", {std::min(one, other), std::max(one, other)})}}});
}

std::unique_ptr<Batch> RequestedProducts::read_named() {
  if (request_.identifiers.empty()) refuse_unknown();
  std::vector<KeyGroup> groups;
  std::vector<Column> columns;  // capacity reserved, because the groups point into it
  columns.reserve(request_.identifiers.size());
  for (const auto& [column, value] : request_.identifiers) {
    columns.push_back(column);
    groups.push_back(
        {{&columns.back(), 1}, static_cast<std::uint16_t>(columns.size() - 1), {0}, {value}});
  }
  auto batch = read(groups, 1);
  if (batch->items.empty()) refuse_unknown();
  return batch;
}

std::unique_ptr<Batch> RequestedProducts::read(std::span<const KeyGroup> groups,
                                               std::size_t items) {
  auto batch = std::make_unique<Batch>(*profile_);
  batch->answer_columns = profile_->columns;
  batch->answer_columns.add(Column::id);
  if (request_.route->only_column) batch->answer_columns.add(*request_.route->only_column);
  batch->items.resize(items);
  for (Item& item : batch->items) item.organization_id = organization_id;
  Reading reading(*batch);
  if (!groups.empty()) store_.find(organization_id, groups, batch->answer_columns, reading);
  if (!reading.others.empty()) refuse_several(batch->items.front().id, reading.others.front());
  std::erase_if(batch->items, [](const Item& item) { return item.id == 0; });
  show(*batch);
  return batch;
}

void RequestedProducts::show(Batch& batch) {
  auto related_answers =
      std::make_shared<RelatedAnswers>(*profile_, batch.answer_columns, request_.expanded);
  std::vector<RelatedAnswers::Subject> subjects;
  for (const Item& item : batch.items) subjects.push_back({item.id, item.result});
  if (profile_->has_related_fields)
    related_answers->read(store_.related(), organization_id, subjects);
  batch.related_answers = std::move(related_answers);
}

std::unique_ptr<Batch> RequestedProducts::read_listed(std::span<const std::int64_t> ids) {
  if (ids.empty()) return read({}, 0);
  const Column by = Column::id;
  KeyGroup group{{&by, 1}, 0, {}, {}};
  Arena arena;
  for (const std::int64_t id : ids) {
    group.items.push_back(static_cast<std::uint32_t>(group.items.size()));
    group.keys.push_back(*Value::parse_number(std::to_string(id), arena));
  }
  return read({&group, 1}, ids.size());
}

bool RequestedProducts::give_uuids(const Batch& batch) {
  const Field* const uuid = profile_->field_of(Column::uuid);
  if (uuid == nullptr || !uuid->generated || XactReadOnly) return false;
  std::vector<std::int64_t> ids;
  std::vector<Value> uuids;
  Arena arena;
  for (const Item& item : batch.items) {
    if (item.result[batch.answer_columns.index(Column::uuid)].has_value()) continue;
    ids.push_back(item.id);
    uuids.push_back(
        Value::text(arena.copy(std::string_view(derived_uuid(organization_id, item.id)))));
  }
  if (ids.empty() || !store_.may(Right::update, organization_id)) return false;
  requests_.give_uuids(organization_id, ids, uuids);
  return true;
}

void RequestedProducts::show_uuids(Batch& batch) const {
  const Field* const uuid = profile_->field_of(Column::uuid);
  if (uuid == nullptr || !uuid->generated) return;
  const std::size_t at = batch.answer_columns.index(Column::uuid);
  for (Item& item : batch.items) {
    if (item.result[at].has_value()) continue;
    auto values = batch.arena.array<Value>(item.result.size());
    std::copy(item.result.begin(), item.result.end(), values.begin());
    values[at] =
        Value::text(batch.arena.copy(std::string_view(derived_uuid(organization_id, item.id))));
    item.result = values;
  }
}

}  // namespace product_upsert
