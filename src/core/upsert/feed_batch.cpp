#include "core/upsert/feed_batch.hpp"

#include "core/value/interrupts.hpp"

namespace product_upsert {

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
    if (writing && item.status != Status::unchanged) links.note_claims(i);
    for (const ItemKey& k : state.decisions[i].final_keys)
      ledger.note_key(item.organization_id, k.rule, k.key, position);
    if (item.status == Status::updated) collisions.note_released(item);
  }
}

}  // namespace product_upsert
