#include "core/upsert/feed_links.hpp"

#include <algorithm>

#include "core/value/interrupts.hpp"

namespace product_upsert {

namespace {

std::uint16_t rule_of(Wanting::What what) {
  return what == Wanting::What::sku ? Ledger::kSku : Ledger::kCustomValue;
}

Ledger::Wanted wanted(Wanting::What what) {
  switch (what) {
    case Wanting::What::sku: return Ledger::wants_sku;
    case Wanting::What::custom_value: return Ledger::wants_value;
    case Wanting::What::parent: break;
  }
  return Ledger::wants_parent;
}

Key key_of(std::uint64_t hash) { return Key{{}, hash, true}; }

}  // namespace

void FeedLinks::wants_of(std::uint32_t item, std::int64_t product, What what, std::uint64_t claim) {
  const bool is_claim = what != What::parent;
  count_on(item, product, wanted(what), [&](const Ledger::Document& earlier) {
    return !is_claim || earlier.created ||
           ledger_.key(state_.batch.items[item].organization_id, rule_of(what), key_of(claim)) != 0;
  });
}

void FeedLinks::wants_name(std::uint32_t item, std::uint64_t name) {
  const std::int64_t organization = state_.batch.items[item].organization_id;
  if (ledger_.pass() == Ledger::Pass::survey)
    ledger_.want_name(state_.batch.position(item), organization, name);
  if (waits_for_more(item)) ledger_.await_name(organization, name);
}

void FeedLinks::stands_with(std::uint32_t a, std::uint32_t b) {
  for (const std::uint32_t i : {a, b}) ledger_.set_waiting(state_.batch.position(i));
  if (ledger_.pass() == Ledger::Pass::survey) link_both(a, state_.batch.position(b));
}

void FeedLinks::link_both(std::uint32_t index, std::uint64_t position) {
  ledger_.link(state_.batch.position(index), position);
  ledger_.link(position, state_.batch.position(index));
}

// Whether a document that does not stand might stand once later batches are known. A call that
// aborts has to decide now.
bool FeedLinks::waits_for_more(std::uint32_t index) {
  if (ledger_.pass() != Ledger::Pass::writing || !ledger_.expects_more()) return false;
  if (state_.options.skip_rejects) ledger_.set_waiting(state_.batch.position(index));
  else across_batches_ = true;
  return state_.options.skip_rejects;
}

void FeedLinks::count_on(std::uint32_t index, std::int64_t product, Ledger::Wanted what,
                         const std::function<bool(const Ledger::Document&)>& is_new) {
  if (ledger_.pass() == Ledger::Pass::settled) return;
  const std::int64_t organization = state_.batch.items[index].organization_id;
  const std::uint64_t position = state_.batch.position(index);
  const auto here = state_.dependencies.document_of(product);
  if (ledger_.pass() == Ledger::Pass::survey) {
    // A document that takes a product out of a cycle may close another one together with this.
    const bool both = what == Ledger::wants_parent;
    if (here && both) link_both(index, state_.batch.position(*here));
    else if (here) ledger_.link(position, state_.batch.position(*here));
    else ledger_.want(position, organization, product, both);
    return;
  }
  if (here) {
    if (!state_.batch.items[*here].failures.empty()) ledger_.set_waiting(position);
    return;
  }
  if (const auto earlier = ledger_.product(organization, product)) {
    if (!is_new(*earlier) && !ledger_.is_waiting(earlier->position)) return;
    link_both(index, earlier->position);
    across_batches_ = true;
  } else if (waits_for_more(index)) {
    ledger_.await(organization, product, what);
  }
}

void FeedLinks::note_links() {
  if (ledger_.pass() == Ledger::Pass::settled) return;
  const bool survey = ledger_.pass() == Ledger::Pass::survey;
  for (const Dependencies::Edge& e : state_.dependencies.edges()) {
    if (survey) ledger_.link(state_.batch.position(e.item), state_.batch.position(e.on));
    else if (!state_.batch.items[e.item].failures.empty())
      ledger_.set_waiting(state_.batch.position(e.item));
  }
  if (!survey) find_claimed();
  if (across_batches_) throw Ledger::AcrossBatches{};
  if (!survey) return;
  for (const Dependencies::Edge& e : state_.dependencies.ties())
    link_both(e.item, state_.batch.position(e.on));
  note_surveyed_claims();
  note_children();
}

// Notes documents that delete their products, and documents that take children away from others.
void FeedLinks::note_children() {
  if (!state_.batch.profile.tombstone) return;
  for (std::uint32_t i = 0; i < state_.batch.items.size(); ++i) {
    check_interrupts();
    const Item& item = state_.batch.items[i];
    if (item.id == 0 || !item.failures.empty()) continue;
    const std::uint64_t position = state_.batch.position(i);
    if (item.removes) ledger_.note_removal(position);
    const auto parent = state_.batch.stored(item, Column::parent_product_id).as_integer();
    const auto is_parent = [&](std::uint16_t f) {
      return f != Item::kUnknownFields &&
             state_.batch.profile.fields[f].column == Column::parent_product_id &&
             state_.batch.profile.fields[f].writes_column();
    };
    if (parent &&
        (item.removes || std::any_of(item.changed.begin(), item.changed.end(), is_parent)))
      ledger_.note_child(position, item.organization_id, *parent);
  }
}

// Notes what each document of the batch claims exclusively, and the names of the rows it creates.
void FeedLinks::note_surveyed_claims() {
  for (std::uint32_t i = 0; state_.related_fields && i < state_.batch.items.size(); ++i) {
    check_interrupts();
    const std::int64_t organization = state_.batch.items[i].organization_id;
    const std::uint64_t position = state_.batch.position(i);
    state_.related_fields->each_claim(i, [&](Wanting::What what, std::uint64_t claim) {
      const auto first = ledger_.note_key(organization, rule_of(what), key_of(claim), position);
      if (first != position) link_both(i, first);
    });
    state_.related_fields->each_name(i, [&](std::uint64_t name) {
      ledger_.note_key(organization, Ledger::kParentName, key_of(name), position);
    });
  }
}

// Finds what an earlier document claims too, even if that one is not written or its claim not yet
// visible.
void FeedLinks::find_claimed() {
  if (!state_.related_fields || !state_.options.skip_rejects || !ledger_.has_claims()) return;
  for (std::uint32_t i = 0; i < state_.batch.items.size(); ++i) {
    check_interrupts();
    const std::int64_t organization = state_.batch.items[i].organization_id;
    state_.related_fields->each_claim(i, [&](Wanting::What what, std::uint64_t claim) {
      const auto first = ledger_.key(organization, rule_of(what), key_of(claim));
      if (first == 0) return;
      link_both(i, first);
      across_batches_ = true;
    });
  }
}

void FeedLinks::note_claims(std::uint32_t index) {
  if (!state_.related_fields) return;
  const std::int64_t organization = state_.batch.items[index].organization_id;
  state_.related_fields->each_claim(index, [&](Wanting::What what, std::uint64_t claim) {
    ledger_.note_key(organization, rule_of(what), key_of(claim), state_.batch.position(index));
    ledger_.set_has_claims();
  });
}

bool FeedLinks::is_awaited(std::uint32_t index) const {
  const Item& item = state_.batch.items[index];
  if (const std::uint8_t wanted = ledger_.awaited(item.organization_id, item.id); wanted != 0) {
    std::uint8_t given = item.removes ? 0xFF : 0;
    const ColumnSet keys = state_.rules.columns();
    for (const std::uint16_t f : item.changed) {
      if (f == Item::kUnknownFields) continue;
      const Field& field = state_.batch.profile.fields[f];
      if (field.role == Role::variants) given |= Ledger::wants_sku;
      if (field.column == Column::custom_fields) given |= Ledger::wants_value;
      if (field.column == Column::parent_product_id) given |= Ledger::wants_parent;
      if (field.writes_column() && keys.has(field.column)) given |= Ledger::wants_key;
    }
    if ((wanted & given) != 0) return true;
  }
  bool named = false;
  if (state_.related_fields && ledger_.awaits_names()) {
    state_.related_fields->each_name(index, [&](std::uint64_t name) {
      named |= ledger_.is_awaited_name(item.organization_id, name);
    });
  }
  return named;
}

}  // namespace product_upsert
