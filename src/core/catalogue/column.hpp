#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>

#include "core/value/assert.hpp"
#include "core/value/index_set.hpp"

namespace product_upsert {

// recipe: type
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
// which every statement names by itself), each with its type. Columns that a user added come behind
// these: see own_column.hpp.
// recipe: column
// clang-format off
#define PRODUCT_COLUMNS(column)      \
  column(id, bigint)                 \
  column(uuid, uuid)                 \
  column(external_id, text)          \
  column(reference, text)            \
  column(handle, text)               \
  column(number, text)               \
  column(manufacturer, text)         \
  column(brand, text)                \
  column(name, text)                 \
  column(size, numeric)              \
  column(size_unit, text)            \
  column(internal_name, text)        \
  column(description, text)          \
  column(product_type, text)         \
  column(status, text)               \
  column(tax_category, text)         \
  column(invoice_visibility, text)   \
  column(display_order, integer)     \
  column(currency, text)             \
  column(web_url, text)              \
  column(price, numeric)             \
  column(cost, numeric)              \
  column(markup, numeric)            \
  column(available_from, date)       \
  column(available_to, date)         \
  column(container, text)            \
  column(vend_size, text)            \
  column(calories, integer)          \
  column(product_group, text)        \
  column(item_number, text)          \
  column(upc, text)                  \
  column(is_common, boolean)         \
  column(product_image, text)        \
  column(nutrition_image, text)      \
  column(department, text)           \
  column(tags, text_array)           \
  column(systems, text_array)        \
  column(channels, text_array)       \
  column(images, jsonb)              \
  column(translations, jsonb)        \
  column(custom_fields, jsonb)       \
  column(custom_data, jsonb)         \
  column(linked_integrations, jsonb) \
  column(meta, jsonb)                \
  column(category_id, bigint)        \
  column(parent_product_id, bigint)  \
  column(billing_entity_id, bigint)  \
  column(tax_group_id, bigint)       \
  column(measurement_id, bigint)     \
  column(cost_centre_id, bigint)     \
  column(is_archived, boolean)       \
  column(is_deleted, boolean)        \
  column(version, integer)           \
  column(created_at, timestamptz)    \
  column(updated_at, timestamptz)    \
  column(field_sources, jsonb)
// clang-format on
enum class Column : std::uint16_t {
#define PRODUCT_COLUMN(name, type) name,
  PRODUCT_COLUMNS(PRODUCT_COLUMN)
#undef PRODUCT_COLUMN
};
// A sum of ones.
#define PRODUCT_COLUMN(name, type) +1  // NOLINT(bugprone-macro-parentheses)
constexpr std::size_t kColumns = 0 PRODUCT_COLUMNS(PRODUCT_COLUMN);
#undef PRODUCT_COLUMN
// Those that tables of every version have: field_sources came with version 4.
constexpr std::size_t kFirstColumns = kColumns - 1;

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
  std::int8_t decimals = 6;    // of the seconds of a timestamptz(decimals)
  bool operator==(const ColumnInfo&) const = default;
};
inline constexpr std::array<ColumnInfo, kColumns> kColumnInfo = {{
#define PRODUCT_COLUMN(name, type) {#name, ColumnType::type},
    PRODUCT_COLUMNS(PRODUCT_COLUMN)
#undef PRODUCT_COLUMN
}};
const ColumnInfo& own_column_info(Column column);

constexpr const ColumnInfo& info(Column column) {
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
  // Where the column, which is in the set, stands when the set's columns are listed in order.
  std::size_t index(Column c) const {
    PRODUCT_UPSERT_ASSERT(has(c));
    return all_.rank(static_cast<std::size_t>(c));
  }
  template <typename F>
  void each(F f) const {
    all_.each([&](std::size_t c) { f(static_cast<Column>(c)); });
  }
  bool operator==(const ColumnSet&) const = default;

 private:
  IndexSet all_;
};

// The columns whose texts identify (C8): product_identity_texts() of sql/install has the same.
const ColumnSet& identity_texts();

}  // namespace product_upsert
