// Parts: rows of other tables that documents name, and the parents that the batch itself makes.
#include <algorithm>
#include <functional>

#include "core/profile/validate.hpp"
#include "core/related/parts.hpp"
#include "core/value/text.hpp"
#include "core/value/unicode.hpp"

namespace product_upsert {

namespace {

// A document names a row by a number or text, or by an object with some of the columns' names.
struct Name {
  std::size_t mention;
  std::string_view member;  // of the object; empty where it is none
  unsigned column;
  Value value;  // absent where the column holds nothing like it
};

Value said_in(const Reference& reference, unsigned column, const Value& given) {
  if (given.kind() != Kind::object) return given;
  const auto name = info(reference.table).columns[column].name;
  return given[name].is_absent() && name == "uuid" ? given["id"] : given[name];
}

// Whether the document names a row, be it by what no row can have: an id that is no number.
bool names_any(const Reference& reference, const Value& given) {
  return std::any_of(reference.by.begin(), reference.by.end(), [&](unsigned c) {
    const Value v = said_in(reference, c, given);
    return v.is_number() || (v.kind() == Kind::text && !trim(v.as_text()).empty());
  });
}

// What may be meant, by the column that holds it. What one member says may be held by one of
// several columns, and so may a bare text; different members each have to name the row.
void read_names(const Reference& reference, const Value& given, std::size_t mention, Arena& arena,
                std::vector<Name>& names) {
  const auto columns = info(reference.table).columns;
  for (unsigned c : reference.by) {
    std::string_view member;
    if (given.kind() == Kind::object) {
      member = columns[c].name;
      if (member == "uuid" && given[member].is_absent()) member = "id";
    }
    const Value v = member.empty() ? given : given[member];
    Value key;
    switch (columns[c].type) {
      case ColumnType::bigint:
        if (v.is_number() && v.as_integer()) key = v;
        if (const auto id = v.kind() == Kind::text ? read_id(trim(v.as_text())) : std::nullopt)
          key = *Value::parse_number(std::to_string(*id), arena);
        break;
      case ColumnType::uuid:
        if (v.kind() == Kind::text && is_uuid(trim(v.as_text())))
          key = Value::text(trim(v.as_text()));
        break;
      default:
        if (v.kind() == Kind::text && !trim(v.as_text()).empty())
          key = Value::text(trim(v.as_text()));
        break;
    }
    if (v.has_value()) names.push_back({mention, member, c, key});
  }
}

std::string name_key(const Reference& reference, unsigned column, const Value& value) {
  std::string key = std::to_string(column) + ":" + value.printed();
  if (info(reference.table).columns[column].type == ColumnType::uuid)  // either case is the same
    std::transform(key.begin(), key.end(), key.begin(),
                   [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c; });
  return key;
}

std::string name_text(const Value& given) {
  for (const char* member : {"id", "uuid", "code", "reference"}) {
    if (given.kind() == Kind::object && given[member].has_value()) return given[member].printed();
  }
  return given.printed();
}

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
    item.failures.push_back({Code::read_only,
                             path + "." + member,
                             "cannot change: it is " + legible(stored[i].printed()),
                             {}});
  }
}

using Rows = std::vector<std::pair<std::string_view, std::int64_t>>;

// Each member's row, of the first of its columns that has one. A bare text is told by the columns
// that hold it, of those that have a row: all of them have to have the same one.
Rows rows_by_member(const Reference& reference, std::span<const Name> said,
                    const std::function<std::int64_t(const Name&)>& row_of) {
  Rows rows;
  for (const Name& n : said) {
    const std::int64_t row = row_of(n);
    if (n.member.empty()) {
      if (row != 0) rows.emplace_back(info(reference.table).columns[n.column].name, row);
      continue;
    }
    const auto same =
        std::find_if(rows.begin(), rows.end(), [&](const auto& r) { return r.first == n.member; });
    if (same == rows.end()) rows.emplace_back(n.member, row);
    else if (same->second == 0) same->second = row;
  }
  return rows;
}

// Of an object some members name a row, and others none or another one; or a bare text is one row's
// id and another's reference.
void refuse_names(Item& item, const std::string& path, const Reference& reference, const Rows& rows,
                  const Value& given) {
  const auto unknown =
      std::find_if(rows.begin(), rows.end(), [](const auto& r) { return r.second == 0; });
  if (unknown != rows.end()) {
    const std::string said = given[unknown->first].printed();
    std::string resource;
    std::string id;
    write_json_string(reference.resource, resource);
    write_json_string(said, id);
    item.failures.push_back({Code::unknown_reference,
                             path + "." + std::string(unknown->first),
                             "names no " + reference.resource + ": " + legible(said),
                             {{"resource_type", resource}, {"resource_id", id}}});
    return;
  }
  std::string message = "names different rows:";
  std::string ids;
  for (const auto& [member, row] : rows) {
    message += (ids.empty() ? " " : ", ") + reference.resource + " " + std::to_string(row) +
               " by " + std::string(member);
    ids += (ids.empty() ? "" : ",") + std::to_string(row);
  }
  item.failures.push_back({Code::collision, path, message, {{"ids", "[" + ids + "]"}}});
}

