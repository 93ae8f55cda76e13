// Engine: which product a document is, and whether it may be what it wants to be.
#include <algorithm>
#include <limits>

#include "core/document/merge.hpp"
#include "core/profile/validate.hpp"
#include "core/upsert/engine.hpp"
#include "core/value/decimal.hpp"
#include "core/value/interrupts.hpp"
#include "core/value/text.hpp"

namespace product_upsert {

namespace {

// What every client reads back as it was sent: 2^53 - 1.
constexpr std::int64_t kGreatestGivenId = 9'007'199'254'740'991;

// What a value takes in an index entry, about: numeric packs two digits into a byte.
std::size_t key_bytes(const Value& v) {
  if (v.kind() == Kind::text) return v.as_text().size();
  return v.kind() == Kind::number ? v.as_text().size() / 2 : 0;
}

bool has_failure(const Item& item, std::string_view field) {
  return std::any_of(item.failures.begin(), item.failures.end(),
                     [&](const Failure& f) { return f.field == field; });
}

bool same_number(const Value& a, const Value& b) {
  return a.is_number() && b.is_number() && equal_keys(a, b);
}

}  // namespace

std::string Engine::rule_field(const IdentityRule& rule) const {
  if (custom_rule_ != kNoRule && &rule == &rules_.rules[custom_rule_]) {
    const auto& fields = batch_.profile.fields;
    const Role role = finds_by_sku() ? Role::variants : Role::custom_fields;
    const auto it =
        std::find_if(fields.begin(), fields.end(), [&](const Field& f) { return f.role == role; });
    if (finds_by_sku()) return it->name;
    return (it == fields.end() ? "custom_fields" : it->name) + "." + *options_.custom_field;
  }
  // Of several fields none alone is wrong; rule_words() names them all.
  return rule.fields.size() == 1 ? std::string(batch_.profile.name_of(rule.fields.front())) : "";
}

// manufacturer, brand, name, size, size_unit
std::string Engine::field_words(const IdentityRule& rule) const {
  std::string words;
  for (Column c : rule.fields)
    words += (words.empty() ? "" : ", ") + std::string(batch_.profile.name_of(c));
  return words;
}

// handle; natural (manufacturer, brand, name, size, size_unit)
std::string Engine::rule_words(const IdentityRule& rule) const {
  return rule.fields.size() == 1 ? rule.name : rule.name + " (" + field_words(rule) + ")";
}

std::string Engine::list_rule_fields(const IdentityRule& rule) const {
  std::string json = "[";
  for (Column c : rule.fields) {
    if (json.size() > 1) json += ',';
    write_json_string(batch_.profile.name_of(c), json);
  }
  return json + "]";
}

// The keys that the document gives by itself, under every rule.
void Engine::read_keys(std::uint32_t index) {
  const Item& item = batch_.items[index];
  const auto said = [&](Column c) -> Value {
    const Field* f = batch_.profile.field_of(c);
    return f == nullptr
               ? Value()
               : batch_.value(item, static_cast<std::size_t>(f - batch_.profile.fields.data()));
  };
  for (std::uint16_t r = 0; r < rules_.rules.size(); ++r) {
    if (r == custom_rule_) continue;
    if (const auto key = read_key(rules_.rules[r], said, batch_.arena)) keys_.push_back({r, *key});
  }
  if (custom_rule_ != kNoRule && custom_holders_[index].size() == 1) {
    auto id = batch_.arena.array<Value>(1);
    id[0] = Value::integer(custom_holders_[index].front());
    keys_.push_back({custom_rule_, Key{id, hash_key(id[0]), true}});
  }
  work_[index].keys = keep_keys();
}

// What was read into keys_, which is empty then.
std::span<const ItemKey> Engine::keep_keys() {
  const auto kept = batch_.arena.copy(std::span<const ItemKey>(keys_));
  keys_.clear();
  return kept;
}

void Engine::decide(const Group& group) {
  Items decided;
  for (std::uint32_t i : group.items) {
    check_interrupts();
    if (choose_match(i) && check_match(i)) decided.push_back(i);
    else if (parts_) parts_->check_variant_names(i);  // C3
  }
  if (parts_) parts_->read(group.organization_id, decided);
  for (std::uint32_t i : decided) {
    check_interrupts();
    if (batch_.items[i].stale) continue;
    fill_in(i);
    if (batch_.items[i].id == 0) plan_create(i);
    else plan_update(i);
    check_ranges(i);
    if (!options_.actions.empty()) check_lists(i);
    read_final_keys(i);
  }
  check_merged_types(decided);
}

// What the profile has the engine say in the document's place: a uuid, a computed price; and what
// it takes back: a field that is ignored once the product exists.
void Engine::fill_in(std::uint32_t index) {
  Item& item = batch_.items[index];
  const Profile& profile = batch_.profile;
  for (std::size_t i = 0; i < profile.fields.size(); ++i) {
    const Field& f = profile.fields[i];
    if (f.create_only == CreateOnly::ignore && item.id != 0) {
      if (!batch_.value(item, i).is_absent()) overrule(index, i, Value());
      std::erase_if(item.failures, [&](const Failure& x) { return x.field == f.name; });
    } else if (f.generated) {
      const bool has = batch_.value(item, i).has_value() ||
                       (item.id != 0 && batch_.stored(item, f.column).has_value());
      if (has) continue;
      overrule(index, i,
               item.id == 0 ? catalogue_.new_uuid(batch_.arena)
                            : Value::text(batch_.arena.copy(
                                  std::string_view(derived_uuid(item.organization_id, item.id)))));
    } else if (f.marked_up) {
      const bool cleared = options_.action(i) == Action::clear;
      if (!cleared && batch_.value(item, i).has_value()) continue;
      // Null is as absent (rule 54).
      if (!batch_.value(item, i).is_absent()) overrule(index, i, Value());
      if (item.id != 0 && f.create_only != CreateOnly::no) continue;
      const Value base = merged(batch_, item, f.marked_up->first, options_);
      const Value percent = merged(batch_, item, f.marked_up->second, options_);
      const bool moves = item.id == 0 ||
                         !same_number(base, batch_.stored(item, f.marked_up->first)) ||
                         !same_number(percent, batch_.stored(item, f.marked_up->second));
      if (!moves || !base.is_number() || !percent.is_number()) continue;
      if (const auto price = marked_up(base, percent, batch_.arena)) overrule(index, i, *price);
      else fail(item, Code::range, f.name, "is out of range, as computed");
    }
  }
}

// Another value than the document's, until it is matched anew.
void Engine::overrule(std::uint32_t index, std::size_t field, const Value& value) {
  Item& item = batch_.items[index];
  work_[index].overruled.emplace_back(field, batch_.value(item, field));
  batch_.set(item, field, value);
}

void Engine::check_ranges(std::uint32_t index) {
  Item& item = batch_.items[index];
  for (const auto& [from, to] : batch_.profile.ranges) {
    const Field& first = batch_.profile.fields[from];
    const Field& last = batch_.profile.fields[to];
    const Value a = merged(batch_, item, first.column, options_);
    const Value b = merged(batch_, item, last.column, options_);
    if (a.kind() == Kind::text && b.kind() == Kind::text && a.as_text() > b.as_text())
      fail(item, Code::range, last.name, "must not be before " + first.name);
  }
}

// APPEND and REMOVE are for lists, and JSON may be anything else: in the document, and stored.
void Engine::check_lists(std::uint32_t index) {
  Item& item = batch_.items[index];
  for (std::size_t i = 0; i < options_.actions.size(); ++i) {
    const Field& f = batch_.profile.fields[i];
    const Action action = options_.actions[i];
    if (f.role != Role::column || (action != Action::append && action != Action::remove)) continue;
    const Value& given = batch_.value(item, i);
    if (!given.has_value()) continue;
    const Value& whole = batch_.stored(item, f.column);
    const Value held = f.member.empty() ? whole : whole[f.member];
    const std::string word = action == Action::append ? "APPEND" : "REMOVE";
    if (given.kind() != Kind::list) {
      fail(item, Code::type, f.name,
           "must be a list for " + word + ", not " + describe(given.kind()));
    } else if (held.has_value() && held.kind() != Kind::list) {
      fail(item, Code::type, f.name,
           std::string("cannot be appended to or removed from: it holds ") + describe(held.kind()) +
               ", not a list");
    }
  }
}

// Settles which of the products found is meant (or none); false: they contradict each other.
bool Engine::choose_match(std::uint32_t index) {
  Item& item = batch_.items[index];
  Work& work = work_[index];
  const auto product_of = [&](std::uint16_t rule) -> std::int64_t {
    if (work.matched.has(rule)) return item.id;
    std::int64_t other = 0;
    each_other(index, [&](const Other& o) {
      if (o.rule == rule) other = o.row.id;
    });
    return other;
  };
  if (custom_rule_ != kNoRule && custom_holders_[index].size() > 1) {
    std::string ids;
    for (std::int64_t holder : custom_holders_[index])
      ids += (ids.empty() ? "" : ",") + std::to_string(holder);
    fail(item, Code::ambiguous, rule_field(rules_.rules[custom_rule_]),
         "finds several products: " + ids, {{"ids", "[" + ids + "]"}});
    return false;
  }
  std::int64_t id = 0;
  int by = -1;
  // Keys said in full first; one said in part names a product only where no other rule does.
  for (const bool complete : {true, false}) {
    if (id != 0) break;
    for (std::uint16_t rule : match_rules_) {
      const ItemKey* const key = find_key(work.keys, rule);
      if (key == nullptr || key->key.complete != complete) continue;
      const std::int64_t found = product_of(rule);
      if (found == 0) continue;
      if (id == 0) {
        id = found;
        by = rule;
      } else if (id != found) {
        if (options_.skip_rejects && (is_named_newly(index, rule, found) ||
                                      is_named_newly(index, static_cast<std::uint16_t>(by), id)))
          throw Ledger::AcrossBatches{};
        const std::string& a = rules_.rules[static_cast<std::size_t>(by)].name;
        const std::string& b = rules_.rules[rule].name;
        fail(item, Code::collision, rule_field(rules_.rules[rule]),
             "names product " + std::to_string(found) + " by " + rule_words(rules_.rules[rule]) +
                 ", but product " + std::to_string(id) + " by " +
                 rule_words(rules_.rules[static_cast<std::size_t>(by)]),
             {{"rules", "[\"" + a + "\",\"" + b + "\"]"},
              {"fields", list_rule_fields(rules_.rules[rule])},
              {"ids", "[" + std::to_string(id) + "," + std::to_string(found) + "]"}});
        return false;
      }
    }
  }
  if (id != item.id) {
    // Another of the products found is the one meant, or none of them is.
    const std::int64_t first = item.id;
    StoredProduct row;
    row.id = id;
    each_other(index, [&](const Other& o) {
      if (o.row.id == id) row = o.row;
    });
    if (first != 0) {
      StoredProduct kept{first, item.tid, item.version, item.stored};
      work.matched.each(
          [&](std::size_t rule) { add_other(index, static_cast<std::uint16_t>(rule), kept); });
    }
    work.matched = {};
    work.same = false;
    item.id = row.id;
    item.tid = row.tid;
    item.version = row.version;
    item.stored = row.values;
    item.deleted = id != 0 && batch_.stored(item, Column::is_deleted).as_boolean();
  }
  if (by >= 0) item.decided_by = rules_.rules[static_cast<std::size_t>(by)].name.c_str();
  return true;
}

// What the options and the profile say of a match, or of none.
bool Engine::check_match(std::uint32_t index) {
  Item& item = batch_.items[index];
  const Work& work = work_[index];
  const std::string number = std::to_string(item.id);
  const auto key_of = [&](std::uint16_t rule) -> const Key* {
    const ItemKey* const found = find_key(work.keys, rule);
    return found == nullptr ? nullptr : &found->key;
  };
  const auto has_key = [&](std::uint16_t rule) {
    return rule == custom_rule_ || key_of(rule) != nullptr;
  };
  if (item.id != 0) {
    if (options_.mode == Mode::create) {
      const auto& rule = rules_.rules[static_cast<std::size_t>(rules_.find(item.decided_by))];
      fail(item, Code::taken, rule_field(rule),
           "names product " + number + (rule.fields.size() == 1 ? "" : " by " + rule_words(rule)) +
               ", which exists already",
           {{"id", number}});
      return false;
    }
    if (options_.if_version && *options_.if_version != item.version) {
      fail(item, Code::precondition, "",
           "product " + number + " has version " + std::to_string(item.version) + ", not " +
               std::to_string(*options_.if_version));
      return false;
    }
    const auto version = said_version(item);
    if (version && *version != item.version) {
      fail(item, Code::precondition, batch_.profile.fields[*batch_.profile.version].name,
           "is not that of product " + number + ", which is " + std::to_string(item.version));
      return false;
    }
    item.stale = is_stale(item);
    return true;
  }
  // Told when it was looked up.
  if (custom_rule_ != kNoRule && parts_->lacks_identifier(index)) return false;
  if (options_.identifier && !has_key(match_rules_.front())) {
    const IdentityRule& rule = rules_.rules[match_rules_.front()];
    for (Column c : rule.required) {
      const std::string field(batch_.profile.name_of(c));
      const Field* f = batch_.profile.field_of(c);
      const bool said =
          f != nullptr &&
          batch_.value(item, static_cast<std::size_t>(f - batch_.profile.fields.data()))
              .has_value();
      // Null is no value to find anything by (rule 6).
      std::erase_if(item.failures,
                    [&](const Failure& x) { return x.field == field && x.message == kNotNull; });
      if (!said && !has_failure(item, field))
        fail(item, Code::required, field, "is required to find the product by " + rule.name,
             {{"rule", "\"" + rule.name + "\""}});
    }
    return false;
  }
  if (options_.if_version) {
    fail(
        item, Code::precondition, "",
        "the product does not exist, so it has no version " + std::to_string(*options_.if_version));
    return false;
  }
  if (said_version(item)) {
    fail(item, Code::precondition, batch_.profile.fields[*batch_.profile.version].name,
         "is of a product that does not exist");
    return false;
  }
  if (batch_.profile.require_key && custom_rule_ == kNoRule &&
      std::none_of(match_rules_.begin(), match_rules_.end(), has_key)) {
    fail(item, Code::required, "", "has no key to be found by again: one of " + list_keys());
    return false;
  }
  if (options_.mode == Mode::create) return true;
  const bool never_creates =
      std::none_of(batch_.profile.identity.begin(), batch_.profile.identity.end(),
                   [](const ProfileRule& r) { return r.creates; });
  // A rule that never creates, or an id asked for by name, has to find its product.
  const std::uint16_t* missed = nullptr;
  for (const std::uint16_t& rule : match_rules_) {
    const ProfileRule* p = batch_.profile.rule(rules_.rules[rule].name);
    const bool by_id = options_.identifier && rule != custom_rule_ &&
                       rules_.rules[rule].fields.size() == 1 &&
                       rules_.rules[rule].fields.front() == Column::id;
    const bool has_to_find = options_.mode == Mode::update || by_id ||
                             (options_.identifier && never_creates) ||
                             (p != nullptr && !p->creates);
    if (has_to_find && has_key(rule)) missed = &rule;
    if (missed != nullptr) break;
  }
  if (missed != nullptr) {
    const IdentityRule& rule = rules_.rules[*missed];
    const std::string field = rule_field(rule);
    std::vector<std::pair<std::string, std::string>> details;
    if (const Key* key = key_of(*missed); key != nullptr && key->values.size() == 1) {
      std::string id;
      write_json_string(key->values.front().printed(), id);
      details.emplace_back("resource_id", id);
    }
    fail(item, Code::not_found, field,
         "names no product" +
             (field == rule.name || *missed == custom_rule_ ? "" : " by " + rule_words(rule)),
         details);
    return false;
  }
  if (options_.mode == Mode::update || never_creates) {
    for (Column c : rules_.rules[match_rules_.front()].required) {
      const std::string field(batch_.profile.name_of(c));
      if (!has_failure(item, field))
        fail(item, Code::required, field, "is required to find the product");
    }
    return false;
  }
  return true;
}

// What the document says in the field of role version.
std::optional<std::int64_t> Engine::said_version(const Item& item) const {
  if (!batch_.profile.version) return std::nullopt;
  return batch_.value(item, *batch_.profile.version).as_integer();
}

// external_id; reference; manufacturer with brand, name
std::string Engine::list_keys() const {
  std::string keys;
  for (const std::uint16_t rule : match_rules_) {
    std::string fields;
    for (Column c : rules_.rules[rule].required)
      fields += (fields.empty() ? "" : " with ") + std::string(batch_.profile.name_of(c));
    keys += (keys.empty() ? "" : ", ") + fields;
  }
  return keys;
}

void Engine::plan_create(std::uint32_t index) {
  Item& item = batch_.items[index];
  if (writer_->given_id(item) > kGreatestGivenId) {
    fail(item, Code::range, std::string(batch_.profile.name_of(Column::id)),
         "must be at most " + std::to_string(kGreatestGivenId) + " for a new product");
  }
  if (parts_) parts_->plan(index);
  for (std::size_t i = 0; i < batch_.profile.fields.size(); ++i) {
    const Field& f = batch_.profile.fields[i];
    const bool said = options_.action(i) != Action::ignore && batch_.value(item, i).has_value();
    if (!f.required || said || has_failure(item, f.name)) continue;
    fail(item, Code::required, f.name, "is required to create a product");
  }
  if (options_.wants_levels) {
    for (std::uint16_t rule : match_rules_) {
      if (rule == custom_rule_ || find_key(work_[index].keys, rule) != nullptr) {
        item.decided_by = rules_.rules[rule].name.c_str();
        break;
      }
    }
  }
}

void Engine::plan_update(std::uint32_t index) {
  Item& item = batch_.items[index];
  if (work_[index].same) item.changed.clear();
  else compare(batch_, item, options_);
  if (parts_) parts_->plan(index);
  drop_quiet(batch_, item);
  for (std::uint16_t f : item.changed) {
    if (f == Item::kUnknownFields) continue;
    const Field& field = batch_.profile.fields[f];
    const bool filled_in = field.generated && !batch_.stored(item, field.column).has_value();
    if (field.create_only == CreateOnly::reject && !filled_in)
      fail(item, Code::read_only, field.name, "cannot change once the product is created");
    // An empty list is as absent only where there is nothing that it would take away.
    if (field.empty_list_is_null && field.min_length.value_or(0) > 0 &&
        batch_.value(item, f).is_null() && batch_.stored(item, field.column).has_value())
      fail(item, Code::range, field.name,
           "must have at least " + std::to_string(*field.min_length) + " items");
  }
  if (!item.changed.empty() && item.version == std::numeric_limits<std::int32_t>::max())
    fail(item, Code::range, "version", "cannot be raised: it is the highest there is");
}

bool Engine::is_stale(const Item& item) const {
  if (!batch_.profile.judged_by) return false;
  const Value& given = batch_.value(item, *batch_.profile.judged_by);
  const Value& stored =
      batch_.stored(item, batch_.profile.fields[*batch_.profile.judged_by].column);
  const std::string& member = batch_.profile.fields[*batch_.profile.judged_by].member;
  const Value& held = member.empty() ? stored : stored[member];
  // A member of a jsonb column may hold anything, once SQL has written it.
  return given.kind() == Kind::text && held.kind() == Kind::text && is_timestamp(held.as_text()) &&
         micros_since_epoch(given.as_text()) < micros_since_epoch(held.as_text());
}

// The keys that the product would newly have: all of a created one's, the changed ones of another.
void Engine::read_final_keys(std::uint32_t index) {
  Item& item = batch_.items[index];
  if (item.id != 0 && item.changed.empty()) return;
  for (std::uint16_t r = 0; r < rules_.rules.size(); ++r) {
    const IdentityRule& rule = rules_.rules[r];
    if (r == custom_rule_) continue;
    if (item.id != 0 && !touches(item, rule)) continue;
    auto key = read_key(
        rule, [&](Column c) { return merged(batch_, item, c, options_); }, batch_.arena);
    if (!key) continue;
    std::size_t bytes = 0;
    for (const Value& v : key->values) bytes += key_bytes(v);
    if (bytes > kLongestKey) {
      const auto longest = std::max_element(
          key->values.begin(), key->values.end(),
          [](const Value& a, const Value& b) { return key_bytes(a) < key_bytes(b); });
      fail(item, Code::too_long,
           std::string(batch_.profile.name_of(
               rule.fields[static_cast<std::size_t>(longest - key->values.begin())])),
           "is too long for an identifier: the fields of " + rule.name + " may have " +
               std::to_string(kLongestKey) + " bytes together");
      continue;
    }
    keys_.push_back({r, *key});
  }
  work_[index].final_keys = keep_keys();
}

}  // namespace product_upsert
