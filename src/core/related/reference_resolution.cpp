#include "core/related/reference_resolution.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "core/profile/validate.hpp"
#include "core/value/assert.hpp"

namespace product_upsert {

namespace {

// A document may repeat what its answer showed of the row. A different value is a failure.
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

void ReferenceResolution::look_up() {
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

void ReferenceResolution::look_up_paths() {
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

// Documents of the batch by the names that their new products will have. A document may find
// itself; as its parent, that is a cycle.
ReferenceResolution::MadeByBatch ReferenceResolution::find_made_by_batch() const {
  MadeByBatch made;
  for (unsigned c : reference_.by) {
    const auto column = find_column(info(reference_.table).columns[c].name);
    const Field* f = column ? state_.batch.profile.field_of(*column) : nullptr;
    if (f == nullptr) continue;
    const auto field = state_.batch.profile.index_of(*f);
    for (std::uint32_t i : items_) {
      if (state_.batch.items[i].tombstone) continue;  // it creates nothing
      const Value& v = state_.batch.value(state_.batch.items[i], field);
      if (v.has_value()) made[name_key(reference_, c, v)].push_back(i);
    }
  }
  return made;
}

// The documents of this batch that create a row with one of the names, if no stored row has it;
// unless the first one turns out to be that stored row.
std::optional<ReferenceResolution::Made> ReferenceResolution::makers(
    std::span<const RowName> said) {
  if (!is_product()) return std::nullopt;
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
      return Made{*some, n.column, n.value};
  }
  return std::nullopt;
}

void ReferenceResolution::settle() {
  for (std::size_t m = 0; m < mentions_.size(); ++m) {
    if (!settle_one(m) && !is_list_)
      state_.batch.set(state_.batch.items[mentions_[m].item], field_, Value());
  }
}

// Returns false if it names no row; the item then has a failure.
bool ReferenceResolution::settle_one(std::size_t m) {
  PRODUCT_UPSERT_ASSERT(meant_[m] < meanings_.all.size());
  const RowMention& mention = mentions_[m];
  Meanings::Meaning& meaning = meanings_.all[meant_[m]];
  if (meaning.row != 0) {
    ids_[m] = meaning.row;
    return true;
  }
  PRODUCT_UPSERT_ASSERT(meaning.first + meaning.names <= names_.size());
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
  auto made = any && !said.front().member.empty() ? std::nullopt : makers(said);
  if (any && made) {
    tell_made_too(mention, rows, made->documents.front());
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
  if (made) {
    makers_[mention.item] = std::move(*made);
    return true;
  }
  ids_[m] = tell_unknown(mention, said);
  return ids_[m] != 0;
}

// A path that leads to several categories identifies none of them.
bool ReferenceResolution::tell_repeated(const RowMention& mention, std::span<const RowName> said) {
  for (const RowName& n : said) {
    const auto rows = repeated_.find(static_cast<std::uint32_t>(&n - names_.data()));
    if (rows == repeated_.end()) continue;
    state_.batch.items[mention.item].fail(
        Code::ambiguous, path(mention),
        "leads to several categories, because names are repeated: " + legible(n.value.printed()),
        Details().numbers("ids", rows->second));
    return true;
  }
  return false;
}

void ReferenceResolution::tell_made_too(const RowMention& mention, const NamedRows& rows,
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

std::int64_t ReferenceResolution::tell_unknown(const RowMention& mention,
                                               std::span<const RowName> said) {
  if (reference_.missing == Missing::create) {
    const NewRows::Answer made = new_rows_.note(organization_id_, reference_,
                                                {mention.item, mention.given, path(mention)}, said);
    if (made.stand_in || made.told) return made.stand_in.value_or(0);
  }
  tell_unknown_row(state_.batch.items[mention.item], path(mention), reference_, mention.given,
                   state_.parks(reference_));
  if (state_.wanting == nullptr || !is_product()) return 0;
  for (const RowName& n : said) {
    if (n.value.is_absent()) continue;
    state_.wanting->wants_name(mention.item, hash_text(name_key(reference_, n.column, n.value)));
  }
  return 0;
}

void ReferenceResolution::set_ids() {
  std::size_t m = 0;
  std::vector<Value> all;
  for (std::uint32_t i : items_) {
    all.clear();
    for (; m < mentions_.size() && mentions_[m].item == i; ++m) {
      if (ids_[m] != 0) all.push_back(Value::whole(ids_[m], state_.batch.arena));
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
  PRODUCT_UPSERT_ASSERT(m == mentions_.size());
}

}  // namespace product_upsert