struct Mention {
  std::uint32_t item;
  Value given;
  std::string path;
};

void refuse_unknown(Item& item, const Mention& mention, const Reference& reference) {
  if (!names_any(reference, mention.given)) {
    item.failures.push_back(
        {Code::type, mention.path, "must name a " + reference.resource + " by id", {}});
    return;
  }
  std::string id;
  write_json_string(name_text(mention.given), id);
  std::string resource;
  write_json_string(reference.resource, resource);
  item.failures.push_back(
      {Code::unknown_reference,
       mention.path,
       "names no " + reference.resource + ": " + legible(name_text(mention.given)),
       {{"resource_type", resource}, {"resource_id", id}}});
}

std::vector<Mention> find_mentions(Batch& batch, const Parts::Items& items, std::size_t field) {
  const Field& f = batch.profile.fields[field];
  std::vector<Mention> mentions;
  for (std::uint32_t i : items) {
    const Value& given = batch.value(batch.items[i], field);
    if (!given.has_value()) continue;
    if (f.role != Role::links) {
      mentions.push_back({i, given, f.name});
    } else if (given.kind() != Kind::list) {
      batch.items[i].failures.push_back(
          {Code::type, f.name, std::string("must be a list, not ") + describe(given.kind()), {}});
      batch.set(batch.items[i], field, Value());
    } else {
      for (std::size_t n = 0; n < given.items().size(); ++n) {
        const Value& one = given.items()[n];
        // The documentation's own example sends [[]] for none (rule 42).
        if (one.kind() == Kind::list && one.items().empty()) continue;
        mentions.push_back({i, one, f.name + "." + std::to_string(n)});
      }
    }
  }
  return mentions;
}

}  // namespace

void Parts::resolve_references(std::int64_t organization_id, const Items& items,
                               std::size_t field) {
  const Field& f = batch_.profile.fields[field];
  const Reference& reference = f.reference;
  const bool list = f.role == Role::links;
  const std::vector<Mention> mentions = find_mentions(batch_, items, field);
  std::vector<TableKeys> lookups;
  for (unsigned c : reference.by) lookups.push_back({{c}, {}, {}});
  std::vector<Name> names;
  for (std::size_t m = 0; m < mentions.size(); ++m)
    read_names(reference, mentions[m].given, m, batch_.arena, names);
  for (std::uint32_t n = 0; n < names.size(); ++n) {
    for (TableKeys& keys : lookups) {
      if (keys.columns.front() == names[n].column && !names[n].value.is_absent())
        keys.add(n, {names[n].value});
    }
  }
  std::erase_if(lookups, [](const TableKeys& k) { return k.items.empty(); });
  FoundRows found(reference, batch_.arena);
  if (!lookups.empty()) related_.read(organization_id, reference.table, lookups, found);

  const auto row_of = [&](const Name& n) {
    const auto it = found.rows.find(static_cast<std::uint32_t>(&n - names.data()));
    return it == found.rows.end() ? std::int64_t{0} : it->second.id;
  };
  std::unordered_map<std::uint32_t, std::vector<Value>> ids;
  std::optional<MadeByBatch> made;
  // The document of this very batch that makes a row which has one of the names, while none that is
  // stored has; unless it says itself that it is the stored one.
  const auto maker = [&](std::span<const Name> said) -> std::optional<std::uint32_t> {
    if (list || field != parent_field_) return std::nullopt;
    if (!made) made = made_by_batch(items, reference);
    const auto document = [&](const Name& n) {
      const auto it =
          n.value.is_absent() ? made->end() : made->find(name_key(reference, n.column, n.value));
      return it == made->end() ? std::optional<std::uint32_t>() : it->second;
    };
    for (const Name& n : said) {
      const auto one = row_of(n) == 0 ? document(n) : std::nullopt;
      if (one && std::none_of(said.begin(), said.end(), [&](const Name& other) {
            return row_of(other) != 0 && document(other) == one;
          }))
        return one;
    }
    return std::nullopt;
  };
  auto next = names.begin();
  for (std::size_t m = 0; m < mentions.size(); ++m) {
    const Mention& mention = mentions[m];
    Item& item = batch_.items[mention.item];
    const auto first = next;
    next = std::find_if(first, names.end(), [&](const Name& n) { return n.mention != m; });
    const std::span<const Name> said(first, next);
    const Rows rows = rows_by_member(reference, said, row_of);
    const bool any = std::any_of(rows.begin(), rows.end(), [](const auto& r) { return r.second; });
    const bool several = std::any_of(
        rows.begin(), rows.end(), [&](const auto& r) { return r.second != rows.front().second; });
    const auto made_by =
        several || (any && !said.front().member.empty()) ? std::nullopt : maker(said);
    if (several) {
      refuse_names(item, mention.path, reference, rows, mention.given);
    } else if (any && made_by) {
      item.failures.push_back(
          {Code::collision,
           mention.path,
           "names " + reference.resource + " " + std::to_string(rows.front().second) + " by " +
               std::string(rows.front().first) + ", but document " +
               std::to_string(batch_.position(*made_by)) + " of this call makes another",
           {{"ids", "[" + std::to_string(rows.front().second) + "]"},
            {"positions", "[" + std::to_string(batch_.position(*made_by)) + "]"}}});
    } else if (any) {
      ids[mention.item].push_back(Value::integer(rows.front().second));
      const auto named = std::find_if(said.begin(), said.end(), row_of);
      check_fixed(reference, mention.given,
                  found.rows.at(static_cast<std::uint32_t>(&*named - names.data())).fixed,
                  mention.path, item);
      continue;
    } else if (made_by) {
      parents_[mention.item] = *made_by;
      continue;
    } else {
      refuse_unknown(item, mention, reference);
      if (wanting_ != nullptr && field == parent_field_) {
        for (const Name& n : said) {
          if (n.value.is_absent()) continue;
          wanting_->wants_name(mention.item, hash_text(name_key(reference, n.column, n.value)));
        }
      }
    }
    if (!list) batch_.set(item, field, Value());
  }
  for (std::uint32_t i : items) {
    const Value& given = batch_.value(batch_.items[i], field);
    if (!given.has_value()) continue;
    auto& all = ids[i];
    if (!list) {
      batch_.set(batch_.items[i], field, all.empty() ? Value() : all.front());
      continue;
    }
    std::sort(all.begin(), all.end(),
              [](const Value& a, const Value& b) { return compare_keys(a, b) < 0; });
    all.erase(std::unique(all.begin(), all.end(), equal_keys), all.end());
    batch_.set(batch_.items[i], field, Value::list(batch_.arena.copy(std::span<const Value>(all))));
  }
}

