#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/catalogue/column.hpp"

namespace product_upsert {

// The tables beside product that documents name rows of, or whose rows belong to a product: each is
// described here, once. test/unit/catalogue/table_test.cpp holds them against sql/tables.

// The columns that the code needs, all but organization_id.
namespace table_columns {

using T = ColumnType;

inline constexpr ColumnInfo product[] = {info(Column::id),        info(Column::uuid),
                                         info(Column::reference), info(Column::external_id),
                                         info(Column::name),      info(Column::parent_product_id)};
inline constexpr ColumnInfo variant[] = {{"id", T::bigint},
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
// Of every table that products refer to, the first two are these.
inline constexpr ColumnInfo category[] = {{"id", T::bigint},
                                          {"uuid", T::uuid},
                                          {"reference", T::text},
                                          {"name", T::text},
                                          {"description", T::text},
                                          {"tax_category", T::text},
                                          {"display_order", T::integer},
                                          {"parent_id", T::bigint}};
inline constexpr ColumnInfo feature[] = {
    {"id", T::bigint}, {"uuid", T::uuid}, {"reference", T::text}, {"name", T::text}};
inline constexpr ColumnInfo family[] = {{"id", T::bigint}, {"uuid", T::uuid}, {"name", T::text}};
inline constexpr ColumnInfo billing_entity[] = {
    {"id", T::bigint}, {"uuid", T::uuid}, {"reference", T::text}, {"name", T::text}};
inline constexpr ColumnInfo tax_group[] = {{"id", T::bigint},
                                           {"uuid", T::uuid},
                                           {"internal_description", T::text},
                                           {"reverse_charge_type", T::text},
                                           {"type", T::text}};
inline constexpr ColumnInfo unit[] = {
    {"id", T::bigint}, {"uuid", T::uuid}, {"name", T::text}, {"translations", T::jsonb}};
inline constexpr ColumnInfo measurement[] = {{"id", T::bigint},
                                             {"uuid", T::uuid},
                                             {"unit_id", T::bigint},
                                             {"code", T::text},
                                             {"description", T::text},
                                             {"aggregation_type", T::text},
                                             {"fair_billing", T::boolean},
                                             {"type", T::text}};
inline constexpr ColumnInfo cost_centre[] = {{"id", T::bigint},
                                             {"uuid", T::uuid},
                                             {"name", T::text},
                                             {"code", T::text},
                                             {"type", T::text},
                                             {"created_at", T::timestamptz},
                                             {"updated_at", T::timestamptz}};
inline constexpr ColumnInfo integration[] = {
    {"id", T::bigint}, {"uuid", T::uuid}, {"reference", T::text}, {"name", T::text}};
inline constexpr ColumnInfo custom_field[] = {{"id", T::bigint},
                                              {"uuid", T::uuid},
                                              {"namespace", T::text},
                                              {"reference", T::text},
                                              {"name", T::text},
                                              {"type", T::text},
                                              {"enum_values", T::text_array},
                                              {"multiple_values", T::boolean},
                                              {"unique_value", T::boolean},
                                              {"is_identifier", T::boolean}};
inline constexpr ColumnInfo custom_field_use[] = {{"custom_field_id", T::bigint},
                                                  {"key", T::text},
                                                  {"type", T::text},
                                                  {"multiple_values", T::boolean},
                                                  {"unique_value", T::boolean},
                                                  {"is_identifier", T::boolean}};
inline constexpr ColumnInfo custom_value[] = {{"custom_field_id", T::bigint},
                                              {"value", T::text},
                                              {"product_id", T::bigint},
                                              {"is_unique", T::boolean}};
inline constexpr ColumnInfo feature_link[] = {{"product_id", T::bigint}, {"feature_id", T::bigint}};
inline constexpr ColumnInfo family_link[] = {{"product_id", T::bigint}, {"family_id", T::bigint}};
inline constexpr ColumnInfo organization[] = {
    {"reference", T::text}, {"name", T::text}, {"locale", T::text}, {"document", T::jsonb}};

}  // namespace table_columns

enum class Naming : bool {
  none,
  by_documents,  // a profile may have fields that name its rows
};

// What a row is made of where a document names one that is not there (Missing::create). Columns
// that cannot be null have to be among it.
// recipe: table
enum class MadeOf : std::uint8_t {
  nothing,     // documents make no such rows
  text,        // any of its texts
  text_named,  // the same, which becomes the name too where the document says none
  name,
  code,
};

// Each table: its columns are those above; its number, which the locks of all versions know it by;
// whether documents name its rows, and what new ones are made of; and the table that links products
// to them, where a product may have several.
// clang-format off
#define PRODUCT_TABLES(table)                                                \
  table(product, 0, Naming::by_documents, MadeOf::nothing, {})               \
  table(variant, 1, Naming::none, MadeOf::nothing, {})                       \
  table(category, 2, Naming::by_documents, MadeOf::text_named, {})           \
  table(feature, 3, Naming::by_documents, MadeOf::text, Table::feature_link) \
  table(family, 4, Naming::by_documents, MadeOf::name, Table::family_link)   \
  table(billing_entity, 5, Naming::by_documents, MadeOf::text, {})           \
  table(tax_group, 6, Naming::by_documents, MadeOf::text, {})                \
  table(unit, 7, Naming::by_documents, MadeOf::name, {})                     \
  table(measurement, 8, Naming::by_documents, MadeOf::nothing, {})           \
  table(cost_centre, 9, Naming::by_documents, MadeOf::code, {})              \
  table(integration, 10, Naming::by_documents, MadeOf::text, {})             \
  table(custom_field, 11, Naming::none, MadeOf::nothing, {})                 \
  table(custom_field_use, 12, Naming::none, MadeOf::nothing, {})             \
  table(custom_value, 13, Naming::none, MadeOf::nothing, {})                 \
  table(feature_link, 14, Naming::none, MadeOf::nothing, {})                 \
  table(family_link, 15, Naming::none, MadeOf::nothing, {})                  \
  table(organization, 16, Naming::none, MadeOf::nothing, {})
// clang-format on
enum class Table : std::uint8_t {
#define PRODUCT_TABLE(name, number, naming, made_of, links) name,
  PRODUCT_TABLES(PRODUCT_TABLE)
#undef PRODUCT_TABLE
};
// A sum of ones.
#define PRODUCT_TABLE(name, number, naming, made_of, links) \
  +1  // NOLINT(bugprone-macro-parentheses)
constexpr std::size_t kTables = 0 PRODUCT_TABLES(PRODUCT_TABLE);
#undef PRODUCT_TABLE

struct TableInfo {
  std::string_view name;  // without the prefix product_; product's own is all of it
  std::uint16_t number;
  std::span<const ColumnInfo> columns;
  Naming naming;
  MadeOf made_of;
  std::optional<Table> links;
};

const TableInfo& info(Table table);
std::optional<Table> find_table(std::string_view name);
// Where the column stands in the table's columns, or -1.
int find_column(Table table, std::string_view name);
// The names of the tables that documents name rows of; with `linked` those that products are linked
// to by a table between.
std::string list_named_tables(bool linked, std::string_view separator);

template <std::size_t N>
consteval unsigned place_of(const ColumnInfo (&columns)[N], std::string_view name) {
  for (unsigned i = 0; i < N; ++i) {
    if (columns[i].name == name) return i;
  }
  throw "the table has no such column";
}

// The columns that the code itself deals with, by their places.
namespace variant_column {
inline constexpr unsigned id = place_of(table_columns::variant, "id");
inline constexpr unsigned product_id = place_of(table_columns::variant, "product_id");
inline constexpr unsigned sku = place_of(table_columns::variant, "sku");
inline constexpr unsigned position = place_of(table_columns::variant, "position");
inline constexpr unsigned options = place_of(table_columns::variant, "options");
}  // namespace variant_column
// Of every table whose rows documents name.
namespace named_column {
inline constexpr unsigned id = place_of(table_columns::category, "id");
inline constexpr unsigned uuid = place_of(table_columns::category, "uuid");
}  // namespace named_column
namespace custom_field_column {
inline constexpr unsigned id = place_of(table_columns::custom_field, "id");
inline constexpr unsigned uuid = place_of(table_columns::custom_field, "uuid");
inline constexpr unsigned space = place_of(table_columns::custom_field, "namespace");
inline constexpr unsigned reference = place_of(table_columns::custom_field, "reference");
inline constexpr unsigned name = place_of(table_columns::custom_field, "name");
inline constexpr unsigned type = place_of(table_columns::custom_field, "type");
inline constexpr unsigned enum_values = place_of(table_columns::custom_field, "enum_values");
inline constexpr unsigned multiple_values =
    place_of(table_columns::custom_field, "multiple_values");
inline constexpr unsigned unique_value = place_of(table_columns::custom_field, "unique_value");
inline constexpr unsigned is_identifier = place_of(table_columns::custom_field, "is_identifier");
}  // namespace custom_field_column
namespace custom_field_use_column {
inline constexpr unsigned custom_field_id =
    place_of(table_columns::custom_field_use, "custom_field_id");
inline constexpr unsigned key = place_of(table_columns::custom_field_use, "key");
inline constexpr unsigned type = place_of(table_columns::custom_field_use, "type");
inline constexpr unsigned multiple_values =
    place_of(table_columns::custom_field_use, "multiple_values");
inline constexpr unsigned unique_value = place_of(table_columns::custom_field_use, "unique_value");
inline constexpr unsigned is_identifier =
    place_of(table_columns::custom_field_use, "is_identifier");
}  // namespace custom_field_use_column
namespace custom_value_column {
inline constexpr unsigned custom_field_id =
    place_of(table_columns::custom_value, "custom_field_id");
inline constexpr unsigned value = place_of(table_columns::custom_value, "value");
inline constexpr unsigned product_id = place_of(table_columns::custom_value, "product_id");
inline constexpr unsigned is_unique = place_of(table_columns::custom_value, "is_unique");
}  // namespace custom_value_column
// Of both tables of links.
namespace link_column {
inline constexpr unsigned product_id = place_of(table_columns::feature_link, "product_id");
inline constexpr unsigned target_id = place_of(table_columns::feature_link, "feature_id");
}  // namespace link_column
namespace organization_column {
inline constexpr unsigned document = place_of(table_columns::organization, "document");
}

}  // namespace product_upsert
