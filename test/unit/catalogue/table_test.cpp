#include "core/catalogue/table.hpp"

#include <gtest/gtest.h>

#include <map>
#include <regex>
#include <sstream>

#include "unit/source_files.hpp"

namespace product_upsert {
namespace {

using ColumnTypes = std::map<std::string, std::string, std::less<>>;

// The columns that CREATE TABLE gives the table, with their types; from sql/tables.
ColumnTypes columns_in_sql(const std::string& table) {
  ColumnTypes columns;
  bool inside = false;
  const std::regex column(R"re( {4}"?([a-z_]+)"? ([a-z]+(\[\])?).*)re");
  for (const char* file :
       {"05_references.sql", "10_product.sql", "15_parts.sql", "17_custom_field_use.sql"}) {
    std::istringstream sql(read_source_file(std::string("sql/tables/") + file));
    for (std::string line; std::getline(sql, line);) {
      if (line == "CREATE TABLE @extschema@." + table + " (") inside = true;
      else if (line.starts_with(")")) inside = false;
      else if (std::smatch m; inside && std::regex_match(line, m, column)) columns[m[1]] = m[2];
    }
  }
  return columns;
}

std::string table_name(Table table) {
  return table == Table::product ? "product" : "product_" + std::string(info(table).name);
}

TEST(TableTest, every_column_is_in_sql_and_of_that_type) {
  for (std::size_t t = 0; t < kTables; ++t) {
    const auto table = static_cast<Table>(t);
    const ColumnTypes sql = columns_in_sql(table_name(table));
    EXPECT_TRUE(sql.contains("organization_id")) << table_name(table);
    for (const ColumnInfo& column : info(table).columns) {
      const auto found = sql.find(column.name);
      ASSERT_NE(found, sql.end()) << table_name(table) << "." << column.name;
      EXPECT_EQ(found->second, sql_name(column.type)) << table_name(table) << "." << column.name;
    }
  }
}

TEST(TableTest, the_columns_of_product_are_those_of_sql) {
  ColumnTypes ours;
  for (const ColumnInfo& column : kColumnInfo) ours.emplace(column.name, sql_name(column.type));
  ColumnTypes sql = columns_in_sql("product");
  EXPECT_EQ(sql.erase("organization_id"), 1U);
  EXPECT_EQ(ours, sql);
}

TEST(TableTest, a_table_is_found_by_its_name) {
  for (std::size_t t = 0; t < kTables; ++t)
    EXPECT_EQ(find_table(info(static_cast<Table>(t)).name), static_cast<Table>(t));
  EXPECT_FALSE(find_table(""));
  EXPECT_FALSE(find_table("product_category"));
}

TEST(TableTest, a_column_is_found_in_its_table_only) {
  EXPECT_EQ(find_column(Table::variant, "sku"), static_cast<int>(variant_column::sku));
  EXPECT_EQ(find_column(Table::category, "sku"), -1);
  EXPECT_EQ(info(Table::custom_field).columns[custom_field_column::space].name, "namespace");
}

TEST(TableTest, links_lead_from_a_product_to_rows_that_documents_name) {
  for (std::size_t t = 0; t < kTables; ++t) {
    const TableInfo& table = info(static_cast<Table>(t));
    if (!table.links) continue;
    EXPECT_EQ(table.naming, Naming::by_documents) << table.name;
    const auto columns = info(*table.links).columns;
    EXPECT_EQ(columns[link_column::product_id].name, "product_id");
    EXPECT_EQ(columns[link_column::target_id].name, std::string(table.name) + "_id");
  }
  EXPECT_EQ(list_named_tables(true, " or "), "feature or family");
}

}  // namespace
}  // namespace product_upsert
