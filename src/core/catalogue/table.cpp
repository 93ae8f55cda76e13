#include "core/catalogue/table.hpp"

#include <algorithm>
#include <array>

namespace product_upsert {

namespace {

using T = ColumnType;

constexpr ColumnInfo kProduct[] = {{"id", T::bigint},      {"uuid", T::uuid},
                                   {"reference", T::text}, {"external_id", T::text},
                                   {"name", T::text},      {"parent_product_id", T::bigint}};
constexpr ColumnInfo kVariant[] = {{"id", T::bigint},
                                   {"product_id", T::bigint},
                                   {"sku", T::text},
                                   {"external_id", T::text},
                                   {"barcode", T::text},
                                   {"web_url", T::text},
                                   {"handle", T::text},
                                   {"title", T::text},
                                   {"description", T::text},
                                   {"position", T::integer},
                                   {"price", T::numeric},
                                   {"price_discounted", T::numeric},
                                   {"price_comparison", T::numeric},
                                   {"price_cost", T::numeric},
                                   {"available_quantity", T::integer},
                                   {"images", T::jsonb},
                                   {"meta", T::jsonb},
                                   {"tags", T::text_array},
                                   {"options", T::jsonb},
                                   {"created_at", T::timestamptz},
                                   {"updated_at", T::timestamptz}};
constexpr ColumnInfo kCategory[] = {{"id", T::bigint},
                                    {"uuid", T::uuid},
                                    {"reference", T::text},
                                    {"name", T::text},
                                    {"description", T::text},
                                    {"tax_category", T::text},
                                    {"display_order", T::integer},
                                    {"parent_id", T::bigint}};
// Features, billing entities and integrations.
constexpr ColumnInfo kNamed[] = {
    {"id", T::bigint}, {"uuid", T::uuid}, {"reference", T::text}, {"name", T::text}};
constexpr ColumnInfo kFamily[] = {{"id", T::bigint}, {"uuid", T::uuid}, {"name", T::text}};
constexpr ColumnInfo kTaxGroup[] = {{"id", T::bigint},
                                    {"uuid", T::uuid},
                                    {"internal_description", T::text},
                                    {"reverse_charge_type", T::text},
                                    {"type", T::text}};
constexpr ColumnInfo kUnit[] = {
    {"id", T::bigint}, {"uuid", T::uuid}, {"name", T::text}, {"translations", T::jsonb}};
constexpr ColumnInfo kMeasurement[] = {{"id", T::bigint},
                                       {"uuid", T::uuid},
                                       {"unit_id", T::bigint},
                                       {"code", T::text},
                                       {"description", T::text},
                                       {"aggregation_type", T::text},
                                       {"fair_billing", T::boolean},
                                       {"type", T::text}};
constexpr ColumnInfo kCostCentre[] = {{"id", T::bigint},
                                      {"uuid", T::uuid},
                                      {"name", T::text},
                                      {"code", T::text},
                                      {"type", T::text},
                                      {"created_at", T::timestamptz},
                                      {"updated_at", T::timestamptz}};
constexpr ColumnInfo kCustomField[] = {{"id", T::bigint},
                                       {"uuid", T::uuid},
                                       {"namespace", T::text},
                                       {"reference", T::text},
                                       {"name", T::text},
                                       {"type", T::text},
                                       {"enum_values", T::text_array},
                                       {"multiple_values", T::boolean},
                                       {"unique_value", T::boolean},
                                       {"is_identifier", T::boolean}};
constexpr ColumnInfo kCustomFieldUse[] = {{"custom_field_id", T::bigint},
                                          {"key", T::text},
                                          {"type", T::text},
                                          {"multiple_values", T::boolean},
                                          {"unique_value", T::boolean},
                                          {"is_identifier", T::boolean}};
constexpr ColumnInfo kCustomValue[] = {{"custom_field_id", T::bigint},
                                       {"value", T::text},
                                       {"product_id", T::bigint},
                                       {"is_unique", T::boolean}};
constexpr ColumnInfo kFeatureLink[] = {{"product_id", T::bigint}, {"feature_id", T::bigint}};
constexpr ColumnInfo kFamilyLink[] = {{"product_id", T::bigint}, {"family_id", T::bigint}};
constexpr ColumnInfo kOrganization[] = {
    {"reference", T::text}, {"name", T::text}, {"locale", T::text}, {"document", T::jsonb}};

const std::array<TableInfo, kTables> kTableInfo = {{
    {"", kProduct},
    {"variant", kVariant},
    {"category", kCategory},
    {"feature", kNamed},
    {"family", kFamily},
    {"billing_entity", kNamed},
    {"tax_group", kTaxGroup},
    {"unit", kUnit},
    {"measurement", kMeasurement},
    {"cost_centre", kCostCentre},
    {"integration", kNamed},
    {"custom_field", kCustomField},
    {"custom_field_use", kCustomFieldUse},
    {"custom_value", kCustomValue},
    {"feature_link", kFeatureLink},
    {"family_link", kFamilyLink},
    {"organization", kOrganization},
}};

}  // namespace

const TableInfo& info(Table table) { return kTableInfo[static_cast<std::size_t>(table)]; }

std::optional<Table> find_table(std::string_view name) {
  if (name == "product") return Table::product;
  const auto* const it = std::find_if(kTableInfo.begin() + 1, kTableInfo.end(),
                                      [&](const TableInfo& t) { return t.name == name; });
  if (it == kTableInfo.end()) return std::nullopt;
  return static_cast<Table>(it - kTableInfo.begin());
}

int find_column(Table table, std::string_view name) {
  const auto columns = info(table).columns;
  const auto it = std::find_if(columns.begin(), columns.end(),
                               [&](const ColumnInfo& c) { return c.name == name; });
  return it == columns.end() ? -1 : static_cast<int>(it - columns.begin());
}

}  // namespace product_upsert
