#include "core/upsert/parts.hpp"

#include <algorithm>
#include <optional>
#include <string>

#include "core/related/variant_state.hpp"
#include "core/value/assert.hpp"
#include "core/value/interrupts.hpp"

namespace product_upsert {

namespace {

// Numbers for what is hashed beside the identity rules, whose numbers begin at 1.
constexpr std::uint64_t kSkus = 0x10000, kVariants = 0x10001, kParents = 0x10002, kNames = 0x10003;

// A number and its text are the same name.
std::uint64_t hash_name(const Value& name, std::uint64_t organization) {
  return hash_word(hash_text(name.printed()), hash_word(kNames, organization));
}

template <typename F>
void each_scalar(const Value& value, F&& f) {
  if (value.kind() == Kind::object) {
    for (const Member& member : value.members()) each_scalar(member.value, f);
  } else if (value.is_number() || value.kind() == Kind::text) {
    f(value);
  }
}

}  // namespace

Parts::Parts(const IdentityRules& rules, const Profile& profile) : profile_(profile) {
  const auto find = [&](Column column) {
    const Field* const field = profile.field_of(column);
    return field == nullptr ? -1 : static_cast<std::int32_t>(profile.index_of(*field));
  };
  for (std::size_t r = 0; r < rules.rules.size(); ++r) {
    RuleFields of{&rules.rules[r], {}, r + 1};
    for (const Column column : rules.rules[r].fields) of.fields.push_back(find(column));
    const bool is_said =
        std::any_of(of.fields.begin(), of.fields.end(), [](int f) { return f >= 0; });
    if (is_said) rules_.push_back(std::move(of));
  }
  for (std::size_t f = 0; f < profile.fields.size(); ++f) {
    const Field& field = profile.fields[f];
    if (field.role == Role::variants) variants_.push_back(f);
    if ((field.role == Role::reference && field.reference.table == Table::product) ||
        &field == profile.field_of(Column::parent_product_id))
      products_.push_back(f);
  }
  if (products_.empty()) return;
  for (const Column column : {Column::id, Column::uuid, Column::external_id, Column::reference,
                              Column::handle, Column::number}) {
    if (const std::int32_t field = find(column); field >= 0)
      names_.push_back(static_cast<std::size_t>(field));
  }
}

void Parts::add(const Batch& batch) {
  for (const Item& item : batch.items) {
    check_interrupts();
    const auto document = static_cast<std::uint32_t>(together_.size());
    together_.grow(together_.size() + 1);
    add_identity(batch, item, document);
    add_variants(batch, item, document);
    add_products(batch, item, document);
  }
}

void Parts::add_identity(const Batch& batch, const Item& item, std::uint32_t document) {
  Arena arena;
  for (const RuleFields& of : rules_) {
    bool any = false;
    const auto get = [&](Column column) {
      const auto& fields = of.rule->fields;
      const auto at = std::find(fields.begin(), fields.end(), column);
      if (at == fields.end()) {
        const Field* const field = profile_.field_of(column);
        return field == nullptr ? Value() : batch.value(item, profile_.index_of(*field));
      }
      const std::int32_t field = of.fields[static_cast<std::size_t>(at - fields.begin())];
      const Value value = field < 0 ? Value() : batch.value(item, static_cast<std::size_t>(field));
      any |= value.has_value();
      return value;
    };
    const std::optional<Key> key = read_key(*of.rule, get, arena);
    if (key && any)
      add_key(document,
              hash_word(key->hash,
                        hash_word(of.salt, static_cast<std::uint64_t>(item.organization_id))));
  }
}

void Parts::add_variants(const Batch& batch, const Item& item, std::uint32_t document) {
  const auto organization = static_cast<std::uint64_t>(item.organization_id);
  for (const std::size_t f : variants_) {
    const Field& field = profile_.fields[f];
    for (const Value& variant : list_items(batch.value(item, f))) {
      if (const Value sku = variant_sku(field, variant); sku.kind() == Kind::text)
        add_key(document, hash_word(hash_text(sku.as_text()), hash_word(kSkus, organization)));
      if (const auto id = variant_id(field, variant)) {
        add_key(document,
                hash_word(static_cast<std::uint64_t>(*id), hash_word(kVariants, organization)));
      }
    }
  }
}

// Documents that set parents are in one part: otherwise two parts could together make a product its
// own ancestor (rule 13).
void Parts::add_products(const Batch& batch, const Item& item, std::uint32_t document) {
  const auto organization = static_cast<std::uint64_t>(item.organization_id);
  for (const std::size_t f : names_) {
    if (const Value& name = batch.value(item, f); name.is_number() || name.kind() == Kind::text)
      named_.emplace_back(hash_name(name, organization), document);
  }
  for (const std::size_t f : products_) {
    const Value& product = batch.value(item, f);
    if (!product.has_value()) continue;
    refers_ = true;
    if (profile_.fields[f].column == Column::parent_product_id)
      add_key(document, hash_word(kParents, organization));
    each_scalar(product,
                [&](const Value& name) { add_key(document, hash_name(name, organization)); });
  }
}

void Parts::add_key(std::uint32_t document, std::uint64_t hash) {
  PRODUCT_UPSERT_ASSERT(document < together_.size());
  const auto [first, added] = first_.try_emplace(hash, document);
  if (!added) together_.unite(first->second, document);
}

std::vector<Parts::Share> Parts::deal(std::uint16_t parts) {
  PRODUCT_UPSERT_ASSERT(parts > 0);
  if (refers_) {
    for (const auto& [hash, document] : named_) add_key(document, hash);
  }
  std::vector<std::uint32_t> sizes(together_.size());
  for (std::uint32_t d = 0; d < sizes.size(); ++d) ++sizes[together_.first_of(d)];
  std::vector<std::size_t> loads(parts);
  std::vector<Share> shares(together_.size());
  for (std::uint32_t d = 0; d < shares.size(); ++d) {
    check_interrupts();
    const std::uint32_t first = together_.first_of(d);
    if (first == d) {
      const auto least = std::min_element(loads.begin(), loads.end());
      *least += sizes[d];
      shares[d] = {static_cast<std::uint16_t>(least - loads.begin()), sizes[d] == 1};
    } else {
      shares[d] = shares[first];
    }
  }
  return shares;
}

}  // namespace product_upsert
