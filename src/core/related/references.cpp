#include "core/related/references.hpp"

#include <algorithm>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "core/profile/validate.hpp"
#include "core/related/reference_names.hpp"
#include "core/value/hash.hpp"
#include "core/value/text.hpp"
#include "core/value/unicode.hpp"

namespace product_upsert {

namespace {

// The row that each name names: the first that is found. With what of it documents may not
// contradict.
class FoundRows final : public TableSink {
 public:
  struct Found {
    std::int64_t id;
    std::vector<Value> fixed;  // parallel to Reference::fixed
  };
  FoundRows(const Reference& reference, Arena& arena) : reference_(reference), arena_(arena) {}
  void row(std::uint32_t name, const StoredRow& values) override {
    const auto [it, first] = rows.try_emplace(name);
    if (!first) return;
    it->second.id = values[0].as_integer().value_or(0);
    for (const auto& [member, column] : reference_.fixed)
      it->second.fixed.push_back(values[column].copy_to(arena_));
  }
  std::unordered_map<std::uint32_t, Found> rows;

 private:
  const Reference& reference_;
  Arena& arena_;
};

// A document may repeat what its answer showed of the row, but change nothing of it.
void check_fixed(const Reference& reference, const Value& given, const std::vector<Value>& stored,
                 const std::string& path, Item& item) {
  for (std::size_t i = 0; i < reference.fixed.size() && given.kind() == Kind::object; ++i) {
    const std::string& member = reference.fixed[i].first;
    const Value said = given[member];
    if (!said.has_value() || said.printed().empty() || same_value(said, stored[i])) continue;
    item.fail(Code::read_only, path + "." + member,
              "cannot change: it is " + legible(stored[i].printed()));
  }
}

}  // namespace

// One field of the documents, being resolved.
class References::Resolution {
 public:
  Resolution(References& references, const Items& items, std::size_t field)
      : state_(references.state_),
        parents_(references.parents_),
        items_(items),
        field_(field),
        reference_(state_.batch.profile.fields[field].reference),
        is_list_(state_.batch.profile.fields[field].role == Role::links),
        mentions_(find_mentions(state_.batch, items, field)),
        found_(reference_, state_.batch.arena) {
    for (std::size_t m = 0; m < mentions_.size(); ++m)
      read_names(reference_, mentions_[m].given, m, state_.batch.arena, names_);
  }
  void look_up(std::int64_t organization_id);
  void settle();
  // Puts the ids where the names were.
  void set_ids();

 private:
  // Documents by the names of what they make.
  using MadeByBatch = std::unordered_map<std::string, std::uint32_t, TextHash, std::equal_to<>>;

  std::int64_t row_of(const RowName& name) const {
    const auto it = found_.rows.find(static_cast<std::uint32_t>(&name - names_.data()));
    return it == found_.rows.end() ? std::int64_t{0} : it->second.id;
  }
  bool is_parent() const { return !is_list_ && field_ == state_.parent_field; }
  MadeByBatch find_made_by_batch() const;
  std::optional<std::uint32_t> maker(std::span<const RowName> said);
  bool settle_one(const RowMention& mention, std::span<const RowName> said);
  void tell_made_too(const RowMention& mention, const NamedRows& rows, std::uint32_t made_by);
  void tell_unknown(const RowMention& mention, std::span<const RowName> said);

