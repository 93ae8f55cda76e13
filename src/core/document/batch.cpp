#include "core/document/batch.hpp"

#include <algorithm>
#include <utility>

#include "core/value/assert.hpp"

namespace product_upsert {

const Value Batch::kAbsent;

const char* name(Status status) {
  switch (status) {
    case Status::pending: return "pending";
    case Status::created: return "created";
    case Status::updated: return "updated";
    case Status::unchanged: return "unchanged";
    case Status::rejected: return "rejected";
  }
  return "";
}

void Item::fail(Code code, std::string field, std::string message, Details::Members details) {
  failures.push_back({code, std::move(field), std::move(message), std::move(details)});
}

bool Item::has_failure(std::string_view field) const {
  return std::any_of(failures.begin(), failures.end(),
                     [&](const Failure& f) { return f.field == field; });
}

bool Item::holds_back(std::size_t field) const {
  return sources != nullptr && std::any_of(sources->held.begin(), sources->held.end(),
                                           [&](const HeldBack& h) { return h.field == field; });
}

bool is_parked(const Item& item) {
  return item.status == Status::rejected && !item.failures.empty() &&
         std::all_of(item.failures.begin(), item.failures.end(),
                     [](const Failure& f) { return f.code == Code::parked; });
}

std::uint16_t Batch::slot(std::size_t field) {
  PRODUCT_UPSERT_ASSERT(field < slots_.size());
  PRODUCT_UPSERT_ASSERT(fields_.size() <= slots_.size());
  std::uint16_t& slot = slots_[field];
  if (slot == kNoSlot) {
    slot = static_cast<std::uint16_t>(fields_.size());
    fields_.push_back(static_cast<std::uint16_t>(field));
  }
  return slot;
}

const Field* Batch::field_of(const Failure& failure) const {
  if (failure.code == Code::unknown_field) return nullptr;
  const Field* longest = nullptr;
  for (const Field& f : profile.fields) {
    const bool about =
        failure.field.starts_with(f.name) &&
        (failure.field.size() == f.name.size() || failure.field[f.name.size()] == '.');
    if (about && (longest == nullptr || longest->name.size() < f.name.size())) longest = &f;
  }
  return longest;
}

void Batch::keep_results() {
  for (Item& item : items) {
    item.values = {};
    item.unknown = {};
  }
  arena = Arena();
}

void Batch::set(Item& item, std::size_t field, const Value& value) {
  const std::uint16_t at = slot(field);
  if (at >= item.values.size()) {
    auto longer = arena.array<Value>(at + 1U);
    std::fill(std::copy(item.values.begin(), item.values.end(), longer.begin()), longer.end(),
              Value());
    item.values = longer;
  }
  PRODUCT_UPSERT_ASSERT(fields_[at] == field);
  item.values[at] = value;
}

}  // namespace product_upsert
