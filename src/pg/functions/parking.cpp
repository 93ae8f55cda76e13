#include "pg/functions/parking.hpp"

#include <map>
#include <optional>
#include <set>
#include <span>

#include "core/answer/answer.hpp"
#include "core/value/interrupts.hpp"
#include "pg/boundary/settings.hpp"
#include "pg/store/parked_documents.hpp"

namespace product_upsert {

namespace {

// A null in a cell is an empty one: unless the field says what that means, nothing is said. In a
// document it would clear the field.
Value without_nulls(const Profile& profile, const Value& row, Arena& arena) {
  std::vector<Member> said;
  for (const Member& m : row.members()) {
    if (!m.value.is_null()) {
      said.push_back(m);
    } else if (const int field = profile.find(m.key);
               field >= 0 && profile.fields[static_cast<std::size_t>(field)].empty == Empty::null) {
      said.push_back({m.key, Value::text({})});
    }
  }
  return make_object(said, arena);
}

void add_option(std::string& json, const char* name, const std::string& value) {
  json += (json.size() > 1 ? ", " : "") + ("\"" + std::string(name) + "\": ") + value;
}

std::string json_of_text(const std::string& text) {
  std::string json;
  write_json_string(text, json);
  return json;
}

const char* name_of(Mode mode) {
  switch (mode) {
    case Mode::upsert: return "upsert";
    case Mode::create: return "create";
    case Mode::update: return "update";
  }
  return "";
}

// What a call parks in an organization, and what it has accepted there.
struct Organization {
  std::vector<std::string> keys;
  std::vector<std::int64_t> products;
  std::vector<ParkedDocument> documents;

  void take(std::size_t place, std::int64_t product, std::vector<std::string> known_by) {
    // A tombstone for a product that does not exist has no product.
    if (product != 0) {
      products.push_back(product);
      last_of_product_[product] = place;
    }
    for (std::string& key : known_by) {
      last_by_key_[key] = place;
      keys.push_back(std::move(key));
    }
  }

  // The product of a document that is to wait: one that an earlier document has made, or the one it
  // matched; 0: none. Empty if a later document with the same key was accepted or waits. Call it
  // for the last document first.
  std::optional<std::int64_t> product_of(std::size_t place, std::int64_t product,
                                         const std::vector<std::string>& known_by,
                                         std::span<const Item> items) {
    if (!known_by.empty() && !waiting_.insert(known_by.front()).second) return std::nullopt;
    for (const std::string& key : known_by) {
      const auto it = last_by_key_.find(key);
      if (it == last_by_key_.end()) continue;
      if (it->second > place) return std::nullopt;
      const Item& taken = items[it->second];
      product = taken.removes ? 0 : taken.id;
    }
    const auto it = last_of_product_.find(product);
    if (it != last_of_product_.end() && it->second > place) return std::nullopt;
    return product;
  }

