#include "unit/schedule/choosers.hpp"

namespace product_upsert::schedules {

std::size_t EveryChooser::choose(std::span<const Option> options, bool going_on) {
  const std::size_t count = going_on && left_ == 0 ? 1 : options.size();
  if (at_ == path_.size()) path_.push_back({0, count});
  const std::size_t chosen = path_[at_++].chosen;
  if (going_on && chosen > 0) --left_;
  return chosen;
}

bool EveryChooser::advance() {
  at_ = 0;
  left_ = interruptions_;
  while (!path_.empty() && path_.back().chosen + 1 >= path_.back().count) path_.pop_back();
  if (path_.empty()) return false;
  ++path_.back().chosen;
  return true;
}

}  // namespace product_upsert::schedules
