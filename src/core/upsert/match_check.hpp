#pragma once

#include <optional>

#include "core/upsert/batch_state.hpp"

namespace product_upsert {

// Checks a match, or the lack of one, against the options and the profile: mode, if_version, a
// version or a timestamp in the document, identifiers that must find something (rules 4 to 7, 39,
// 49; fine point h).
class MatchCheck {
 public:
  explicit MatchCheck(BatchState& state) : state_(state) {}
  // For an item that was matched, or found nothing. False: it may neither create nor update, which
  // becomes a failure of the item. Sets Item::stale.
  bool stands(std::uint32_t index);

 private:
  bool found_stands(std::uint32_t index);
  bool none_stands(std::uint32_t index);
  void require_identifier(std::uint32_t index);
  bool has_precondition(std::uint32_t index);
  const std::uint16_t* find_missed(std::uint32_t index, bool never_creates) const;
  void tell_missed(std::uint32_t index, std::uint16_t missed);
  const Key* key_of(std::uint32_t index, std::uint16_t rule) const;
  bool has_key(std::uint32_t index, std::uint16_t rule) const;
  bool is_stale(const Item& item) const;
  std::optional<std::int64_t> said_version(const Item& item) const;

  BatchState& state_;
};

}  // namespace product_upsert
