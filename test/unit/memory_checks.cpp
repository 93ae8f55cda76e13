// MemoryCatalogue: what the tables of PostgreSQL hold every row to, whoever writes it.
#include <algorithm>
#include <limits>

#include "core/value/text.hpp"
#include "unit/memory_catalogue.hpp"

namespace product_upsert {

namespace {

// Bytes that an index entry holds; the core stays below it.
constexpr std::size_t kIndexEntry = 2600;

bool never_null(Column c) {
  return c == Column::id || c == Column::is_archived || c == Column::is_deleted ||
         c == Column::version || c == Column::created_at || c == Column::updated_at;
}

bool identity_text(Column c) {
  return c == Column::external_id || c == Column::reference || c == Column::handle ||
         c == Column::number || c == Column::manufacturer || c == Column::brand ||
         c == Column::name || c == Column::size_unit;
}

bool fits_column(ColumnType type, const Value& v) {
  switch (type) {
    case ColumnType::text: return v.kind() == Kind::text;
    case ColumnType::integer: {
      const auto i = v.as_integer();
      return i && *i >= std::numeric_limits<std::int32_t>::min() &&
             *i <= std::numeric_limits<std::int32_t>::max();
    }
    case ColumnType::bigint: return v.as_integer().has_value();
    case ColumnType::numeric: return v.is_number();
    case ColumnType::boolean: return v.kind() == Kind::boolean;
    case ColumnType::date: return v.kind() == Kind::text && is_date(v.as_text());
    case ColumnType::timestamptz: return v.kind() == Kind::text && is_timestamp(v.as_text());
    case ColumnType::uuid: return v.kind() == Kind::text && is_uuid(v.as_text());
    case ColumnType::text_array:
      return v.kind() == Kind::list &&
             std::all_of(v.items().begin(), v.items().end(),
                         [](const Value& item) { return item.kind() == Kind::text; });
    case ColumnType::jsonb: return v.has_value();
  }
  return false;
}

// Bytes that a key takes in an index, about.
std::size_t key_bytes(const Value& v) {
  if (v.kind() == Kind::text) return v.as_text().size();
  return v.kind() == Kind::number ? v.as_text().size() / 2 : 8;
}

bool has_key(const IdentityRule& rule, const MemoryCatalogue::Product& p) {
  return std::all_of(rule.required.begin(), rule.required.end(),
                     [&](Column c) { return p[c].has_value(); });
}

bool same_key(const IdentityRule& rule, const MemoryCatalogue::Product& a,
              const MemoryCatalogue::Product& b) {
  return std::all_of(rule.fields.begin(), rule.fields.end(), [&](Column c) {
    if (!a[c].has_value() || !b[c].has_value())
      return rule.nulls_equal && a[c].has_value() == b[c].has_value();
    return equal_keys(a[c], b[c]);
  });
}

}  // namespace

void MemoryCatalogue::check(const Product& product) const {
  if (const std::string broken = constraint ? constraint(product) : ""; !broken.empty())
    throw CheckViolation(broken);
  for (std::size_t i = 0; i < kColumns; ++i) {
    const auto c = static_cast<Column>(i);
    const Value& v = product.values[i];
    const std::string name(kColumnInfo[i].name);
    if (!v.has_value()) {
      if (never_null(c)) throw DatabaseError("null in column " + name);
      continue;
    }
    if (!fits_column(kColumnInfo[i].type, v))
      throw DatabaseError("column " + name + " cannot hold " + v.json());
    if (identity_text(c) && !(c == Column::name && v.as_text().empty()) &&
        (v.as_text().empty() || trim(v.as_text()) != v.as_text()))
      throw DatabaseError("column " + name + " holds no identity text: " + v.json());
  }
  for (const auto& [column, value] : product.own) {
    if (!own_columns.contains(column)) throw DatabaseError("no column of that type");
    if (value.has_value() && !fits_column(info(column).type, value))
      throw DatabaseError("an own column cannot hold " + value.json());
    if (info(column).is_restricted && type_rule && !type_rule(info(column), value))
      throw DatabaseError("a value that its type does not let in: " + value.json());
  }
  if (*product[Column::id].as_integer() < 1) throw DatabaseError("an id that is not positive");
  for (const IdentityRule& rule : rules_.rules) {
    std::size_t bytes = 0;
    for (Column c : rule.fields) bytes += key_bytes(product[c]);
    if (has_key(rule, product) && bytes > kIndexEntry)
      throw DatabaseError("an entry too long for the index of " + rule.name);
  }
}

const IdentityRule* MemoryCatalogue::conflict(const Product& product) const {
  for (auto it = products_.lower_bound({product.organization_id, 0});
       it != products_.end() && it->first.first == product.organization_id; ++it) {
    const Product& other = it->second;
    if (other.tid == product.tid) continue;
    for (const IdentityRule& rule : rules_.rules) {
      if (has_key(rule, product) && has_key(rule, other) && same_key(rule, product, other))
        return &rule;
    }
  }
  return nullptr;
}

void MemoryCatalogue::require_unique(const Product& product) const {
  Product same = product;
  if (const auto it = products_.find({product.organization_id, product.id});
      it != products_.end() && product.version > it->second.version)
    same.tid = it->second.tid;
  if (const IdentityRule* rule = conflict(same))
    throw UniqueViolation("duplicate key of rule " + rule->name);
}

// recipe: table
void MemoryCatalogue::require_references(const Product& product) const {
  constexpr std::pair<Column, Table> kReferences[] = {
      {Column::category_id, Table::category},
      {Column::parent_product_id, Table::product},
      {Column::billing_entity_id, Table::billing_entity},
      {Column::tax_group_id, Table::tax_group},
      {Column::measurement_id, Table::measurement},
      {Column::cost_centre_id, Table::cost_centre}};
  for (const auto& [column, table] : kReferences) {
    if (!product[column].has_value()) continue;
    const std::int64_t id = *product[column].as_integer();
    const bool there = table == Table::product ? get(product.organization_id, id) != nullptr
                                               : rows.has(product.organization_id, table, id);
    if (!there) throw ForeignKeyViolation("no row for " + std::string(info(column).name));
  }
}

}  // namespace product_upsert
