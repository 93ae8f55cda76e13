#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "core/catalogue/column.hpp"

namespace product_upsert {

// The tables beside product that documents name rows of, or whose rows belong to a product.
enum class Table : std::uint8_t {
  product,  // as something that another product refers to
  variant,
  category,
  feature,
  family,
  billing_entity,
  tax_group,
  unit,
  measurement,
  cost_centre,
  integration,
  custom_field,
  custom_field_use,
  custom_value,
  feature_link,
  family_link,
  organization,
};
constexpr std::size_t kTables = static_cast<std::size_t>(Table::organization) + 1;

struct TableInfo {
  std::string_view name;                // without the prefix product_
  std::span<const ColumnInfo> columns;  // all but organization_id
};

const TableInfo& info(Table table);
std::optional<Table> find_table(std::string_view name);
// Where the column stands in the table's columns, or -1.
int find_column(Table table, std::string_view name);

// The columns that the code itself deals with, by their places.
namespace variant_column {
enum : unsigned {
  id,
  product_id,
  sku,
  external_id,
  barcode,
  web_url,
  handle,
  title,
  description,
  position,
  price
};
}
namespace custom_field_column {
enum : unsigned {
  id,
  uuid,
  space,
  reference,
  name,
  type,
  enum_values,
  multiple_values,
  unique_value,
  is_identifier,
};
}
namespace custom_field_use_column {
enum : unsigned { custom_field_id, key, type, multiple_values, unique_value, is_identifier };
}
namespace custom_value_column {
enum : unsigned { custom_field_id, value, product_id, is_unique };
}
namespace link_column {
enum : unsigned { product_id, target_id };
}

}  // namespace product_upsert
