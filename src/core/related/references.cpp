#include "core/related/references.hpp"

#include <algorithm>
#include <bit>
#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/profile/validate.hpp"
#include "core/related/category_tree.hpp"
#include "core/related/reference_names.hpp"
#include "core/value/hash.hpp"
#include "core/value/pages.hpp"
#include "core/value/text.hpp"
#include "core/value/unicode.hpp"

namespace product_upsert {

namespace {

// The row that each name names: the first that is found. With what of it documents may not
// contradict.
class FoundRows final : public TableSink {
 public:
  struct Found {
    std::int64_t id = 0;       // none
    std::vector<Value> fixed;  // parallel to Reference::fixed
  };
  FoundRows(const Reference& reference, Arena& arena) : reference_(reference), arena_(arena) {}
  void row(std::uint32_t name, const StoredRow& values) override {
    Found& found = rows[name];
    if (found.id != 0) return;
    found.id = values[0].as_integer().value_or(0);
    for (const auto& [member, column] : reference_.fixed)
      found.fixed.push_back(values[column].copy_to(arena_));
  }
  // … of categories that a path leads to.
  void found(std::uint32_t name, const CategoryTree::Category& category) {
    rows[name] = {category.id, category.kept};
  }
  std::vector<Found> rows;  // by name

 private:
  const Reference& reference_;
  Arena& arena_;
};

// What documents say, each once: a feed names few rows, many times.
class Meanings {
 public:
  struct Meaning {
    Value given;
    std::uint32_t first, names;  // of all names
    std::int64_t row = 0;        // that it is known to name, whichever document says it
  };
  explicit Meanings(std::size_t mentions)
      : slots_(std::bit_ceil(2 * mentions + 1), kEmpty), mask_(slots_.size() - 1) {}

  // The place of what means the same, to the letter; `add` makes it where it is new.
  template <typename F>
  std::uint32_t find(const Value& given, F add) {
    for (std::size_t at = hash_value(given) & mask_;; at = (at + 1) & mask_) {
      if (slots_[at] == kEmpty) {
        slots_[at] = static_cast<std::uint32_t>(all.size());
        all.push_back(add());
        return slots_[at];
      }
      if (identical(all[slots_[at]].given, given)) return slots_[at];
    }
  }
  std::vector<Meaning> all;

 private:
  static constexpr std::uint32_t kEmpty = ~0U;
  LargeVector<std::uint32_t> slots_;
  std::size_t mask_;
};

// A document may repeat what its answer showed of the row, but change nothing of it: then it fails.
bool check_fixed(const Reference& reference, const Value& given, const std::vector<Value>& stored,
                 const std::string& path, Item& item) {
  bool holds = true;
  for (std::size_t i = 0; i < reference.fixed.size() && given.kind() == Kind::object; ++i) {
    const std::string& member = reference.fixed[i].first;
    const Value said = given[member];
    if (!said.has_value() || said.printed().empty() || same_value(said, stored[i])) continue;
    item.fail(Code::read_only, path + "." + member,
              "cannot change: it is " + legible(stored[i].printed()));
    holds = false;
  }
  return holds;
}

}  // namespace

// One field of the documents, being resolved.
class References::Resolution {
 public:
  Resolution(References& references, std::int64_t organization_id, const Items& items,
             std::size_t field)
      : state_(references.state_),
        parents_(references.parents_),
        new_rows_(references.new_rows_),
        organization_id_(organization_id),
        items_(items),
        field_(field),
        reference_(state_.batch.profile.fields[field].reference),
        is_list_(state_.batch.profile.fields[field].role == Role::links),
        mentions_(find_mentions(state_.batch, items, field)),
        meanings_(mentions_.size()),
        found_(reference_, state_.batch.arena) {
    meant_.reserve(mentions_.size());
    for (const RowMention& m : mentions_) {
      meant_.push_back(meanings_.find(m.given, [&] {
        const auto first = static_cast<std::uint32_t>(names_.size());
        read_names(reference_, m.given, state_.batch.arena, names_);
        return Meanings::Meaning{m.given, first, static_cast<std::uint32_t>(names_.size()) - first};
      }));
    }
    ids_.resize(mentions_.size());
    found_.rows.resize(names_.size());
  }
  void look_up();
  void settle();
  // Puts the ids where the names were.
  void set_ids();

 private:
  // Documents by the names of what they make: several where they are one product.
  using MadeByBatch = std::unordered_map<std::string, Items, TextHash, std::equal_to<>>;

  std::int64_t row_of(const RowName& name) const {
    return found_.rows[static_cast<std::size_t>(&name - names_.data())].id;
  }
  bool is_parent() const { return !is_list_ && field_ == state_.parent_field; }
  void look_up_paths();
  MadeByBatch find_made_by_batch() const;
  const Items* makers(std::span<const RowName> said);
  std::string path(const RowMention& mention) const {
    return path_of(mention, state_.batch.profile.fields[field_]);
  }
  bool settle_one(std::size_t m);
  void tell_made_too(const RowMention& mention, const NamedRows& rows, std::uint32_t made_by);
  // The row that stands for it, where it is to be made; else 0.
  std::int64_t tell_unknown(const RowMention& mention, std::span<const RowName> said);
  bool tell_repeated(const RowMention& mention, std::span<const RowName> said);

