#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/upsert/batch_state.hpp"

namespace product_upsert {

// Documents of one call that are the same product count once, where the caller asks for that
// (on_duplicate same or last): one of them leads, the others follow it. What is not settled here
// collides as ever (rule 32).
class Duplicates {
 public:
  explicit Duplicates(BatchState& state) : state_(state) {}

  // Ready for another round.
  void clear() { followers_.clear(); }
  // Of items that are matched and planned. Followers become unchanged, and have no keys.
  void settle(const Group& group);
  // Once the leaders are written the others are told of their product. What says the same as one
  // that is rejected is rejected too; others of a leader that was not written go back to their
  // groups, to be decided anew.
  void join(std::vector<Group>& groups);

 private:
  void find_made_together(const Group& group, std::unordered_map<std::int64_t, Items>& found) const;
  void follow_settled(const Group& group);
  void lead(const Items& items);
  std::uint32_t find_last(const Items& items) const;
  bool is_older(std::uint32_t a, std::uint32_t b) const;
  std::optional<std::int64_t> judged_at(std::uint32_t index) const;
  void set_aside(std::uint32_t index);
  void follow(std::uint32_t index, std::uint32_t leader);
  bool says_the_same(std::uint32_t a, std::uint32_t b) const;

  BatchState& state_;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> followers_;  // and its leader
  bool has_returned_ = false;  // some follower, of a leader that was not written
};

}  // namespace product_upsert
