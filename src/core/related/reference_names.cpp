#include "core/related/reference_names.hpp"

#include <algorithm>

#include "core/catalogue/table.hpp"
#include "core/profile/describe.hpp"
#include "core/profile/validate.hpp"
#include "core/related/category_tree.hpp"
#include "core/value/text.hpp"
#include "core/value/unicode.hpp"

namespace product_upsert {

namespace {

Value said_in(const Reference& reference, unsigned column, const Value& given) {
  if (given.kind() != Kind::object) return given;
  const auto name = reference.name_of(column);
  return given[name].is_absent() && name == "uuid" ? given["id"] : given[name];
}

// Whether the document names a row, even in a way that fits none, such as an id that is not a
// number.
bool names_any(const Reference& reference, const Value& given) {
  return std::any_of(reference.by.begin(), reference.by.end(), [&](unsigned c) {
    const Value v = said_in(reference, c, given);
    return v.is_number() || (v.kind() == Kind::text && !trim(v.as_text()).empty());
  });
}

std::string name_text(const Value& given) {
  for (const char* member : {"id", "uuid", "code", "reference", "path", "name"}) {
    if (given.kind() == Kind::object && given[member].has_value()) return given[member].printed();
  }
  return given.printed();
}

// The column's value in the row that is named; absent if the column cannot contain it.
Value key_of(const Reference& reference, unsigned column, const Value& said, Arena& arena) {
  if (said.kind() != Kind::text) {
    const bool can_be_id = column != kByPath && said.is_number() &&
                           info(reference.table).columns[column].type == ColumnType::bigint;
    const auto id = can_be_id ? said.as_integer() : std::nullopt;
    // Names are compared as they are printed: 5.0 is 5.
    return id ? Value::whole(*id, arena) : Value();
  }
  const std::string_view text = trim(said.as_text());
  if (column == kByPath) {
    const auto path = split_path(text, reference.separator);
    return path ? Value::text(arena.copy(join_path(*path, reference.separator))) : Value();
  }
  switch (info(reference.table).columns[column].type) {
    case ColumnType::bigint:
      if (const auto id = read_id(text)) return Value::whole(*id, arena);
      return {};
    case ColumnType::uuid: return is_uuid(text) ? Value::text(text) : Value();
    default: return text.empty() ? Value() : Value::text(text);
  }
}

}  // namespace

void read_names(const Reference& reference, const Value& given, Arena& arena,
                std::vector<RowName>& names) {
  for (unsigned c : reference.by) {
    std::string_view member;
    if (given.kind() == Kind::object) {
      member = reference.name_of(c);
      if (member == "uuid" && given[member].is_absent()) member = "id";
    }
    const Value v = member.empty() ? given : given[member];
    if (v.has_value()) names.push_back({member, c, key_of(reference, c, v, arena)});
  }
}

std::string name_key(const Reference& reference, unsigned column, const Value& value) {
  const bool is_uuid = reference.name_of(column) == "uuid";  // in upper or lower case
  const std::string text = value.printed();
  return std::to_string(column) + ":" + (is_uuid ? lowered(text) : text);
}

NamedRows rows_by_member(const Reference& reference, std::span<const RowName> said,
                         const std::function<std::int64_t(const RowName&)>& row_of) {
  NamedRows rows;
  for (const RowName& n : said) {
    const std::int64_t row = row_of(n);
    if (n.member.empty()) {
      if (row != 0) rows.emplace_back(reference.name_of(n.column), row);
      continue;
    }
    const auto same =
        std::find_if(rows.begin(), rows.end(), [&](const auto& r) { return r.first == n.member; });
    if (same == rows.end()) rows.emplace_back(n.member, row);
    else if (same->second == 0) same->second = row;
  }
  return rows;
}

void tell_names(Item& item, const std::string& path, const Reference& reference,
                const NamedRows& rows, const Value& given) {
  const auto unknown =
      std::find_if(rows.begin(), rows.end(), [](const auto& r) { return r.second == 0; });
  if (unknown != rows.end()) {
    const std::string said = given[unknown->first].printed();
    item.fail(Code::unknown_reference, path + "." + std::string(unknown->first),
              "names no " + reference.resource + ": " + legible(said),
              Details().text("resource_type", reference.resource).text("resource_id", said));
    return;
  }
  std::string message = "names different rows:";
  std::vector<std::int64_t> ids;
  for (const auto& [member, row] : rows) {
    message += (ids.empty() ? " " : ", ") + reference.resource + " " + std::to_string(row) +
               " by " + std::string(member);
    ids.push_back(row);
  }
  item.fail(Code::collision, path, message, Details().numbers("ids", ids));
}

void tell_unknown_row(Item& item, const std::string& path, const Reference& reference,
                      const Value& given, bool waits) {
  if (!names_any(reference, given)) {
    std::string ways;
    for (const unsigned column : reference.by) add_to_list(ways, reference.name_of(column));
    const bool object = given.kind() == Kind::object;
    item.fail(Code::type, path,
              "must name a " + reference.resource + " by " +
                  (reference.by.size() > 1 ? "one of " : "") + ways + ", not " +
                  (object ? "an object that has none" : describe(given)));
    return;
  }
  item.fail(
      waits ? Code::parked : Code::unknown_reference, path,
      "names no " + reference.resource + ": " + legible(name_text(given)),
      Details().text("resource_type", reference.resource).text("resource_id", name_text(given)));
}

std::string path_of(const RowMention& mention, const Field& field) {
  return field.role == Role::links ? field.name + "." + std::to_string(mention.entry) : field.name;
}

LargeVector<RowMention> find_mentions(Batch& batch, const std::vector<std::uint32_t>& items,
                                      std::size_t field) {
  const Field& f = batch.profile.fields[field];
  LargeVector<RowMention> mentions;
  mentions.reserve(items.size());
  for (std::uint32_t i : items) {
    const Value& given = batch.value(batch.items[i], field);
    if (!given.has_value()) continue;
    if (f.role != Role::links) {
      mentions.push_back({i, 0, given});
    } else if (given.kind() != Kind::list) {
      batch.items[i].fail(Code::type, f.name,
                          std::string("must be a list, not ") + describe(given.kind()));
      batch.set(batch.items[i], field, Value());
    } else {
      for (std::uint32_t n = 0; n < given.items().size(); ++n) {
        const Value& one = given.items()[n];
        // The API's own documentation sends [[]] for an empty list (rule 42).
        if (one.kind() == Kind::list && one.items().empty()) continue;
        mentions.push_back({i, n, one});
      }
    }
  }
  return mentions;
}

}  // namespace product_upsert
