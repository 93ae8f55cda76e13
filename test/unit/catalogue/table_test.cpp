#include "core/catalogue/table.hpp"

#include <gtest/gtest.h>

#include <map>
#include <regex>
#include <set>
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

// The lines of CREATE TABLE that describe its columns, by their names.
std::map<std::string, std::string> column_lines(const std::string& file, const std::string& table) {
  std::map<std::string, std::string> lines;
  bool inside = false;
  const std::regex column(R"re( {4}"?([a-z_]+)"? [a-z].*)re");
  std::istringstream sql(read_source_file(file));
  for (std::string line; std::getline(sql, line);) {
    if (line == "CREATE TABLE @extschema@." + table + " (") inside = true;
    else if (line.starts_with(")")) inside = false;
    else if (std::smatch m; inside && std::regex_match(line, m, column)) lines[m[1]] = line;
  }
  return lines;
}

std::set<std::string> needed(MadeOf made_of) {
  switch (made_of) {
    case MadeOf::nothing:
    case MadeOf::text: return {};
    case MadeOf::text_named:
    case MadeOf::name: return {"name"};
    case MadeOf::code: return {"code"};
  }
  return {};
}

TEST(TableTest, a_new_row_has_the_columns_that_cannot_be_null) {
  for (std::size_t t = 0; t < kTables; ++t) {
    const auto table = static_cast<Table>(t);
    if (info(table).made_of == MadeOf::nothing) continue;
    EXPECT_EQ(info(table).naming, Naming::by_documents) << table_name(table);
    std::set<std::string> wanted;
    for (const auto& [name, line] :
         column_lines("sql/tables/05_references.sql", table_name(table))) {
      const bool given = line.find(" DEFAULT ") != std::string::npos ||
                         line.find(" GENERATED ") != std::string::npos;
      if (line.find(" NOT NULL") != std::string::npos && !given) wanted.insert(name);
    }
    EXPECT_EQ(wanted.erase("organization_id"), 1U) << table_name(table);
    EXPECT_EQ(wanted, needed(info(table).made_of)) << table_name(table);
  }
}

TEST(TableTest, each_table_has_a_number_of_its_own) {
  std::set<std::uint16_t> numbers;
  for (std::size_t t = 0; t < kTables; ++t) numbers.insert(info(static_cast<Table>(t)).number);
  EXPECT_EQ(numbers.size(), kTables);
}

// What product_identity_texts() says of the table.
std::set<std::string> identity_texts_in_sql(const std::string& table) {
  const std::string sql = read_source_file("sql/install/02_identity_text.sql");
  const std::regex row("\\('" + table + "', +'\\{([a-z_,]*)\\}'");
  std::smatch m;
  std::set<std::string> columns;
  if (!std::regex_search(sql, m, row)) return columns;
  std::istringstream list(m[1]);
  for (std::string name; std::getline(list, name, ',');) columns.insert(name);
  return columns;
}

TEST(TableTest, c8_texts_that_identify_are_the_same_in_cxx_and_in_sql) {
  std::set<std::string> ours;
  identity_texts().each([&](Column c) { ours.emplace(info(c).name); });
  EXPECT_EQ(ours, identity_texts_in_sql("product"));
  for (std::size_t t = 0; t < kTables; ++t) {
    const auto table = static_cast<Table>(t);
    if (info(table).naming == Naming::none || table == Table::product) continue;
    const std::set<std::string> in_sql = identity_texts_in_sql(table_name(table));
    for (const char* key : {"reference", "code"}) {
      EXPECT_EQ(find_column(table, key) >= 0, in_sql.contains(key)) << table_name(table) << key;
    }
  }
}

TEST(TableTest, c5_numbers_of_products_are_finite) {
  const std::string sql = read_source_file("sql/tables/10_product.sql");
  std::smatch m;
  ASSERT_TRUE(std::regex_search(sql, m, std::regex(R"(greatest\(([a-z_, ]*)\))")));
  const std::string checked = ", " + m[1].str() + ",";
  EXPECT_NE(sql.find("least(" + m[1].str() + ")"), std::string::npos);
  for (const ColumnInfo& column : kColumnInfo) {
    if (column.type != ColumnType::numeric) continue;
    EXPECT_NE(checked.find(" " + std::string(column.name) + ","), std::string::npos) << column.name;
  }
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
