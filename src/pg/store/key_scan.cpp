#include "pg/store/key_scan.hpp"

#include <algorithm>
#include <utility>

namespace product_upsert {

namespace {

Key make_key(std::span<const Value> values) {
  Key key;
  key.values = values;
  for (const Value& v : values) key.add_to_hash(v);
  return key;
}

}  // namespace

KeyScan::KeyScan(std::span<const KeyGroup> groups, FoundSink& sink) : sink_(sink) {
  for (const KeyGroup& group : groups) {
    Rule& rule = rule_of(group);
    const std::size_t width = group.columns.size();
    for (std::size_t i = 0; i < group.items.size(); ++i) {
      const auto number = static_cast<std::uint32_t>(rule.items.size());
      rule.items.push_back(group.items[i]);
      rule.next.push_back(KeyMap::kNone);
      const std::span<const Value> values(group.keys.data() + i * width, width);
      const bool hashed = group.hashes.size() == group.items.size();
      const std::uint32_t first =
          rule.numbers.add(hashed ? Key{values, group.hashes[i], true} : make_key(values), number);
      if (first != number) rule.next[number] = std::exchange(rule.next[first], number);
    }
    for (Column c : group.columns) columns_.add(c);
  }
  for (Rule& rule : rules_) {
    for (Column c : rule.columns) rule.places.push_back(columns_.index(c));
  }
}

KeyScan::Rule& KeyScan::rule_of(const KeyGroup& group) {
  // Groups of one rule differ in their null columns, which are part of the key here.
  const auto it = std::find_if(rules_.begin(), rules_.end(),
                               [&](const Rule& r) { return r.rule == group.rule; });
  if (it != rules_.end()) return *it;
  rules_.push_back(
      {group.rule, group.columns, group.folds, {}, {}, KeyMap(group.items.size()), {}});
  return rules_.back();
}

bool KeyScan::wants(std::span<const Value> values) {
  wanted_.clear();
  for (const Rule& rule : rules_) {
    key_.clear();
    arena_.reset();
    for (std::size_t i = 0; i < rule.places.size(); ++i) {
      const Value& held = values[rule.places[i]];
      key_.push_back(rule.folds.empty() ? held : folded(rule.folds[i], held, arena_));
    }
    for (std::uint32_t number = rule.numbers.find(make_key(key_)); number != KeyMap::kNone;
         number = rule.next[number])
      wanted_.emplace_back(rule.items[number], rule.rule);
  }
  return !wanted_.empty();
}

void KeyScan::take(const StoredProduct& product) {
  for (const auto& [item, rule] : wanted_) sink_.found(item, rule, product);
}

}  // namespace product_upsert