  RelatedState& state_;
  std::unordered_map<std::uint32_t, Items>& parents_;
  NewRows& new_rows_;
  const std::int64_t organization_id_;
  const Items& items_;
  const std::size_t field_;
  const Reference& reference_;
  const bool is_list_;
  const LargeVector<RowMention> mentions_;  // those of a document one behind another
  LargeVector<std::uint32_t> meant_;        // parallel to them: which of the meanings
  LargeVector<std::int64_t> ids_;           // and the row; 0: none
  Meanings meanings_;
  std::vector<RowName> names_;
  FoundRows found_;
  std::optional<MadeByBatch> made_;
  // By the name: rows that a path leads to, where it is more than one.
  std::unordered_map<std::uint32_t, std::vector<std::int64_t>> repeated_;
};

void References::Resolution::look_up() {
  std::vector<TableKeys> lookups;
  for (unsigned c : reference_.by) {
    if (c != kByPath) lookups.push_back({{c}, {}, {}});
  }
  for (std::uint32_t n = 0; n < names_.size(); ++n) {
    for (TableKeys& keys : lookups) {
      if (keys.columns.front() == names_[n].column && !names_[n].value.is_absent())
        keys.add(n, {names_[n].value});
    }
  }
  std::erase_if(lookups, [](const TableKeys& k) { return k.items.empty(); });
  if (!lookups.empty()) state_.related.read(organization_id_, reference_.table, lookups, found_);
  look_up_paths();
}

void References::Resolution::look_up_paths() {
  std::vector<std::pair<std::uint32_t, CategoryPath>> paths;
  std::set<std::string> names;
  for (std::uint32_t n = 0; n < names_.size(); ++n) {
    if (names_[n].column != kByPath || names_[n].value.is_absent()) continue;
    paths.emplace_back(n, *split_path(names_[n].value.as_text(), reference_.separator));
    names.insert(paths.back().second.begin(), paths.back().second.end());
  }
  std::vector<unsigned> kept;
  for (const auto& [member, column] : reference_.fixed) kept.push_back(column);
  CategoryTree tree;
  tree.read(state_.related, organization_id_, names, kept, state_.batch.arena);
  for (const auto& [n, path] : paths) {
    const CategoryTree::End end = tree.find(path);
    if (end.at.size() > 1) {
      for (const auto& category : end.at) repeated_[n].push_back(category.id);
    } else if (end.depth == path.size()) {
      found_.found(n, end.at.front());
    }
  }
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
      if (state_.batch.items[i].tombstone) continue;  // it makes nothing
      const Value& v = state_.batch.value(state_.batch.items[i], field);
      if (v.has_value()) made[name_key(reference_, c, v)].push_back(i);
    }
  }
  return made;
}

// The documents of this very batch that make a row which has one of the names, while none that is
// stored has; unless the first says itself that it is the stored one. Null where there is none.
const References::Items* References::Resolution::makers(std::span<const RowName> said) {
  if (!is_parent()) return nullptr;
  if (!made_) made_ = find_made_by_batch();
  const auto documents = [&](const RowName& n) -> const Items* {
    const auto it =
        n.value.is_absent() ? made_->end() : made_->find(name_key(reference_, n.column, n.value));
    return it == made_->end() ? nullptr : &it->second;
  };
  for (const RowName& n : said) {
    const Items* const some = row_of(n) == 0 ? documents(n) : nullptr;
    if (some != nullptr && std::none_of(said.begin(), said.end(), [&](const RowName& other) {
          const Items* const others = row_of(other) != 0 ? documents(other) : nullptr;
          return others != nullptr && others->front() == some->front();
        }))
      return some;
  }
  return nullptr;
}

void References::Resolution::settle() {
  for (std::size_t m = 0; m < mentions_.size(); ++m) {
    if (!settle_one(m) && !is_list_)
      state_.batch.set(state_.batch.items[mentions_[m].item], field_, Value());
  }
}

