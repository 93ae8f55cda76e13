#include "core/related/new_rows.hpp"

#include <algorithm>
#include <limits>

#include "core/catalogue/identity.hpp"
#include "core/profile/describe.hpp"
#include "core/profile/validate.hpp"
#include "core/value/assert.hpp"
#include "core/value/interrupts.hpp"
#include "core/value/text.hpp"

namespace product_upsert {

namespace {

unsigned place(Table table, std::string_view column) {
  return static_cast<unsigned>(find_column(table, column));
}

// Whether no two rows may have the same value, so that two writers cannot create a row twice.
bool is_unique(Table table, unsigned column) {
  return column != kByPath && info(table).columns[column].name == "reference";
}

// Whether a row must have a name.
bool wants_name(Table table) {
  const MadeOf made = info(table).made_of;
  return made == MadeOf::text_named || made == MadeOf::name;
}

bool is_key(Table table, unsigned column) {
  const std::string_view name = info(table).columns[column].name;
  return name == "reference" || name == "code";
}

// Whether a document may set the column of a new row, in addition to the one that names it.
bool is_open(Table table, unsigned column) {
  const ColumnInfo& c = info(table).columns[column];
  return !is_key(table, column) && c.type != ColumnType::bigint && c.type != ColumnType::uuid &&
         c.type != ColumnType::timestamptz;
}

// Whether the name is too long for the index.
bool is_too_long(const Reference& reference, const RowName& name) {
  const std::string_view text = name.value.as_text();
  if (name.column != kByPath || text.size() <= kLongestKey) return text.size() > kLongestKey;
  const CategoryPath path = *split_path(text, reference.separator);
  return std::any_of(path.begin(), path.end(),
                     [](const std::string& part) { return part.size() > kLongestKey; });
}

const char* kind_wanted(ColumnType type, const Value& v) {
  switch (type) {
    case ColumnType::text: return v.kind() == Kind::text ? nullptr : "a text";
    case ColumnType::boolean: return v.kind() == Kind::boolean ? nullptr : "true or false";
    case ColumnType::integer: {
      const auto whole = v.is_number() ? v.as_integer() : std::nullopt;
      return whole && *whole == static_cast<std::int32_t>(*whole) ? nullptr : "a whole number";
    }
    default: return nullptr;
  }
}

std::string key_text(const CategoryPath& path) {
  std::string text;
  for (const std::string& name : path) text += name + "\x1f";
  return text;
}

}  // namespace

bool NewRows::may_make(Table table) {
  const auto known = may_make_.find(table);
  if (known != may_make_.end()) return known->second;
  return may_make_.emplace(table, state_.related.may_insert(table)).first->second;
}

// Reads the members of the object other than its name and its uuid.
NewRows::Values NewRows::read_more(const Reference& reference, const Mention& mention,
                                   const RowName& name) {
  const auto columns = info(reference.table).columns;
  Values values(columns.size());
  for (unsigned c = 0; c < columns.size() && mention.given.kind() == Kind::object; ++c) {
    const Value said = mention.given[columns[c].name];
    if (c == name.column || !is_open(reference.table, c) || !said.has_value()) continue;
    if (name.column == kByPath && columns[c].name == "name") continue;
    if (said.kind() == Kind::text && trim(said.as_text()).empty()) continue;
    values[c] = said;
    if (const char* const wanted = kind_wanted(columns[c].type, said)) {
      state_.batch.items[mention.item].fail(
          Code::type, mention.path + "." + std::string(columns[c].name),
          std::string("must be ") + wanted + ", not " + legible(said.printed()));
    }
  }
  return values;
}

NewRows::Answer NewRows::note(std::int64_t organization_id, const Reference& reference,
                              const Mention& mention, std::span<const RowName> said) {
  const RowName* name = nullptr;
  const RowName* uuid = nullptr;
  for (const RowName& n : said) {
    if (n.value.is_absent()) {
      // No row could have such an id or path; but `id` may contain a uuid.
      const bool otherwise = std::any_of(said.begin(), said.end(), [&](const RowName& other) {
        return other.member == n.member && !other.value.is_absent();
      });
      if (!n.member.empty() && !otherwise) return {};
    } else if (reference.is_name(n.column)) {
      name = &n;
    } else if (reference.name_of(n.column) == "uuid" && !n.member.empty()) {
      uuid = &n;
    } else {
      return {};
    }
  }
  if (name == nullptr) return {};
  Item& item = state_.batch.items[mention.item];
  const std::size_t failures = item.failures.size();
  const bool finds = name->column == kByPath || is_key(reference.table, name->column);
  if (finds && !is_identity_text(name->value.as_text()))
    item.fail(Code::format, mention.path,
              "must not contain control characters: " + describe(name->value));
  if (is_too_long(reference, *name))
    item.fail(Code::too_long, mention.path,
              "is too long for a new " + reference.resource + ": its name may have " +
                  std::to_string(kLongestKey) + " bytes");
  if (!may_make(reference.table))
    item.fail(Code::permission, mention.path,
              "names no " + reference.resource +
                  ", and permission to create one is denied: " + legible(name->value.printed()));
  Values values = read_more(reference, mention, *name);
  if (item.failures.size() > failures) return {std::nullopt, true};
  if (uuid != nullptr) values[uuid->column] = uuid->value;

  NewRow row{reference.table, name->column, name->value, {}};
  if (name->column == kByPath) row.path = *split_path(name->value.as_text(), reference.separator);
  const std::string text =
      name->column == kByPath ? key_text(row.path) : std::string(name->value.as_text());
  const auto [known, first] =
      by_name_.try_emplace({organization_id, reference.table, name->column, text}, rows_.size());
  if (first) rows_.push_back(std::move(row));
  const bool more =
      std::any_of(values.begin(), values.end(), [](const Value& v) { return !v.is_absent(); });
  if (more) rows_[known->second].said.emplace_back(mention.item, std::move(values));
  PRODUCT_UPSERT_ASSERT(known->second < rows_.size());
  PRODUCT_UPSERT_ASSERT(rows_[known->second].table == reference.table);
  return {-static_cast<std::int64_t>(known->second) - 1, false};
}

// Calls f for each row that must be created for the item because a written reference names it.
template <typename F>
void NewRows::each_wanted(std::uint32_t index, F f) {
  if (rows_.empty()) return;
  const Item& item = state_.batch.items[index];
  const auto row_of = [&](std::int64_t id) { return &rows_[place_of(id)]; };
  for (const std::size_t field : state_.reference_fields) {
    const bool written = item.id == 0 || std::find(item.changed.begin(), item.changed.end(),
                                                   field) != item.changed.end();
    const auto id = state_.batch.value(item, field).as_integer();
    if (written && id && is_stand_in(*id)) f(*row_of(*id));
  }
  const RelatedItem* const related = state_.find(index);
  if (related == nullptr) return;
  for (const auto& [field, ids] : related->new_links) {
    for (const std::int64_t id : ids) {
      if (is_stand_in(id)) f(*row_of(id));
    }
  }
}

bool NewRows::wanted(std::uint32_t index) {
  bool any = false;
  each_wanted(index, [&](const NewRow&) { any = true; });
  return any;
}

NewRows::Rows NewRows::wanted_rows(const Items& items) {
  Rows rows;
  for (const std::uint32_t i : items) {
    check_interrupts();
    each_wanted(i, [&](NewRow& row) {
      row.first = std::min(row.first, i);
      rows.push_back(&row);
    });
  }
  std::sort(rows.begin(), rows.end());
  rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
  // All writers use the same order.
  std::sort(rows.begin(), rows.end(), [](const NewRow* a, const NewRow* b) {
    return std::tuple(a->table, a->column, a->name.as_text()) <
           std::tuple(b->table, b->column, b->name.as_text());
  });
  return rows;
}

// Values are taken from the first written document that names the row, as if each document were a
// call.
NewRows::Values NewRows::values_of(const NewRow& row) const {
  const auto it = std::find_if(row.said.begin(), row.said.end(),
                               [&](const auto& said) { return said.first == row.first; });
  Values values = it == row.said.end() ? Values(info(row.table).columns.size()) : it->second;
  if (row.column != kByPath) values[row.column] = row.name;
  if (!wants_name(row.table)) return values;
  Value& name = values[place(row.table, "name")];
  if (name.is_absent()) name = row.path.empty() ? row.name : Value::text(row.path.back());
  return values;
}

// Skips rows that another writer has created meanwhile.
void NewRows::insert(std::int64_t organization_id, Table table, const std::vector<Values>& rows) {
  if (rows.empty()) return;
  std::vector<unsigned> columns;
  for (unsigned c = 0; c < info(table).columns.size(); ++c) {
    if (std::any_of(rows.begin(), rows.end(), [&](const Values& v) { return !v[c].is_absent(); }))
      columns.push_back(c);
  }
  state_.related.insert_rows(
      {organization_id, table, columns, rows.size(), [&](std::size_t row, std::span<Value> to) {
         for (std::size_t i = 0; i < columns.size(); ++i) to[i] = rows[row][columns[i]];
       }});
}

void NewRows::look_up(std::int64_t organization_id, const Rows& rows) {
  class Ids final : public TableSink {
   public:
    explicit Ids(const Rows& rows) : rows_(rows) {}
    void row(std::uint32_t item, const StoredRow& values) override {
      if (rows_[item]->id == 0) rows_[item]->id = values[0].as_integer().value_or(0);
    }

   private:
    const Rows& rows_;
  } ids(rows);
  TableKeys keys{{rows.front()->column}, {}, {}};
  for (std::uint32_t r = 0; r < rows.size(); ++r) keys.add(r, {rows[r]->name});
  state_.related.read(organization_id, rows.front()->table, {&keys, 1}, ids);
}

void NewRows::make_named(std::int64_t organization_id, const Rows& rows) {
  const Table table = rows.front()->table;
  if (!is_unique(table, rows.front()->column)) {
    state_.related.lock_names(organization_id, table);
    look_up(organization_id, rows);
  }
  std::vector<Values> fresh;
  for (const NewRow* row : rows) {
    if (row->id == 0) fresh.push_back(values_of(*row));
  }
  insert(organization_id, table, fresh);
  if (!fresh.empty()) look_up(organization_id, rows);
}

// Of each category, the first document that names it or one below it.
std::unordered_map<const NewRows::NewRow*, std::uint32_t> NewRows::first_of_paths(Rows rows) {
  std::sort(rows.begin(), rows.end(),
            [](const NewRow* a, const NewRow* b) { return a->path < b->path; });
  const auto is_above = [](const CategoryPath& a, const CategoryPath& b) {
    return a.size() <= b.size() && std::equal(a.begin(), a.end(), b.begin());
  };
  std::unordered_map<const NewRow*, std::uint32_t> first;
  Rows above;
  for (NewRow* row : rows) {
    check_interrupts();
    while (!above.empty() && !is_above(above.back()->path, row->path)) above.pop_back();
    first[row] = row->first;
    for (const NewRow* each : above) first[each] = std::min(first[each], row->first);
    above.push_back(row);
  }
  return first;
}

// Creates every missing category on the way, too.
void NewRows::make_paths(std::int64_t organization_id, const Rows& rows) {
  state_.related.lock_names(organization_id, Table::category);
  std::set<std::string> names;
  for (const NewRow* row : rows) names.insert(row->path.begin(), row->path.end());
  const auto first = first_of_paths(rows);
  CategoryTree tree;
  tree.read(state_.related, organization_id, names, {}, state_.batch.arena);
  std::size_t missing = 0;
  for (const NewRow* row : rows) missing += row->path.size() - tree.find(row->path).depth;
  const auto ids = state_.related.reserve_row_ids(Table::category, missing);
  PRODUCT_UPSERT_ASSERT(ids.size() == missing);
  auto next = ids.begin();
  std::vector<Values> fresh;
  for (NewRow* row : rows) {
    CategoryTree::End end = tree.find(row->path);
    // By now several categories match: the item gets none, and is rejected when it is decided
    // again.
    if (end.at.size() > 1) continue;
    std::int64_t parent = end.at.empty() ? 0 : end.at.front().id;
    for (std::size_t depth = end.depth; depth < row->path.size(); ++depth) {
      const std::string& name = row->path[depth];
      const bool leaf = depth + 1 == row->path.size();
      const bool told = leaf && row->first == first.at(row);
      Values values = told ? values_of(*row) : Values(info(Table::category).columns.size());
      PRODUCT_UPSERT_ASSERT(next != ids.end());
      values[place(Table::category, "id")] = Value::integer(*next);
      values[place(Table::category, "name")] = Value::text(name);
      if (parent != 0) values[place(Table::category, "parent_id")] = Value::integer(parent);
      fresh.push_back(std::move(values));
      tree.add(parent, name, *next);
      parent = *next++;
    }
    row->id = parent;
  }
  insert(organization_id, Table::category, fresh);
}

NewRows::Items NewRows::make(std::int64_t organization_id, const Items& items) {
  if (rows_.empty()) return {};
  for (const std::uint32_t i : items) forget(i);
  for (NewRow& row : rows_) {
    row.id = 0;
    row.first = kNobody;
  }
  const Rows rows = wanted_rows(items);
  for (auto first = rows.begin(); first != rows.end();) {
    const auto last = std::find_if(first, rows.end(), [&](const NewRow* row) {
      return row->table != (*first)->table || row->column != (*first)->column;
    });
    if ((*first)->column == kByPath) make_paths(organization_id, {first, last});
    else make_named(organization_id, {first, last});
    first = last;
  }
  Items without;
  for (const std::uint32_t i : items) {
    bool all = true;
    each_wanted(i, [&](const NewRow& row) { all = all && row.id != 0; });
    if (all) put_ids(i);
    else without.push_back(i);
  }
  return without;
}

void NewRows::put_ids(std::uint32_t index) {
  const auto id_of = [&](std::int64_t id) { return rows_[place_of(id)].id; };
  Item& item = state_.batch.items[index];
  for (const std::size_t field : state_.reference_fields) {
    const Value said = state_.batch.value(item, field);
    const auto id = said.as_integer();
    if (!id || !is_stand_in(*id) || id_of(*id) == 0) continue;
    PRODUCT_UPSERT_ASSERT(id_of(*id) > 0);
    before_[index].emplace_back(field, said);
    state_.batch.set(item, field, Value::whole(id_of(*id), state_.batch.arena));
  }
  if (state_.find(index) == nullptr) return;
  RelatedItem& related = state_.items.at(index);
  for (auto& [field, ids] : related.new_links) {
    if (std::none_of(ids.begin(), ids.end(), is_stand_in)) continue;
    related.links_before[field] = ids;
    for (std::int64_t& id : ids) id = is_stand_in(id) ? id_of(id) : id;
    std::sort(ids.begin(), ids.end());
  }
}

void NewRows::forget(std::uint32_t index) {
  if (const auto before = before_.find(index); before != before_.end()) {
    for (const auto& [field, said] : before->second)
      state_.batch.set(state_.batch.items[index], field, said);
    before_.erase(before);
  }
  const auto related = state_.items.find(index);
  if (related == state_.items.end()) return;
  for (auto& [field, ids] : related->second.links_before)
    related->second.new_links[field] = std::move(ids);
  related->second.links_before = {};
}

}  // namespace product_upsert
