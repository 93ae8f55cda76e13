#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "core/catalogue/identity.hpp"
#include "core/value/index_set.hpp"
#include "core/value/pages.hpp"
#include "core/value/value.hpp"

namespace product_upsert {

constexpr std::uint16_t kNoRule = 0xFFFF;

using Items = std::vector<std::uint32_t>;

struct ItemKey {
  std::uint16_t rule;
  Key key;
};

// The key of that rule, or null. Keys are in the order of their rules.
inline const ItemKey* find_key(std::span<const ItemKey> keys, std::uint16_t rule) {
  const auto it = std::lower_bound(keys.begin(), keys.end(), rule,
                                   [](const ItemKey& k, std::uint16_t r) { return k.rule < r; });
  return it == keys.end() || it->rule != rule ? nullptr : &*it;
}

// A key that a document takes over from a product that another document of the call changes. The
// other document is written first.
struct KeyMove {
  std::uint32_t item;
  std::uint32_t from;
  std::uint16_t rule;
};

constexpr std::uint32_t kNoOther = ~0U;

// What is known about an item while it is decided and written; parallel to batch.items.
struct Decision {
  std::span<const ItemKey> keys;        // that the document alone gives
  std::span<const ItemKey> final_keys;  // that the product as written would newly have
  IndexSet matched;                     // rules that found the product in Item::id
  bool same = false;                    // that product holds all that the document says
  bool planned = false;                 // the document may be written
  std::int64_t reserved_id = 0;         // that the product will have, while it is being created
  // The last of the other products that were found: see BatchState::others.
  std::uint32_t others = kNoOther;
  // The document's own values where the profile replaced them; see BatchState::overrule().
  std::vector<std::pair<std::size_t, Value>> overruled;

  // Kept when the item is matched again.
  std::uint64_t refused_tid = 0;  // where it stood when it was not written; 0: it never was
  int refused_in_round = 0;       // the first in which it stood there
  bool refused_again = false;     // and it stood there before
  int strikes = 0;                // how often it alone was not written, and no look-up said why
};

}  // namespace product_upsert
