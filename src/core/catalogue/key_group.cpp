#include "core/catalogue/key_group.hpp"

#include <utility>

#include "core/value/assert.hpp"

namespace product_upsert {

namespace {

bool belongs(const Key& key, const KeyGroup& group) {
  for (std::size_t i = 0; i < key.values.size(); ++i) {
    if (key.values[i].has_value() == group.is_null(i)) return false;
  }
  return true;
}

std::string pattern(const Key& key) {
  std::string nulls(key.values.size(), '0');
  for (std::size_t i = 0; i < nulls.size(); ++i) {
    if (!key.values[i].has_value()) nulls[i] = '1';
  }
  return nulls;
}

}  // namespace

void KeyGroups::add(std::uint32_t item, std::uint16_t rule, std::span<const Column> columns,
                    const Key& key, std::span<const Fold> folds) {
  PRODUCT_UPSERT_ASSERT(key.values.size() == columns.size());
  PRODUCT_UPSERT_ASSERT(folds.empty() || folds.size() == columns.size());
  if (rule >= rules_.size()) rules_.resize(rule + 1U);
  OfRule& of = rules_[rule];
  if (of.last == nullptr || !belongs(key, *of.last)) {
    const auto [it, added] = of.groups.try_emplace(pattern(key));
    if (added) {
      it->second.columns = columns;
      it->second.rule = rule;
      it->second.folds = folds;
      // Usually there is one pattern, which gets all the room; the others grow as needed.
      if (of.last == nullptr) {
        it->second.items.reserve(expected_);
        it->second.keys.reserve(expected_ * columns.size());
        it->second.hashes.reserve(expected_);
      }
    }
    of.last = &it->second;
  }
  of.last->add(item, key);
}

std::vector<KeyGroup> KeyGroups::take() {
  std::vector<KeyGroup> all;
  for (OfRule& of : rules_) {
    for (auto& [nulls, group] : of.groups) {
      PRODUCT_UPSERT_ASSERT(group.keys.size() == group.items.size() * group.columns.size());
      all.push_back(std::move(group));
    }
  }
  rules_.clear();
  return all;
}

}  // namespace product_upsert