// False: it names no row, which the item was told.
bool References::Resolution::settle_one(std::size_t m) {
  const RowMention& mention = mentions_[m];
  Meanings::Meaning& meaning = meanings_.all[meant_[m]];
  if (meaning.row != 0) {
    ids_[m] = meaning.row;
    return true;
  }
  const auto said = std::span<const RowName>(names_).subspan(meaning.first, meaning.names);
  Item& item = state_.batch.items[mention.item];
  if (tell_repeated(mention, said)) return false;
  const NamedRows rows =
      rows_by_member(reference_, said, [&](const RowName& n) { return row_of(n); });
  const bool any = std::any_of(rows.begin(), rows.end(), [](const auto& r) { return r.second; });
  const bool several = std::any_of(rows.begin(), rows.end(),
                                   [&](const auto& r) { return r.second != rows.front().second; });
  if (several) {
    tell_names(item, path(mention), reference_, rows, mention.given);
    return false;
  }
  const Items* const made_by = any && !said.front().member.empty() ? nullptr : makers(said);
  if (any && made_by != nullptr) {
    tell_made_too(mention, rows, made_by->front());
    return false;
  }
  if (any) {
    ids_[m] = rows.front().second;
    const auto named =
        std::find_if(said.begin(), said.end(), [&](const RowName& n) { return row_of(n) != 0; });
    if (check_fixed(reference_, mention.given,
                    found_.rows[static_cast<std::size_t>(&*named - names_.data())].fixed,
                    path(mention), item))
      meaning.row = rows.front().second;
    return true;
  }
  if (made_by != nullptr) {
    parents_[mention.item] = *made_by;
    return true;
  }
  ids_[m] = tell_unknown(mention, said);
  return ids_[m] != 0;
}

// A path that leads to several categories names none of them.
bool References::Resolution::tell_repeated(const RowMention& mention,
                                           std::span<const RowName> said) {
  for (const RowName& n : said) {
    const auto rows = repeated_.find(static_cast<std::uint32_t>(&n - names_.data()));
    if (rows == repeated_.end()) continue;
    state_.batch.items[mention.item].fail(
        Code::ambiguous, path(mention),
        "leads to several categories, as names repeat themselves: " + legible(n.value.printed()),
        Details().numbers("ids", rows->second));
    return true;
  }
  return false;
}

void References::Resolution::tell_made_too(const RowMention& mention, const NamedRows& rows,
                                           std::uint32_t made_by) {
  const std::string row = std::to_string(rows.front().second);
  const std::string position = std::to_string(state_.batch.position(made_by));
  state_.batch.items[mention.item].fail(
      Code::collision, path(mention),
      "names " + reference_.resource + " " + row + " by " + std::string(rows.front().first) +
          ", but document " + position + " of this call makes another",
      Details()
          .numbers("ids", {rows.front().second})
          .numbers("positions", {static_cast<std::int64_t>(state_.batch.position(made_by))}));
}

std::int64_t References::Resolution::tell_unknown(const RowMention& mention,
                                                  std::span<const RowName> said) {
  if (reference_.missing == Missing::create) {
    const NewRows::Answer made = new_rows_.note(organization_id_, reference_,
                                                {mention.item, mention.given, path(mention)}, said);
    if (made.stand_in || made.told) return made.stand_in.value_or(0);
  }
  tell_unknown_row(state_.batch.items[mention.item], path(mention), reference_, mention.given,
                   state_.parks(reference_));
  if (state_.wanting == nullptr || field_ != state_.parent_field) return 0;
  for (const RowName& n : said) {
    if (n.value.is_absent()) continue;
    state_.wanting->wants_name(mention.item, hash_text(name_key(reference_, n.column, n.value)));
  }
  return 0;
}

void References::Resolution::set_ids() {
  std::size_t m = 0;
  std::vector<Value> all;
  for (std::uint32_t i : items_) {
    all.clear();
    for (; m < mentions_.size() && mentions_[m].item == i; ++m) {
      if (ids_[m] != 0) all.push_back(Value::integer(ids_[m]));
    }
    const Value& given = state_.batch.value(state_.batch.items[i], field_);
    if (!given.has_value()) continue;
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
  Resolution resolution(*this, organization_id, items, field);
  resolution.look_up();
  resolution.settle();
  resolution.set_ids();
}

std::optional<std::uint32_t> References::parent_document(std::uint32_t index) const {
  // What is cleared is nobody's, whatever the document says of it (rule 16).
  if (state_.parent_field &&
      (state_.options.action(*state_.parent_field) == Action::clear ||
       state_.batch.discards(state_.batch.items[index], *state_.parent_field)))
    return std::nullopt;
  const auto it = parents_.find(index);
  if (it == parents_.end()) return std::nullopt;
  // Of documents of one product the one that stands.
  const auto stands = [&](std::uint32_t i) {
    return state_.batch.items[i].status != Status::rejected && !gives_way(i);
  };
  const auto one = std::find_if(it->second.begin(), it->second.end(), stands);
  return one == it->second.end() ? it->second.front() : *one;
}

bool References::gives_way(std::uint32_t index) const {
  const Item& item = state_.batch.items[index];
  return item.status == Status::unchanged && item.id == 0;
}

void References::each_name(std::uint32_t index, const std::function<void(std::uint64_t)>& f) const {
  if (!state_.parent_field || state_.batch.items[index].tombstone) return;
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
  new_rows_.forget(index);
  bool any = false;
  for (std::size_t field : state_.reference_fields) {
    const Field& f = state_.batch.profile.fields[field];
    const auto id = state_.batch.value(item, field).as_integer();
    if (!id || NewRows::is_stand_in(*id)) continue;
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