 private:
  std::map<std::string, std::size_t> last_by_key_;
  std::map<std::int64_t, std::size_t> last_of_product_;
  std::set<std::string> waiting_;
};

}  // namespace

// The keys by each rule of the profile for which the document has one. The first of them decides
// which waiting document a later one replaces.
std::vector<std::string> Parking::keys_of(Batch& batch, const Item& item) const {
  std::vector<std::string> keys;
  for (const ProfileRule& named : profile_.identity) {
    const int place = rules_.find(named.rule);
    if (place < 0) continue;
    const IdentityRule& rule = rules_.rules[static_cast<std::size_t>(place)];
    const auto said = [&](Column column) {
      const Field* const field = profile_.field_of(column);
      return field == nullptr ? Value() : batch.value(item, profile_.index_of(*field));
    };
    const auto key = read_key(rule, said, batch.arena);
    if (!key) continue;
    keys.push_back(rule.name + ":");
    for (const Value& v : key->values) keys.back() += " " + v.printed();
  }
  return keys;
}

// The documents of one jsonb as a list; absent if it is a single document.
Value Parking::listed_documents(Arena& arena) const {
  const Value all = read_jsonb(list_, arena);
  return all.kind() == Kind::object ? all[profile_.list_member] : all;
}

// `listed` is filled by the first call, in `kept`: a list is read once, however many documents
// wait.
std::string Parking::document_json(std::size_t index, bool cells, std::optional<Value>& listed,
                                   Arena& kept) const {
  if (const auto text = texts_.find(index); text != texts_.end()) return std::string(text->second);
  if (index < rows_.size() && rows_[index] != nullptr) {
    Arena arena;
    const Value row = read_jsonb(rows_[index], arena);
    return (cells ? without_nulls(profile_, row, arena) : row).json();
  }
  if (!listed) listed = listed_documents(kept);
  if (listed->kind() == Kind::list) return listed->items()[index].json();
  return read_jsonb(list_, kept).json();
}

// recipe: option
std::string options_json(const Options& options, const Value& field_actions) {
  std::string json = "{";
  if (options.identifier) add_option(json, "identifier_field", json_of_text(*options.identifier));
  if (options.custom_field)
    add_option(json, "custom_field_reference", json_of_text(*options.custom_field));
  if (field_actions.has_value()) add_option(json, "field_actions", field_actions.json());
  if (options.mode != Mode::upsert) add_option(json, "mode", json_of_text(name_of(options.mode)));
  if (options.if_version) add_option(json, "if_version", std::to_string(*options.if_version));
  if (!options.source.empty()) add_option(json, "source", json_of_text(options.source));
  return json + "}";
}

void Parking::begin() {
  list_ = nullptr;
  rows_.clear();
  texts_.clear();
  parked_ = false;
}

void Parking::note_row(std::size_t index, const Jsonb* row) {
  rows_.resize(index + 1);
  rows_[index] = row;
}

// Removes what waits for the accepted documents of a call that parks nothing. A waiting document
// whose product was updated is left: product_parked_retry notices that by the product's version.
void Parking::forget_behind(Batch& batch) {
  struct Taken {
    std::vector<std::string> keys;
    std::vector<std::int64_t> products;
  };
  std::map<std::int64_t, Taken> organizations;
  for (const Item& item : batch.items) {
    check_interrupts();
    if (item.status == Status::rejected || item.stale || item.superseded) continue;
    if (item.status == Status::updated && !item.removes) continue;
    Taken& taken = organizations[item.organization_id];
    // A tombstone may have found no product.
    if (item.id != 0 && item.status != Status::created) taken.products.push_back(item.id);
    for (std::string& key : keys_of(batch, item)) taken.keys.push_back(std::move(key));
  }
  for (const auto& [id, taken] : organizations) {
    if (!taken.keys.empty() || !taken.products.empty())
      ParkedDocuments(schema_, space_, id, profile_.name)
          .forget(taken.keys, taken.products, ParkedDocuments::Locked::left);
  }
}

void Parking::park(Batch& batch, const Options& options, const Value& field_actions, bool cells) {
  if (options.read_only || parked_) return;
  parked_ = true;
  if (profile_.parks && options.skip_rejects) replace(batch, options, field_actions, cells);
  else if (!retries_parked() && ParkedDocuments::may_be_some(space_)) forget_behind(batch);
}

void Parking::replace(Batch& batch, const Options& options, const Value& field_actions,
                      bool cells) {
  std::map<std::int64_t, Organization> organizations;
  for (std::size_t i = 0; i < batch.items.size(); ++i) {
    check_interrupts();
    const Item& item = batch.items[i];
    if (item.status != Status::rejected && !item.stale && !item.superseded)
      organizations[item.organization_id].take(i, item.id, keys_of(batch, item));
  }
  std::optional<Value> listed;
  Arena kept;
  // Starts with the last document: of several with the same key, the last one waits.
  for (std::size_t i = batch.items.size(); i-- > 0;) {
    check_interrupts();
    Item& item = batch.items[i];
    if (!is_parked(item)) continue;
    Organization& organization = organizations[item.organization_id];
    const std::vector<std::string> keys = keys_of(batch, item);
    const auto product = organization.product_of(i, item.id, keys, batch.items);
    if (!product) {
      for (Failure& failure : item.failures) failure.code = Code::unknown_reference;
      continue;
    }
    organization.documents.push_back({keys.empty() ? std::string() : keys.front(), *product,
                                      document_json(i, cells, listed, kept),
                                      errors_json(item.failures)});
  }
  for (auto& [id, organization] : organizations) {
    ParkedDocuments parked(schema_, space_, id, profile_.name);
    const bool taken = !organization.keys.empty() || !organization.products.empty();
    if (taken && !retries_parked()) parked.forget(organization.keys, organization.products);
    // A document that is tried again stays where it is; product_parked_retry updates it.
    if (!organization.documents.empty() && !retries_parked())
      parked.keep(std::move(organization.documents), options_json(options, field_actions));
  }
}

}  // namespace product_upsert
