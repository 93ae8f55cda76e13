#include "core/catalogue/identity.hpp"

#include <algorithm>
#include <bit>

namespace product_upsert {

bool IdentityRule::uses(Column column) const {
  return std::find(fields.begin(), fields.end(), column) != fields.end();
}

std::vector<Fold> IdentityRule::folds_of(std::span<const Column> columns) const {
  std::vector<Fold> these;
  for (std::size_t i = 0; !folds.empty() && i < columns.size(); ++i) {
    const auto at = std::find(fields.begin(), fields.end(), columns[i]);
    these.push_back(at == fields.end() ? Fold::exact
                                       : folds[static_cast<std::size_t>(at - fields.begin())]);
  }
  return these;
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

Value folded(Fold fold, const Value& value, Arena& arena) {
  if (fold == Fold::exact || value.kind() != Kind::text) return value;
  return Value::text(arena.copy(std::string_view(folded(fold, value.as_text()))));
}

bool same_key(const Key& a, const Key& b) {
  return a.hash == b.hash &&
         std::equal(a.values.begin(), a.values.end(), b.values.begin(), b.values.end(), equal_keys);
}

KeyMap::KeyMap(std::size_t expected)
    : slots_(std::bit_ceil(std::max<std::size_t>(expected * 3 / 2, 4))) {
  entries_.reserve(expected);
}

std::size_t KeyMap::probe(const Key& key) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = key.hash & mask;
  const auto is_other = [&](const Slot& slot) {
    return slot.entry != kNone &&
           (slot.tag != tag(key) || !same_key(entries_[slot.entry].key, key));
  };
  while (is_other(slots_[at])) at = (at + 1) & mask;
  return at;
}

std::uint32_t KeyMap::add(const Key& key, std::uint32_t item) {
  if ((entries_.size() + 1) * 4 > slots_.size() * 3) rehash();
  Slot& slot = slots_[probe(key)];
  if (slot.entry == kNone) {
    slot = {tag(key), static_cast<std::uint32_t>(entries_.size())};
    entries_.push_back({key, item});
  }
  return entries_[slot.entry].item;
}

std::uint32_t KeyMap::find(const Key& key) const {
  const Slot& slot = slots_[probe(key)];
  return slot.entry == kNone ? kNone : entries_[slot.entry].item;
}

void KeyMap::rehash() {
  const std::size_t size = slots_.size() * 2;
  slots_.assign(size, Slot());
  for (std::uint32_t e = 0; e < entries_.size(); ++e) {
    std::size_t at = entries_[e].key.hash & (size - 1);
    while (slots_[at].entry != kNone) at = (at + 1) & (size - 1);
    slots_[at] = {tag(entries_[e].key), e};
  }
}

}  // namespace product_upsert
