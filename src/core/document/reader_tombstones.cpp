// Class DocumentReader, continued: what counts of a tombstone, and of a document that is none.
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
    const Field* const field = batch_.field_of(failure);
    return field != nullptr && of_tombstones_[profile.index_of(*field)] == 0;
  });
  if (profile.tombstone->deletes_row) return;
  const std::uint16_t slot = batch_.slot(profile.tombstone->deleted);
  if (slot >= values_.size()) values_.resize(slot + 1U);
  values_[slot] = Value::boolean(true);
}

void DocumentReader::revive() {
  const std::uint16_t slot = batch_.slot(batch_.profile.tombstone->deleted);
  if (slot >= values_.size()) values_.resize(slot + 1U);
  if (values_[slot].is_absent()) values_[slot] = Value::boolean(false);
}

}  // namespace product_upsert
