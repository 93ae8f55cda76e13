#include "core/catalogue/column.hpp"

#include <algorithm>

namespace product_upsert {

using T = ColumnType;

const std::array<ColumnInfo, kColumns> kColumnInfo = {{
    {"id", T::bigint},
    {"uuid", T::uuid},
    {"external_id", T::text},
    {"reference", T::text},
    {"handle", T::text},
    {"number", T::text},
    {"manufacturer", T::text},
    {"brand", T::text},
    {"name", T::text},
    {"size", T::numeric},
    {"size_unit", T::text},
    {"internal_name", T::text},
    {"description", T::text},
    {"product_type", T::text},
    {"status", T::text},
    {"tax_category", T::text},
    {"invoice_visibility", T::text},
    {"display_order", T::integer},
    {"currency", T::text},
    {"web_url", T::text},
    {"price", T::numeric},
    {"cost", T::numeric},
    {"markup", T::numeric},
    {"available_from", T::date},
    {"available_to", T::date},
    {"container", T::text},
    {"vend_size", T::text},
    {"calories", T::integer},
    {"product_group", T::text},
    {"item_number", T::text},
    {"upc", T::text},
    {"is_common", T::boolean},
    {"product_image", T::text},
    {"nutrition_image", T::text},
    {"department", T::text},
    {"tags", T::text_array},
    {"systems", T::text_array},
    {"channels", T::text_array},
    {"images", T::jsonb},
    {"translations", T::jsonb},
    {"custom_fields", T::jsonb},
    {"custom_data", T::jsonb},
    {"linked_integrations", T::jsonb},
    {"meta", T::jsonb},
    {"category_id", T::bigint},
    {"parent_product_id", T::bigint},
    {"billing_entity_id", T::bigint},
    {"tax_group_id", T::bigint},
    {"measurement_id", T::bigint},
    {"cost_centre_id", T::bigint},
    {"is_archived", T::boolean},
    {"is_deleted", T::boolean},
    {"version", T::integer},
    {"created_at", T::timestamptz},
    {"updated_at", T::timestamptz},
}};

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

}  // namespace product_upsert
