#include "core/profile/profile.hpp"

#include <algorithm>

#include "core/value/assert.hpp"

namespace product_upsert {

int Profile::find(std::string_view field_name) const {
  const auto it =
      std::lower_bound(by_name_.begin(), by_name_.end(), field_name,
                       [&](std::uint16_t i, std::string_view n) { return fields[i].name < n; });
  return it != by_name_.end() && fields[*it].name == field_name ? *it : -1;
}

const Field* Profile::field_of(Column column) const {
  const auto c = static_cast<std::size_t>(column);
  PRODUCT_UPSERT_ASSERT(c >= by_column_.size() || by_column_[c] <= fields.size());
  return c >= by_column_.size() || by_column_[c] == 0 ? nullptr : &fields[by_column_[c] - 1U];
}

const ProfileRule* Profile::rule(std::string_view rule_name) const {
  const auto it = std::find_if(identity.begin(), identity.end(),
                               [&](const ProfileRule& r) { return r.rule == rule_name; });
  return it == identity.end() ? nullptr : &*it;
}

std::string_view Profile::name_of(Column column) const {
  const Field* f = field_of(column);
  return f != nullptr ? std::string_view(f->name) : info(column).name;
}

}  // namespace product_upsert
