#include "core/upsert/draw_ids.hpp"

#include <algorithm>
#include <unordered_set>

#include "core/value/assert.hpp"

namespace product_upsert {

namespace {

void remove_taken(Catalogue& catalogue, std::int64_t organization_id,
                  std::vector<std::int64_t>& ids) {
  const Column by[] = {Column::id};
  KeyGroup keys{by, 0, {}, {}};
  for (std::uint32_t i = 0; i < ids.size(); ++i) {
    keys.items.push_back(i);
    keys.keys.push_back(Value::integer(ids[i]));
  }
  std::vector<char> taken(ids.size(), 0);
  if (!ids.empty())
    catalogue.find_existing(organization_id, {&keys, 1}, [&](std::uint32_t i) { taken[i] = 1; });
  std::size_t i = 0;
  std::erase_if(ids, [&](std::int64_t) { return taken[i++] != 0; });
}

}  // namespace

std::vector<std::int64_t> draw_ids(Catalogue& catalogue, std::int64_t organization_id,
                                   std::size_t count, std::span<const std::int64_t> given,
                                   bool probing) {
  const std::unordered_set<std::int64_t> others(given.begin(), given.end());
  std::vector<std::int64_t> ids;
  // Draws twice as many each time, because any number of the next ids may have been given by
  // documents.
  for (std::size_t more = count; ids.size() < count; more *= 2) {
    auto drawn = catalogue.reserve_ids(more);
    if (!others.empty()) std::erase_if(drawn, [&](std::int64_t id) { return others.contains(id); });
    if (probing) remove_taken(catalogue, organization_id, drawn);
    ids.insert(ids.end(), drawn.begin(), drawn.end());
  }
  PRODUCT_UPSERT_ASSERT(ids.size() >= count);
  ids.resize(count);
  return ids;
}

}  // namespace product_upsert
