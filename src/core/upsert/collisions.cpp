#include "core/upsert/collisions.hpp"

#include <string>
#include <utility>
#include <vector>

#include "core/document/others.hpp"
#include "core/value/interrupts.hpp"

namespace product_upsert {

void Collisions::tell(std::uint32_t index, std::uint16_t rule,
                      std::span<const std::uint64_t> positions) {
  check_interrupts();
  Item& item = state_.batch.items[index];
  const char* decided = rule == kNoRule ? item.decided_by : state_.rules.rules[rule].name.c_str();
  if (decided == nullptr) return;  // its keys contradict each other; it has that failure
  const IdentityRule& by = state_.rules.rules[static_cast<std::size_t>(state_.rules.find(decided))];
  const Others others = name_others(positions, state_.batch.position(index));
  item.fail(Code::collision, state_.match.field(by),
            identifies(index, rule) ? "is the same product as " + others.words +
                                          " of this call, by " + state_.match.words(by)
                                    : "wants the same " + state_.match.field_words(by) + " as " +
                                          others.words + " of this call",
            Details()
                .text("rule", by.name)
                .texts("fields", state_.match.field_names(by))
                .more(others.details));
}

// Whether the key identifies the product of the document. Otherwise the document only wants the
// key: for a product that was found by another rule, or for a new one that an earlier rule
// distinguishes from others.
bool Collisions::identifies(std::uint32_t index, std::uint16_t rule) const {
  if (rule == kNoRule || rule == state_.match.indirect()) return true;
  if (state_.batch.items[index].id != 0) return false;
  for (const std::uint16_t asked : state_.match.asked()) {
    const ItemKey* const key = find_key(state_.decisions[index].keys, asked);
    if (asked == rule) return key != nullptr;
    if (key != nullptr && key->key.complete) return false;
  }
  return false;
}

}  // namespace product_upsert
