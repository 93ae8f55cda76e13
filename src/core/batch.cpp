#include "core/batch.hpp"

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

std::uint16_t Batch::slot(std::size_t field) {
  std::uint16_t& slot = slots_[field];
  if (slot == kNoSlot) {
    slot = static_cast<std::uint16_t>(fields_.size());
    fields_.push_back(static_cast<std::uint16_t>(field));
  }
  return slot;
}

}  // namespace product_upsert
