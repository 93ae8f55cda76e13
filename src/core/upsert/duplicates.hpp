#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/upsert/batch_state.hpp"

namespace product_upsert {

// Makes documents of one call that are the same product count once, if the caller wants that
// (on_duplicate same or last): one of them leads, the others follow it. Documents that are not
// handled here collide as usual (rule 32).
class Duplicates {
 public:
  explicit Duplicates(BatchState& state) : state_(state) {}

  // Ready for another round.
  void clear() { followers_.clear(); }
  // For items that are matched and planned. Followers become unchanged and lose their keys.
  void settle(const Group& group);
  // After the leaders are written, gives followers the result. A follower that says the same as a
  // rejected leader is rejected too; other followers of a leader that was not written return to
  // their groups, to be decided again.
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
