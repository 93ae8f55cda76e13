#include "core/profile/field_column.hpp"

#include <algorithm>
#include <limits>

#include "core/profile/definition.hpp"
#include "core/value/text.hpp"

namespace product_upsert {

using namespace definition;

namespace {

// recipe: type
bool fits(FieldType type, ColumnType column) {
  switch (type) {
    case FieldType::text: return column == ColumnType::text;
    case FieldType::integer:
      return column == ColumnType::integer || column == ColumnType::bigint ||
             column == ColumnType::numeric;
    case FieldType::decimal: return column == ColumnType::numeric;
    case FieldType::boolean: return column == ColumnType::boolean;
    case FieldType::date: return column == ColumnType::date;
    case FieldType::timestamp: return column == ColumnType::timestamptz;
    case FieldType::uuid: return column == ColumnType::uuid;
    case FieldType::texts: return column == ColumnType::text_array;
    case FieldType::json:
    case FieldType::objects:
    case FieldType::object: return column == ColumnType::jsonb;
  }
  return false;
}

ColumnType usual_column(FieldType type) {
  switch (type) {
    case FieldType::text: return ColumnType::text;
    case FieldType::integer:
    case FieldType::decimal: return ColumnType::numeric;
    case FieldType::boolean: return ColumnType::boolean;
    case FieldType::date: return ColumnType::date;
    case FieldType::timestamp: return ColumnType::timestamptz;
    case FieldType::uuid: return ColumnType::uuid;
    case FieldType::texts: return ColumnType::text_array;
    case FieldType::json:
    case FieldType::objects:
    case FieldType::object: return ColumnType::jsonb;
  }
  return ColumnType::jsonb;
}

std::string names_of(std::span<const ColumnInfo> built_in, const std::vector<Column>& own) {
  std::string names;
  for (const ColumnInfo& c : built_in) add_to_list(names, c.name);
  for (Column c : own) add_to_list(names, info(c).name);
  return names;
}

void take_column_limits(Field& f, const ColumnInfo& column) {
  f.precision = column.precision;
  f.scale = column.scale;
  f.instant = column.type == ColumnType::timestamptz;
  f.decimals = column.decimals;
  if (column.max_length != 0 && (!f.max_length || *f.max_length > column.max_length))
    f.max_length = column.max_length;
}

const ColumnInfo& variant_column_info(unsigned place, const OwnColumns& own) {
  const auto built_in = info(Table::variant).columns;
  return place < built_in.size() ? as_altered(built_in[place], own.altered_variant)
                                 : info(own.variant[place - built_in.size()]);
}

}  // namespace

void read_column(Field& f, const Value& v, const std::string& path, const OwnColumns& own) {
  const std::string column = v["column"].is_absent() ? f.name : text(v["column"], path + ".column");
  auto found = own.find(column);
  if (!found && own.unknown) {
    const bool member = !v["member"].is_absent();
    found = own_column({column, member ? ColumnType::jsonb : usual_column(f.type)});
  }
  if (!found) {
    fault(path + ".column", "product has no column \"" + column + "\"; valid are " +
                                names_of(kColumnInfo, own.product));
  }
  f.column = *found;
  if (const Value member = v["member"]; !member.is_absent()) {
    f.member = text(member, path + ".member");
    if (info(f.column).type != ColumnType::jsonb)
      fault(path + ".member", "column \"" + column + "\" is not of type jsonb");
    return;
  }
  if (!fits(f.type, info(f.column).type)) {
    fault(path + ".type", "does not fit column \"" + column + "\" of type " +
                              std::string(sql_name(info(f.column).type)));
  }
}

void read_variant_column(Field& f, const Value& v, const std::string& path, OwnColumns& own) {
  const std::string column = v["column"].is_absent() ? f.name : text(v["column"], path + ".column");
  const auto built_in = info(Table::variant).columns;
  ColumnType type{};
  if (const int place = find_column(Table::variant, column); place >= 0) {
    f.place = static_cast<unsigned>(place);
    type = built_in[f.place].type;
  } else {
    auto found = own.find_variant(column);
    if (!found && own.unknown) {
      found = own_column({column, usual_column(f.type)});
      own.variant.push_back(*found);
    }
    if (!found) {
      fault(path + ".column", "product_variant has no column \"" + column + "\"; valid are " +
                                  names_of(built_in, own.variant));
    }
    const auto at = std::find(own.variant.begin(), own.variant.end(), *found);
    f.place =
        static_cast<unsigned>(built_in.size()) + static_cast<unsigned>(at - own.variant.begin());
    type = info(*found).type;
  }
  if (!fits(f.type, type)) {
    fault(path + ".type",
          "does not fit column \"" + column + "\" of type " + std::string(sql_name(type)));
  }
}

void read_reference_column(Field& f, const Value& v, const std::string& path,
                           const OwnColumns& own) {
  const auto column =
      own.find(v["column"].is_absent() ? f.name : text(v["column"], path + ".column"));
  if (!column || info(*column).type != ColumnType::bigint)
    fault(path + ".column", "must name a bigint column of product");
  f.column = *column;
}

void take_limits(Field& f, Nesting nesting, const OwnColumns& own) {
  if (f.role == Role::column && f.member.empty() && nesting != Nesting::object)
    take_column_limits(f, nesting == Nesting::top ? as_altered(info(f.column), own.altered)
                                                  : variant_column_info(f.place, own));
  if (nesting == Nesting::variant &&
      variant_column_info(f.place, own).type == ColumnType::integer) {
    if (!f.min) f.min = Value::integer(std::numeric_limits<std::int32_t>::min());
    if (!f.max) f.max = Value::integer(std::numeric_limits<std::int32_t>::max());
  }
}

}  // namespace product_upsert
