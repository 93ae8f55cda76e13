#include "core/upsert/rights.hpp"

#include <algorithm>
#include <optional>

namespace product_upsert {

bool is_stranger(Catalogue& catalogue, std::int64_t organization_id) {
  return !catalogue.may(Right::create, organization_id) &&
         !catalogue.may(Right::update, organization_id);
}

void check_rights(BatchState& state, const Group& group) {
  const auto needed = [](const Item& item) -> std::optional<Right> {
    if (item.removes) return Right::remove;
    if (item.id == 0) return item.tombstone ? std::nullopt : std::optional(Right::create);
    return item.changed.empty() ? std::nullopt : std::optional(Right::update);
  };
  const auto lacks = [&](Right right, const char* message) {
    const auto concerned = [&](std::uint32_t i) {
      const Item& item = state.batch.items[i];
      return item.status == Status::pending && item.failures.empty() && needed(item) == right;
    };
    if (std::none_of(group.items.begin(), group.items.end(), concerned)) return;
    if (state.catalogue.may(right, group.organization_id)) return;
    for (std::uint32_t i : group.items) {
      if (concerned(i)) state.batch.items[i].fail(Code::permission, "", message);
    }
  };
  // A caller without either permission is told only that: other failures could reveal hidden data.
  const auto faulty = [&](std::uint32_t i) { return !state.batch.items[i].failures.empty(); };
  if (std::any_of(group.items.begin(), group.items.end(), faulty) &&
      is_stranger(state.catalogue, group.organization_id)) {
    for (std::uint32_t i : group.items) {
      if (!faulty(i)) continue;
      state.batch.items[i].failures.clear();
      state.batch.items[i].fail(Code::permission, "",
                                "permission denied to create or update products");
    }
  }
  lacks(Right::create, "permission denied to create products");
  lacks(Right::update, "permission denied to update products");
  if (state.batch.profile.tombstone) lacks(Right::remove, "permission denied to delete products");
}

}  // namespace product_upsert
