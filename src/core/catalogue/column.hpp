#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

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
// which every statement names by itself).
enum class Column : std::uint8_t {
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
};
extern const std::array<ColumnInfo, kColumns> kColumnInfo;

inline const ColumnInfo& info(Column column) {
  return kColumnInfo[static_cast<std::size_t>(column)];
}
std::optional<Column> find_column(std::string_view name);

// A set of columns; a plan is prepared for one such set.
class ColumnSet {
 public:
  constexpr ColumnSet() = default;
  constexpr ColumnSet(std::initializer_list<Column> columns) {
    for (Column c : columns) add(c);
  }
  constexpr void add(Column c) { bits_ |= std::uint64_t{1} << static_cast<unsigned>(c); }
  constexpr void add(ColumnSet other) { bits_ |= other.bits_; }
  constexpr void remove(Column c) { bits_ &= ~(std::uint64_t{1} << static_cast<unsigned>(c)); }
  constexpr bool has(Column c) const { return (bits_ >> static_cast<unsigned>(c)) & 1U; }
  constexpr bool empty() const { return bits_ == 0; }
  constexpr std::uint64_t bits() const { return bits_; }
  constexpr std::size_t size() const {
    return static_cast<std::size_t>(__builtin_popcountll(bits_));
  }
  // Where the column stands when the set's columns are listed in order.
  constexpr std::size_t index(Column c) const {
    return static_cast<std::size_t>(
        __builtin_popcountll(bits_ & ((std::uint64_t{1} << static_cast<unsigned>(c)) - 1)));
  }
  template <typename F>
  void each(F f) const {
    for (std::uint64_t b = bits_; b != 0; b &= b - 1) f(static_cast<Column>(__builtin_ctzll(b)));
  }
  bool operator==(const ColumnSet&) const = default;

 private:
  std::uint64_t bits_ = 0;
};
static_assert(kColumns <= 64);

}  // namespace product_upsert
