#include "core/catalogue/column.hpp"

#include <algorithm>

namespace product_upsert {

using T = ColumnType;

std::string_view sql_name(ColumnType type) {
  switch (type) {
    case T::text: return "text";
    case T::integer: return "integer";
    case T::bigint: return "bigint";
    case T::numeric: return "numeric";
    case T::boolean: return "boolean";
    case T::date: return "date";
    case T::timestamptz: return "timestamptz";
    case T::uuid: return "uuid";
    case T::text_array: return "text[]";
    case T::jsonb: return "jsonb";
  }
  return {};
}

std::optional<Column> find_column(std::string_view name) {
  const auto* it = std::find_if(kColumnInfo.begin(), kColumnInfo.end(),
                                [&](const ColumnInfo& c) { return c.name == name; });
  if (it == kColumnInfo.end()) return std::nullopt;
  return static_cast<Column>(it - kColumnInfo.begin());
}

// recipe: column
const ColumnSet& identity_texts() {
  static const auto* const texts =
      new ColumnSet{Column::external_id,  Column::reference, Column::handle, Column::number,
                    Column::manufacturer, Column::brand,     Column::name,   Column::size_unit};
  return *texts;
}

}  // namespace product_upsert
