#include "core/upsert/feed_batch.hpp"

#include <algorithm>
#include <string_view>

#include "core/value/interrupts.hpp"

namespace product_upsert {

namespace {

bool is_referred_to(const Item& item) {
  return item.removes && item.status == Status::rejected &&
         std::any_of(item.failures.begin(), item.failures.end(),
                     [&](const Failure& f) { return f.sqlstate == kForeignKeyViolation; });
}

}  // namespace

void FeedBatch::check_refused(const BatchState& state) const {
  if (!state.batch.profile.tombstone || ledger.pass() != Ledger::Pass::writing ||
      !ledger.expects_more())
    return;
  if (std::any_of(state.batch.items.begin(), state.batch.items.end(), is_referred_to))
    throw Ledger::AcrossBatches{};
}

void FeedBatch::note_batch(BatchState& state) {
  for (std::uint32_t i = 0; i < state.batch.items.size(); ++i) {
    check_interrupts();
    const Item& item = state.batch.items[i];
    const std::uint64_t position = state.batch.position(i);
    const bool created = item.status == Status::created;
    if (item.id != 0 && (created || item.decided_by != nullptr))
      ledger.note_product(item.organization_id, item.id, {position, created});
    const bool writing = ledger.pass() == Ledger::Pass::writing;
    if (writing && (created || item.status == Status::updated) && links.is_awaited(i))
      throw Ledger::AcrossBatches{};
    if (created) continue;
    if (item.id == 0 || item.status == Status::rejected) collisions.note_found_by(i);
    if (writing && item.status != Status::unchanged) links.note_claims(i);
    for (const ItemKey& k : state.decisions[i].final_keys)
      ledger.note_key(item.organization_id, k.rule, k.key, position);
    if (item.status == Status::updated) collisions.note_released(item);
  }
}

}  // namespace product_upsert
