// Engine: documents of a call that is cut into batches which count on what documents of other
// batches give up or make.
#include <algorithm>

#include "core/upsert/engine.hpp"
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

class Engine::Wants final : public Wanting {
 public:
  explicit Wants(Engine& engine) : engine_(engine) {}
  void wants_of(std::uint32_t item, std::int64_t product, What what, std::uint64_t claim) override {
    const bool is_claim = what != What::parent;
    engine_.count_on(item, product, wanted(what), [&](const Ledger::Document& earlier) {
      return !is_claim || earlier.created ||
             engine_.ledger_->key(engine_.batch_.items[item].organization_id, rule_of(what),
                                  key_of(claim)) != 0;
    });
  }
  void wants_name(std::uint32_t item, std::uint64_t name) override {
    Ledger& ledger = *engine_.ledger_;
    const std::int64_t organization = engine_.batch_.items[item].organization_id;
    if (ledger.pass() == Ledger::Pass::survey)
      ledger.want_name(engine_.batch_.position(item), organization, name);
    if (engine_.waits_for_more(item)) ledger.await_name(organization, name);
  }
  void stands_with(std::uint32_t a, std::uint32_t b) override {
    Ledger& ledger = *engine_.ledger_;
    for (const std::uint32_t i : {a, b}) ledger.set_waiting(engine_.batch_.position(i));
    if (ledger.pass() == Ledger::Pass::survey) engine_.link_both(a, engine_.batch_.position(b));
  }

 private:
  Engine& engine_;
};

std::unique_ptr<Wanting> Engine::make_wants() { return std::make_unique<Wants>(*this); }

void Engine::link_both(std::uint32_t index, std::uint64_t position) {
  ledger_->link(batch_.position(index), position);
  ledger_->link(position, batch_.position(index));
}

// Whether a document that does not stand might, once later batches are known; who aborts has to
// know that now.
bool Engine::waits_for_more(std::uint32_t index) {
  if (ledger_->pass() != Ledger::Pass::writing || !ledger_->expects_more()) return false;
  if (options_.skip_rejects) ledger_->set_waiting(batch_.position(index));
  else across_batches_ = true;
  return options_.skip_rejects;
}

// The document does not stand for what the product has. `is_new` tells of an earlier document of
// that product whether the product may have that from this very call.
void Engine::count_on(std::uint32_t index, std::int64_t product, Ledger::Wanted what,
                      const std::function<bool(const Ledger::Document&)>& is_new) {
  if (ledger_ == nullptr || ledger_->pass() == Ledger::Pass::settled) return;
  const std::int64_t organization = batch_.items[index].organization_id;
  const std::uint64_t position = batch_.position(index);
  const auto here = dependencies_.document_of(product);
  if (ledger_->pass() == Ledger::Pass::survey) {
    // What takes a product out of a cycle may close another one with this.
    const bool both = what == Ledger::wants_parent;
    if (here && both) link_both(index, batch_.position(*here));
    else if (here) ledger_->link(position, batch_.position(*here));
    else ledger_->want(position, organization, product, both);
    return;
  }
  if (here) {
    if (!batch_.items[*here].failures.empty()) ledger_->set_waiting(position);
    return;
  }
  if (const auto earlier = ledger_->product(organization, product)) {
    if (!is_new(*earlier) && !ledger_->is_waiting(earlier->position)) return;
    link_both(index, earlier->position);
    across_batches_ = true;
  } else if (waits_for_more(index)) {
    ledger_->await(organization, product, what);
  }
}

// Once all is decided: who counts on whom within the batch, which is cut differently next time.
void Engine::note_links() {
  if (ledger_->pass() == Ledger::Pass::settled) return;
  const bool survey = ledger_->pass() == Ledger::Pass::survey;
  for (const Dependencies::Edge& e : dependencies_.edges()) {
    if (survey) ledger_->link(batch_.position(e.item), batch_.position(e.on));
    else if (!batch_.items[e.item].failures.empty()) ledger_->set_waiting(batch_.position(e.item));
  }
  if (!survey) find_claimed();
  if (across_batches_) throw Ledger::AcrossBatches{};
  if (!survey) return;
  for (const Dependencies::Edge& e : dependencies_.ties()) link_both(e.item, batch_.position(e.on));
  for (std::uint32_t i = 0; parts_ && i < batch_.items.size(); ++i) {
    check_interrupts();
    const std::int64_t organization = batch_.items[i].organization_id;
    const std::uint64_t position = batch_.position(i);
    parts_->each_claim(i, [&](Wanting::What what, std::uint64_t claim) {
      const auto first = ledger_->note_key(organization, rule_of(what), key_of(claim), position);
      if (first != position) link_both(i, first);
    });
    parts_->each_name(i, [&](std::uint64_t name) {
      ledger_->note_key(organization, Ledger::kParentName, key_of(name), position);
    });
  }
}

// What an earlier document claims too, though it is not written, or not yet seen as taken.
void Engine::find_claimed() {
  if (!parts_ || !options_.skip_rejects || !ledger_->has_claims()) return;
  for (std::uint32_t i = 0; i < batch_.items.size(); ++i) {
    check_interrupts();
    const std::int64_t organization = batch_.items[i].organization_id;
    parts_->each_claim(i, [&](Wanting::What what, std::uint64_t claim) {
      const auto first = ledger_->key(organization, rule_of(what), key_of(claim));
      if (first == 0) return;
      link_both(i, first);
      across_batches_ = true;
    });
  }
}

// Of a document that a batch has written, or rejected.
void Engine::note_claims(std::uint32_t index) {
  if (!parts_) return;
  const std::int64_t organization = batch_.items[index].organization_id;
  parts_->each_claim(index, [&](Wanting::What what, std::uint64_t claim) {
    ledger_->note_key(organization, rule_of(what), key_of(claim), batch_.position(index));
    ledger_->set_has_claims();
  });
}

// Whether an earlier document was rejected for want of what this one may have given up or made.
bool Engine::is_awaited(std::uint32_t index) const {
  const Item& item = batch_.items[index];
  if (const std::uint8_t wanted = ledger_->awaited(item.organization_id, item.id); wanted != 0) {
    std::uint8_t given = 0;
    const ColumnSet keys = rules_.columns();
    for (const std::uint16_t f : item.changed) {
      if (f == Item::kUnknownFields) continue;
      const Field& field = batch_.profile.fields[f];
      if (field.role == Role::variants) given |= Ledger::wants_sku;
      if (field.column == Column::custom_fields) given |= Ledger::wants_value;
      if (field.column == Column::parent_product_id) given |= Ledger::wants_parent;
      if (field.writes_column() && keys.has(field.column)) given |= Ledger::wants_key;
    }
    if ((wanted & given) != 0) return true;
  }
  bool named = false;
  if (parts_ && ledger_->awaits_names()) {
    parts_->each_name(index, [&](std::uint64_t name) {
      named |= ledger_->is_awaited_name(item.organization_id, name);
    });
  }
  return named;
}

}  // namespace product_upsert
