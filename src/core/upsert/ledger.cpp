#include "core/upsert/ledger.hpp"

#include <algorithm>

#include "core/value/assert.hpp"
#include "core/value/failure.hpp"

namespace product_upsert {

namespace {

constexpr std::uint32_t kCreated = 1U << 31U;

std::uint32_t narrow(std::uint64_t position) {
  if (position >= kCreated)
    throw Refusal(Refused::limit, "a call takes at most 2147483647 documents");
  return static_cast<std::uint32_t>(position);
}

}  // namespace

std::size_t Ledger::PositionMap::probe(std::uint64_t key) const {
  const std::size_t mask = keys_.size() - 1;
  std::size_t at = hash_word(key) & mask;
  while (positions_[at] != 0 && keys_[at] != key) at = (at + 1) & mask;
  return at;
}

std::uint32_t Ledger::PositionMap::find(std::uint64_t key) const {
  return used_ == 0 ? 0 : positions_[probe(key)];
}

std::uint32_t Ledger::PositionMap::add(std::uint64_t key, std::uint32_t position) {
  PRODUCT_UPSERT_ASSERT(position != 0);
  if ((used_ + 1) * 5 > keys_.size() * 4) {
    PositionMap larger;
    larger.keys_.resize(std::max<std::size_t>(keys_.size() * 2, 64));
    larger.positions_.resize(larger.keys_.size());
    for (std::size_t i = 0; i < keys_.size(); ++i) {
      if (positions_[i] == 0) continue;
      const std::size_t at = larger.probe(keys_[i]);
      larger.keys_[at] = keys_[i];
      larger.positions_[at] = positions_[i];
    }
    larger.used_ = used_;
    *this = std::move(larger);
  }
  const std::size_t at = probe(key);
  if (positions_[at] == 0) {
    keys_[at] = key;
    positions_[at] = position;
    ++used_;
  }
  return positions_[at];
}

std::uint64_t Ledger::fingerprint(std::int64_t organization_id, std::uint16_t rule,
                                  const Key& key) {
  return hash_word(key.hash, hash_word(static_cast<std::uint64_t>(organization_id), rule));
}

void Ledger::start_survey() {
  Links links = std::move(links_);
  *this = Ledger();
  links_ = std::move(links);
  pass_ = Pass::survey;
}

std::vector<std::vector<std::uint64_t>> Ledger::settle() {
  PRODUCT_UPSERT_ASSERT(pass_ == Pass::survey);
  for (const Want& w : wants_) {
    const auto other = product(w.organization_id, w.product);
    if (!other) continue;
    link(w.position, other->position);
    if (w.both) link(other->position, w.position);
  }
  for (const auto& [position, name] : wanted_names_) {
    if (const std::uint64_t other = keys_.find(name); other != 0) link(position, other);
  }
  for (const Want& child : children_) {
    const auto parent = product(child.organization_id, child.product);
    if (parent && removals_.contains(parent->position)) link(parent->position, child.position);
  }
  auto ahead = links_.sets();
  std::vector<Collision> collisions = std::move(collisions_);
  *this = Ledger();
  pass_ = Pass::settled;
  // kNoRule (0xFFFF) + 1 comes first.
  std::stable_sort(collisions.begin(), collisions.end(), [](const auto& a, const auto& b) {
    return static_cast<std::uint16_t>(a.rule + 1U) < static_cast<std::uint16_t>(b.rule + 1U);
  });
  collisions_ = std::move(collisions);
  for (std::uint32_t i = 0; i < collisions_.size(); ++i) {
    for (std::uint64_t position : collisions_[i].positions) by_position_.emplace_back(position, i);
  }
  std::sort(by_position_.begin(), by_position_.end());
  return ahead;
}

namespace {

std::uint64_t fingerprint_of(std::int64_t organization_id, std::int64_t product) {
  return hash_word(static_cast<std::uint64_t>(product),
                   static_cast<std::uint64_t>(organization_id));
}

}  // namespace

void Ledger::await(std::int64_t organization_id, std::int64_t product, Wanted what) {
  awaited_[fingerprint_of(organization_id, product)] |= what;
}

std::uint8_t Ledger::awaited(std::int64_t organization_id, std::int64_t product) const {
  if (awaited_.empty()) return 0;
  const auto found = awaited_.find(fingerprint_of(organization_id, product));
  return found == awaited_.end() ? std::uint8_t{0} : found->second;
}

void Ledger::await_name(std::int64_t organization_id, std::uint64_t name) {
  names_.insert(fingerprint(organization_id, kParentName, {{}, name, true}));
}

bool Ledger::is_awaited_name(std::int64_t organization_id, std::uint64_t name) const {
  return names_.contains(fingerprint(organization_id, kParentName, {{}, name, true}));
}

void Ledger::want(std::uint64_t position, std::int64_t organization_id, std::int64_t product,
                  bool both) {
  wants_.push_back({position, organization_id, product, both});
}

void Ledger::want_name(std::uint64_t position, std::int64_t organization_id, std::uint64_t name) {
  wanted_names_.emplace_back(position, fingerprint(organization_id, kParentName, {{}, name, true}));
}

std::optional<Ledger::Document> Ledger::product(std::int64_t organization_id,
                                                std::int64_t id) const {
  const auto table = products_.find(organization_id);
  if (table == products_.end()) return std::nullopt;
  const std::uint32_t found = table->second.find(static_cast<std::uint64_t>(id));
  if (found == 0) return std::nullopt;
  return Document{found & ~kCreated, (found & kCreated) != 0};
}

std::uint64_t Ledger::key(std::int64_t organization_id, std::uint16_t rule, const Key& key) const {
  return keys_.find(fingerprint(organization_id, rule, key));
}

std::int64_t Ledger::released(std::int64_t organization_id, std::uint16_t rule,
                              const Key& key) const {
  if (released_.empty()) return 0;
  const auto found = released_.find(fingerprint(organization_id, rule, key));
  return found == released_.end() ? 0 : found->second;
}

std::uint64_t Ledger::note_product(std::int64_t organization_id, std::int64_t id,
                                   Document document) {
  const std::uint32_t position = narrow(document.position) | (document.created ? kCreated : 0);
  return products_[organization_id].add(static_cast<std::uint64_t>(id), position) & ~kCreated;
}

std::uint64_t Ledger::note_key(std::int64_t organization_id, std::uint16_t rule, const Key& key,
                               std::uint64_t position) {
  return keys_.add(fingerprint(organization_id, rule, key), narrow(position));
}

void Ledger::note_released(std::int64_t organization_id, std::uint16_t rule, const Key& key,
                           std::int64_t id) {
  released_.emplace(fingerprint(organization_id, rule, key), id);
}

void Ledger::collide(std::uint16_t rule, std::uint64_t first, std::uint64_t position) {
  PRODUCT_UPSERT_ASSERT(first != position);
  const auto [found, added] = by_first_.try_emplace(first << 16U | rule, collisions_.size());
  if (added) collisions_.push_back({rule, {first}});
  collisions_[found->second].positions.push_back(position);
}

std::vector<const Ledger::Collision*> Ledger::collisions_of(std::uint64_t position) const {
  std::vector<const Collision*> found;
  auto it = std::lower_bound(by_position_.begin(), by_position_.end(),
                             std::pair<std::uint64_t, std::uint32_t>(position, 0));
  for (; it != by_position_.end() && it->first == position; ++it)
    found.push_back(&collisions_[it->second]);
  return found;
}

}  // namespace product_upsert
