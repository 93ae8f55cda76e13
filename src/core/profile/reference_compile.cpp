#include "core/profile/reference_compile.hpp"

#include <algorithm>

#include "core/profile/definition.hpp"
#include "core/value/text.hpp"

namespace product_upsert {

using namespace definition;

namespace {

unsigned read_column(const Value& v, Table table, const std::string& path) {
  const std::string name = text(v, path);
  const int column = find_column(table, name);
  if (column >= 0) return static_cast<unsigned>(column);
  std::string valid;
  for (const ColumnInfo& c : info(table).columns) add_to_list(valid, c.name);
  fault(path, "there is no column \"" + name + "\"; valid are " + valid);
}

Table read_table(const Value& v, const std::string& path) {
  const std::string name = text(v, path);
  const auto table = find_table(name);
  if (table) return *table;
  fault(path, "there is no table \"" + name + "\"; valid are " + list_named_tables(false, ", "));
}

// Separates the names in a path, beginning at the root. White space around it is removed, since it
// is ignored around names.
std::string read_separator(const Value& v, bool by_path, const std::string& path) {
  if (v.is_absent()) return ">";
  const std::string separator(trim(text(v, path)));
  if (separator.empty()) fault(path, "must not be blank");
  if (!by_path) fault(path, "is for references by path");
  return separator;
}

// The column by which a document must name a new row.
unsigned needed_column(Table table, unsigned otherwise) {
  switch (info(table).made_of) {
    case MadeOf::nothing:
    case MadeOf::text:
    case MadeOf::text_named: return otherwise;
    case MadeOf::name: return static_cast<unsigned>(find_column(table, "name"));
    case MadeOf::code: return static_cast<unsigned>(find_column(table, "code"));
  }
  return otherwise;
}

// A new row must be named by one column: with several, a text would not say which to set.
void check_creatable(const Reference& r, const std::string& path) {
  if (info(r.table).made_of == MadeOf::nothing)
    fault(path + ".missing", "create cannot make a " + std::string(info(r.table).name));
  const auto names = static_cast<std::size_t>(
      std::count_if(r.by.begin(), r.by.end(), [&](unsigned c) { return r.is_name(c); }));
  if (names != 1)
    fault(path + ".missing",
          "create needs one column in by that names new rows, other than id "
          "and uuid");
  const unsigned name =
      *std::find_if(r.by.begin(), r.by.end(), [&](unsigned c) { return r.is_name(c); });
  const unsigned needed = needed_column(r.table, name);
  if (name != needed) {
    fault(path + ".missing", "create needs the column \"" +
                                 std::string(info(r.table).columns[needed].name) + "\" in by");
  }
}

Missing read_missing(const Value& v, const std::string& path) {
  return word<Missing>(
      v, path, {{"reject", Missing::reject}, {"create", Missing::create}, {"park", Missing::park}},
      Missing::reject);
}

}  // namespace

TimeForm compile_time_form(const Value& v, const std::string& path) {
  return word<TimeForm>(v, path,
                        {{"seconds", TimeForm::seconds},
                         {"milliseconds", TimeForm::milliseconds},
                         {"microseconds", TimeForm::microseconds},
                         {"seconds+00:00", TimeForm::seconds_offset}},
                        TimeForm::stored);
}

Reference compile_reference(const Value& field, const std::string& path) {
  Reference r;
  r.table = read_table(field["table"], path + ".table");
  const Value by = field["by"];
  expect(by, Kind::list, path + ".by", "a list of columns");
  for (std::size_t i = 0; i < by.items().size(); ++i) {
    const Value& one = by.items()[i];
    const bool path_said =
        r.table == Table::category && one.kind() == Kind::text && one.as_text() == "path";
    r.by.push_back(path_said ? kByPath
                             : read_column(one, r.table, path + ".by." + std::to_string(i)));
  }
  if (r.by.empty()) fault(path + ".by", "must not be empty");
  const bool by_path = std::find(r.by.begin(), r.by.end(), kByPath) != r.by.end();
  r.separator = read_separator(field["separator"], by_path, path + ".separator");
  r.missing = read_missing(field["missing"], path + ".missing");
  if (r.missing == Missing::create) check_creatable(r, path);
  r.resource = field["resource"].is_absent() ? std::string(field["table"].as_text())
                                             : text(field["resource"], path + ".resource");
  r.shows_uuid =
      word<bool>(field["answer"], path + ".answer", {{"id", false}, {"uuid", true}}, false);
  return r;
}

std::vector<std::pair<std::string, unsigned>> compile_fixed(const Value& fixed,
                                                            const std::vector<ShapeMember>& shape,
                                                            const std::string& path) {
  std::vector<std::pair<std::string, unsigned>> members;
  if (fixed.is_absent()) return members;
  expect(fixed, Kind::list, path, "a list of members of the shape");
  for (const Value& name : fixed.items()) {
    const auto it = std::find_if(shape.begin(), shape.end(), [&](const ShapeMember& m) {
      return m.name == text(name, path) && !m.table;
    });
    if (it == shape.end())
      fault(path, "must name members of the shape that are columns, not " + name.printed());
    members.emplace_back(it->name, it->column);
  }
  return members;
}

std::vector<ShapeMember> compile_shape(const Value& shape, Table table, const std::string& path) {
  std::vector<ShapeMember> members;
  if (shape.is_absent()) return members;
  expect(shape, Kind::object, path, "an object of member and column");
  for (const Member& m : shape.members()) {
    const std::string at = path + "." + std::string(m.key);
    ShapeMember member;
    member.name = m.key;
    if (m.value.kind() == Kind::text) {
      member.column = read_column(m.value, table, at);
    } else {
      expect(m.value, Kind::object, at, "a column or an object");
      only(m.value, at, {"column", "table", "shape", "precision", "value"});
      if (const Value constant = m.value["value"]; !constant.is_absent()) {
        member.constant = constant;
        members.push_back(std::move(member));
        continue;
      }
      member.column = read_column(m.value["column"], table, at + ".column");
      member.form = compile_time_form(m.value["precision"], at + ".precision");
      if (m.value["table"].is_absent()) {
        if (member.form == TimeForm::stored) fault(at + ".table", "is missing");
        members.push_back(std::move(member));
        continue;
      }
      member.table = read_table(m.value["table"], at + ".table");
      member.members = compile_shape(m.value["shape"], *member.table, at + ".shape");
    }
    members.push_back(std::move(member));
  }
  return members;
}

}  // namespace product_upsert