void Parts::each_name(std::uint32_t index, const std::function<void(std::uint64_t)>& f) const {
  if (!parent_field_) return;
  const Reference& reference = batch_.profile.fields[*parent_field_].reference;
  for (unsigned c : reference.by) {
    const auto column = find_column(info(reference.table).columns[c].name);
    const Field* field = column ? batch_.profile.field_of(*column) : nullptr;
    if (field == nullptr) continue;
    const Value& v = batch_.value(batch_.items[index],
                                  static_cast<std::size_t>(field - batch_.profile.fields.data()));
    if (v.has_value()) f(hash_text(name_key(reference, c, v)));
  }
}

bool Parts::fail_missing_references(std::int64_t organization_id, std::uint32_t index) {
  Item& item = batch_.items[index];
  bool any = false;
  for (std::size_t field : reference_fields_) {
    const Field& f = batch_.profile.fields[field];
    const auto id = batch_.value(item, field).as_integer();
    if (!id) continue;
    class There final : public TableSink {
     public:
      void row(std::uint32_t, const StoredRow&) override { there = true; }
      bool there = false;
    } row;
    TableKeys keys{{0}, {}, {}};
    keys.add(0, {Value::integer(*id)});
    related_.read(organization_id, f.reference.table, {&keys, 1}, row);
    if (row.there) continue;
    any = true;
    std::string resource;
    write_json_string(f.reference.resource, resource);
    item.failures.push_back(
        {Code::unknown_reference,
         f.name,
         "names no " + f.reference.resource + " any more: " + std::to_string(*id) +
             " was deleted meanwhile",
         {{"resource_type", resource}, {"resource_id", "\"" + std::to_string(*id) + "\""}}});
  }
  return any;
}

// The documents by the names that the products they make will have; perhaps the very one that asks,
// which is a cycle then.
Parts::MadeByBatch Parts::made_by_batch(const Items& items, const Reference& reference) const {
  MadeByBatch made;
  for (unsigned c : reference.by) {
    const auto column = find_column(info(reference.table).columns[c].name);
    const Field* f = column ? batch_.profile.field_of(*column) : nullptr;
    if (f == nullptr) continue;
    const auto field = static_cast<std::size_t>(f - batch_.profile.fields.data());
    for (std::uint32_t i : items) {
      const Value& v = batch_.value(batch_.items[i], field);
      if (v.has_value()) made.try_emplace(name_key(reference, c, v), i);
    }
  }
  return made;
}

}  // namespace product_upsert
