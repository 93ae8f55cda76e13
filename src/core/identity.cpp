#include "core/identity.hpp"

#include <algorithm>
#include <bit>

namespace product_upsert {

bool IdentityRule::uses(Column column) const {
  return std::find(fields.begin(), fields.end(), column) != fields.end();
}

bool IdentityRule::demands(Column column) const {
  return std::find(required.begin(), required.end(), column) != required.end();
}

int IdentityRules::find(std::string_view name) const {
  const auto it = std::find_if(rules.begin(), rules.end(),
                               [&](const IdentityRule& r) { return r.name == name; });
  return it == rules.end() ? -1 : static_cast<int>(it - rules.begin());
}

ColumnSet IdentityRules::columns() const {
  ColumnSet all;
  for (const IdentityRule& r : rules) {
    for (Column c : r.fields) all.add(c);
  }
  return all;
}

bool same_key(const Key& a, const Key& b) {
  return a.hash == b.hash &&
         std::equal(a.values.begin(), a.values.end(), b.values.begin(), b.values.end(), equal_keys);
}

bool key_order(const Key& a, const Key& b) {
  for (std::size_t i = 0; i < a.values.size(); ++i) {
    if (const auto c = compare_keys(a.values[i], b.values[i]); c != 0) return c < 0;
  }
  return false;
}

KeyTable::KeyTable(std::size_t expected)
    : slots_(std::bit_ceil(std::max<std::size_t>(expected * 3 / 2, 4))) {}

std::size_t KeyTable::probe(const Key& key) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = key.hash & mask;
  while (slots_[at].item != kNone && !same_key(slots_[at].key, key)) at = (at + 1) & mask;
  return at;
}

std::uint32_t KeyTable::add(const Key& key, std::uint32_t item) {
  if ((used_ + 1) * 4 > slots_.size() * 3) rehash();
  Slot& slot = slots_[probe(key)];
  if (slot.item == kNone) {
    slot = {key, item};
    ++used_;
  }
  return slot.item;
}

std::uint32_t KeyTable::find(const Key& key) const { return slots_[probe(key)].item; }

void KeyTable::rehash() {
  std::vector<Slot> old(slots_.size() * 2);
  old.swap(slots_);
  for (const Slot& s : old) {
    if (s.item != kNone) slots_[probe(s.key)] = s;
  }
}

}  // namespace product_upsert