  RelatedState& state_;
  std::unordered_map<std::uint32_t, std::uint32_t>& parents_;
  const Items& items_;
  const std::size_t field_;
  const Reference& reference_;
  const bool is_list_;
  const std::vector<RowMention> mentions_;
  std::vector<RowName> names_;
  FoundRows found_;
  std::unordered_map<std::uint32_t, std::vector<Value>> ids_;
  std::optional<MadeByBatch> made_;
};

void References::Resolution::look_up(std::int64_t organization_id) {
  std::vector<TableKeys> lookups;
  for (unsigned c : reference_.by) lookups.push_back({{c}, {}, {}});
  for (std::uint32_t n = 0; n < names_.size(); ++n) {
    for (TableKeys& keys : lookups) {
      if (keys.columns.front() == names_[n].column && !names_[n].value.is_absent())
        keys.add(n, {names_[n].value});
    }
  }
  std::erase_if(lookups, [](const TableKeys& k) { return k.items.empty(); });
  if (!lookups.empty()) state_.related.read(organization_id, reference_.table, lookups, found_);
}

// The documents by the names that the products they make will have; perhaps the very one that asks,
// which is a cycle then.
References::Resolution::MadeByBatch References::Resolution::find_made_by_batch() const {
  MadeByBatch made;
  for (unsigned c : reference_.by) {
    const auto column = find_column(info(reference_.table).columns[c].name);
    const Field* f = column ? state_.batch.profile.field_of(*column) : nullptr;
    if (f == nullptr) continue;
    const auto field = static_cast<std::size_t>(f - state_.batch.profile.fields.data());
    for (std::uint32_t i : items_) {
      const Value& v = state_.batch.value(state_.batch.items[i], field);
      if (v.has_value()) made.try_emplace(name_key(reference_, c, v), i);
    }
  }
  return made;
}

// The document of this very batch that makes a row which has one of the names, while none that is
// stored has; unless it says itself that it is the stored one.
std::optional<std::uint32_t> References::Resolution::maker(std::span<const RowName> said) {
  if (!is_parent()) return std::nullopt;
  if (!made_) made_ = find_made_by_batch();
  const auto document = [&](const RowName& n) {
    const auto it =
        n.value.is_absent() ? made_->end() : made_->find(name_key(reference_, n.column, n.value));
    return it == made_->end() ? std::optional<std::uint32_t>() : it->second;
  };
  for (const RowName& n : said) {
    const auto one = row_of(n) == 0 ? document(n) : std::nullopt;
    if (one && std::none_of(said.begin(), said.end(), [&](const RowName& other) {
          return row_of(other) != 0 && document(other) == one;
        }))
      return one;
  }
  return std::nullopt;
}

void References::Resolution::settle() {
  auto next = names_.cbegin();
  for (std::size_t m = 0; m < mentions_.size(); ++m) {
    const auto first = next;
    next = std::find_if(first, names_.cend(), [&](const RowName& n) { return n.mention != m; });
    if (!settle_one(mentions_[m], {first, next}) && !is_list_)
      state_.batch.set(state_.batch.items[mentions_[m].item], field_, Value());
  }
}

// False: it names no row, which the item was told.
bool References::Resolution::settle_one(const RowMention& mention, std::span<const RowName> said) {
  Item& item = state_.batch.items[mention.item];
  const NamedRows rows =
      rows_by_member(reference_, said, [&](const RowName& n) { return row_of(n); });
  const bool any = std::any_of(rows.begin(), rows.end(), [](const auto& r) { return r.second; });
  const bool several = std::any_of(rows.begin(), rows.end(),
                                   [&](const auto& r) { return r.second != rows.front().second; });
  if (several) {
    tell_names(item, mention.path, reference_, rows, mention.given);
    return false;
  }
  const auto made_by = any && !said.front().member.empty() ? std::nullopt : maker(said);
  if (any && made_by) {
    tell_made_too(mention, rows, *made_by);
    return false;
  }
  if (any) {
    ids_[mention.item].push_back(Value::integer(rows.front().second));
    const auto named =
        std::find_if(said.begin(), said.end(), [&](const RowName& n) { return row_of(n) != 0; });
    check_fixed(reference_, mention.given,
                found_.rows.at(static_cast<std::uint32_t>(&*named - names_.data())).fixed,
                mention.path, item);
    return true;
  }
  if (made_by) {
    parents_[mention.item] = *made_by;
    return true;
  }
  tell_unknown(mention, said);
  return false;
}

void References::Resolution::tell_made_too(const RowMention& mention, const NamedRows& rows,
                                           std::uint32_t made_by) {
  const std::string row = std::to_string(rows.front().second);
  const std::string position = std::to_string(state_.batch.position(made_by));
  state_.batch.items[mention.item].fail(
      Code::collision, mention.path,
      "names " + reference_.resource + " " + row + " by " + std::string(rows.front().first) +
          ", but document " + position + " of this call makes another",
      Details()
          .numbers("ids", {rows.front().second})
          .numbers("positions", {static_cast<std::int64_t>(state_.batch.position(made_by))}));
}

void References::Resolution::tell_unknown(const RowMention& mention,
                                          std::span<const RowName> said) {
  tell_unknown_row(state_.batch.items[mention.item], mention, reference_);
  if (state_.wanting == nullptr || field_ != state_.parent_field) return;
  for (const RowName& n : said) {
    if (n.value.is_absent()) continue;
    state_.wanting->wants_name(mention.item, hash_text(name_key(reference_, n.column, n.value)));
  }
}

void References::Resolution::set_ids() {
  for (std::uint32_t i : items_) {
    const Value& given = state_.batch.value(state_.batch.items[i], field_);
    if (!given.has_value()) continue;
    auto& all = ids_[i];
    if (!is_list_) {
      state_.batch.set(state_.batch.items[i], field_, all.empty() ? Value() : all.front());
      continue;
    }
    std::sort(all.begin(), all.end(),
              [](const Value& a, const Value& b) { return compare_keys(a, b) < 0; });
    all.erase(std::unique(all.begin(), all.end(), equal_keys), all.end());
    state_.batch.set(state_.batch.items[i], field_,
                     Value::list(state_.batch.arena.copy(std::span<const Value>(all))));
  }
}

void References::resolve(std::int64_t organization_id, const Items& items, std::size_t field) {
  Resolution resolution(*this, items, field);
  resolution.look_up(organization_id);
  resolution.settle();
  resolution.set_ids();
}

std::optional<std::uint32_t> References::parent_document(std::uint32_t index) const {
  // What is cleared is nobody's, whatever the document says of it (rule 16).
  if (state_.parent_field && state_.options.action(*state_.parent_field) == Action::clear)
    return std::nullopt;
  const auto it = parents_.find(index);
  return it == parents_.end() ? std::nullopt : std::optional(it->second);
}

void References::each_name(std::uint32_t index, const std::function<void(std::uint64_t)>& f) const {
  if (!state_.parent_field) return;
  const Reference& reference = state_.batch.profile.fields[*state_.parent_field].reference;
  for (unsigned c : reference.by) {
    const auto column = find_column(info(reference.table).columns[c].name);
    const Field* field = column ? state_.batch.profile.field_of(*column) : nullptr;
    if (field == nullptr) continue;
    const Value& v =
        state_.batch.value(state_.batch.items[index],
                           static_cast<std::size_t>(field - state_.batch.profile.fields.data()));
    if (v.has_value()) f(hash_text(name_key(reference, c, v)));
  }
}

bool References::is_there(std::int64_t organization_id, Table table, std::int64_t id) {
  class There final : public TableSink {
   public:
    void row(std::uint32_t, const StoredRow&) override { there = true; }
    bool there = false;
  } row;
  TableKeys keys{{0}, {}, {}};
  keys.add(0, {Value::integer(id)});
  state_.related.read(organization_id, table, {&keys, 1}, row);
  return row.there;
}

bool References::fail_missing(std::int64_t organization_id, std::uint32_t index) {
  Item& item = state_.batch.items[index];
  bool any = false;
  for (std::size_t field : state_.reference_fields) {
    const Field& f = state_.batch.profile.fields[field];
    const auto id = state_.batch.value(item, field).as_integer();
    if (!id) continue;
    if (is_there(organization_id, f.reference.table, *id)) continue;
    any = true;
    item.fail(Code::unknown_reference, f.name,
              "names no " + f.reference.resource + " any more: " + std::to_string(*id) +
                  " was deleted meanwhile",
              Details()
                  .text("resource_type", f.reference.resource)
                  .text("resource_id", std::to_string(*id)));
  }
  return any;
}

}  // namespace product_upsert
