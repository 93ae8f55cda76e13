#include "pg/functions/relatives.hpp"

#include <algorithm>

namespace product_upsert {

namespace {

constexpr std::size_t kMostOfALevel = 10;

class Relatives final : public FoundSink {
 public:
  void found(std::uint32_t, std::uint16_t, const StoredProduct& row) override {
    ids.push_back(row.id);
  }
  std::vector<std::int64_t> ids;
};

const ProfileRule* leveled_rule(const Profile& profile) {
  const auto it = std::find_if(profile.identity.begin(), profile.identity.end(),
                               [](const ProfileRule& r) { return !r.levels.empty(); });
  return it == profile.identity.end() ? nullptr : &*it;
}

bool within(const Level& small, const Level& large) {
  return std::all_of(small.columns.begin(), small.columns.end(), [&](Column c) {
    return std::find(large.columns.begin(), large.columns.end(), c) != large.columns.end();
  });
}

// A level that is contained in another one has the products of that level and more.
bool is_nearest(std::span<const Level> levels, const Level& level) {
  return std::none_of(levels.begin(), levels.end(),
                      [&](const Level& other) { return &other != &level && within(level, other); });
}

std::vector<std::int64_t> sharing(Store& store, const Batch& batch, const Item& item,
                                  const IdentityRule& level) {
  Arena arena;
  const auto said = [&](Column c) {
    const Field* const f = batch.profile.field_of(c);
    return f == nullptr ? Value() : batch.value(item, batch.profile.index_of(*f));
  };
  const auto key = read_key(level, said, arena);
  if (!key) return {};
  KeyGroups keys;
  keys.add(0, 0, level, *key);
  Relatives relatives;
  store.find(item.organization_id, keys.take(), {}, relatives);
  std::vector<std::int64_t>& ids = relatives.ids;
  std::sort(ids.begin(), ids.end());
  if (ids.size() > kMostOfALevel) ids.resize(kMostOfALevel);
  return std::move(ids);
}

}  // namespace

std::string relatives_json(Store& store, const Batch& batch, const Item& item,
                           const IdentityRules& rules) {
  const ProfileRule* const by = leveled_rule(batch.profile);
  if (by == nullptr || item.id != 0 || item.decided_by == nullptr ||
      by->levels.back().name != item.decided_by)
    return {};
  const int place = rules.find(by->rule);
  if (place < 0) return {};
  const IdentityRule& rule = rules.rules[static_cast<std::size_t>(place)];
  const std::span<const Level> known(by->levels.data(), by->levels.size() - 1);
  std::string json;
  for (const Level& level : known) {
    if (!is_nearest(known, level)) continue;
    const IdentityRule as_rule{level.name, level.columns, {}, true, rule.folds_of(level.columns)};
    for (const std::int64_t id : sharing(store, batch, item, as_rule)) {
      json += (json.empty() ? R"({"id":)" : R"(,{"id":)") + std::to_string(id) + R"(,"rule":)";
      write_json_string(by->rule, json);
      json += R"(,"level":)";
      write_json_string(level.name, json);
      json += '}';
    }
  }
  return json;
}

}  // namespace product_upsert
