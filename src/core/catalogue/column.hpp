#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>

#include "core/value/index_set.hpp"

namespace product_upsert {

enum class ColumnType : std::uint8_t {
  text,
  integer,
  bigint,
  numeric,
  boolean,
  date,
  timestamptz,
  uuid,
  text_array,
  jsonb,
};
// As SQL writes it: "text", "bigint", "text[]", …
std::string_view sql_name(ColumnType type);

// The columns of the table `product` that documents fill or answers show (all but organization_id,
// which every statement names by itself). Columns that a user added come behind these: see
// own_column.hpp.
enum class Column : std::uint16_t {
  id,
  uuid,
  external_id,
  reference,
  handle,
  number,
  manufacturer,
  brand,
  name,
  size,
  size_unit,
  internal_name,
  description,
  product_type,
  status,
  tax_category,
  invoice_visibility,
  display_order,
  currency,
  web_url,
  price,
  cost,
  markup,
  available_from,
  available_to,
  container,
  vend_size,
  calories,
  product_group,
  item_number,
  upc,
  is_common,
  product_image,
  nutrition_image,
  department,
  tags,
  systems,
  channels,
  images,
  translations,
  custom_fields,
  custom_data,
  linked_integrations,
  meta,
  category_id,
  parent_product_id,
  billing_entity_id,
  tax_group_id,
  measurement_id,
  cost_centre_id,
  is_archived,
  is_deleted,
  version,
  created_at,
  updated_at,
};
constexpr std::size_t kColumns = static_cast<std::size_t>(Column::updated_at) + 1;

struct ColumnInfo {
  std::string_view name;
  ColumnType type;
  // The rest is for columns that a user added. Where the type is another one that is carried as
  // `type` (a domain, an enum, varchar(20), numeric(10,2)): its oid, else 0.
  std::uint32_t type_id = 0;
  // The enum, as SQL writes it, that texts are cast to; else empty.
  std::string_view cast = {};
  std::int16_t precision = 0, scale = 0;  // of numeric(precision, scale); 0: any
  std::uint32_t max_length = 0;           // characters; 0: any
  bool has_default = false;               // the table's own, for rows that say nothing
  bool is_restricted = false;  // the type has rules that only the database knows: see check_type()
  bool operator==(const ColumnInfo&) const = default;
};
extern const std::array<ColumnInfo, kColumns> kColumnInfo;
const ColumnInfo& own_column_info(Column column);

inline const ColumnInfo& info(Column column) {
  const auto c = static_cast<std::size_t>(column);
  return c < kColumns ? kColumnInfo[c] : own_column_info(column);
}
// Of the built-in ones.
std::optional<Column> find_column(std::string_view name);

// A set of columns; a plan is prepared for one such set.
class ColumnSet {
 public:
  ColumnSet() = default;
  ColumnSet(std::initializer_list<Column> columns) {
    for (Column c : columns) add(c);
  }
  void add(Column c) { all_.add(static_cast<std::size_t>(c)); }
  void add(const ColumnSet& other) { all_.add(other.all_); }
  void remove(Column c) { all_.remove(static_cast<std::size_t>(c)); }
  bool has(Column c) const { return all_.has(static_cast<std::size_t>(c)); }
  bool empty() const { return all_.empty(); }
  std::size_t size() const { return all_.size(); }
  // Where the column stands when the set's columns are listed in order.
  std::size_t index(Column c) const { return all_.rank(static_cast<std::size_t>(c)); }
  template <typename F>
  void each(F f) const {
    all_.each([&](std::size_t c) { f(static_cast<Column>(c)); });
  }
  bool operator==(const ColumnSet&) const = default;

 private:
  IndexSet all_;
};

}  // namespace product_upsert
