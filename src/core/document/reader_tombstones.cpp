// Class DocumentReader, continued: what counts of a tombstone, and of a document that is none.
#include <algorithm>

#include "core/document/reader.hpp"
#include "core/profile/tombstone.hpp"

namespace product_upsert {

// A tombstone needs only what can find its product, and the time it was said. Anything else, valid
// or not, is about a product that will be deleted.
void DocumentReader::keep_what_finds() {
  const Profile& profile = batch_.profile;
  for (std::size_t slot = 0; slot < values_.size(); ++slot) {
    if (of_tombstones_[batch_.fields()[slot]] == 0) values_[slot] = Value();
  }
  unknown_.clear();
  std::erase_if(item_.failures, [&](const Failure& failure) {
    const Field* const field = field_of(failure);
    return field != nullptr && of_tombstones_[profile.index_of(*field)] == 0;
  });
  if (profile.tombstone->deletes_row) return;
  const std::uint16_t slot = batch_.slot(profile.tombstone->deleted);
  if (slot >= values_.size()) values_.resize(slot + 1U);
  values_[slot] = Value::boolean(true);
}

// The field that the failure is about. A path begins with the field's name, which may itself
// contain dots.
const Field* DocumentReader::field_of(const Failure& failure) const {
  if (failure.code == Code::unknown_field) return nullptr;
  const Field* longest = nullptr;
  for (const Field& f : batch_.profile.fields) {
    const bool about =
        failure.field.starts_with(f.name) &&
        (failure.field.size() == f.name.size() || failure.field[f.name.size()] == '.');
    if (about && (longest == nullptr || longest->name.size() < f.name.size())) longest = &f;
  }
  return longest;
}

void DocumentReader::revive() {
  const std::uint16_t slot = batch_.slot(batch_.profile.tombstone->deleted);
  if (slot >= values_.size()) values_.resize(slot + 1U);
  if (values_[slot].is_absent()) values_[slot] = Value::boolean(false);
}

}  // namespace product_upsert
