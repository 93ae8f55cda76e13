#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/catalogue/related.hpp"

namespace product_upsert {

// The tables beside product, in memory. Keeps their unique keys, as ON CONFLICT DO
// NOTHING sees them; foreign keys are the concern of MemoryCatalogue, which owns it.
class MemoryRelated final : public RelatedRows {
 public:
  struct Row {
    std::int64_t organization_id = 0;
    std::vector<Value> values;  // all columns of the table
  };
  // What the product table in memory tells of its rows: all of them in the columns of
  // Table::product.
  using Products = std::function<std::vector<Row>(std::int64_t organization_id)>;

  // And of their custom fields: id and column.
  using CustomFieldsOf =
      std::function<std::vector<std::pair<std::int64_t, Value>>(std::int64_t organization_id)>;

  MemoryRelated(Arena& arena, Products products, CustomFieldsOf custom_fields)
      : arena_(arena), products_(std::move(products)), custom_fields_(std::move(custom_fields)) {}

  // A row from JSON by the columns' names; returns its id, which is generated unless given.
  std::int64_t put(std::int64_t organization_id, Table table, std::string_view json);
  const std::vector<Row>& rows(Table table) const {
    return tables_[static_cast<std::size_t>(table)];
  }
  bool has(std::int64_t organization_id, Table table, std::int64_t id) const;
  void erase_product(std::int64_t organization_id, std::int64_t id);
  void clear();
  std::string dump() const;

  // Takes the place of a concurrent writer who is there first: called before rows are inserted.
  std::function<void()> before_insert;
  int calls = 0;
  std::size_t keys = 0;  // that were asked for

  void read(std::int64_t organization_id, Table table, std::span<const TableKeys> keys,
            TableSink& sink) override;
  void read_all(std::int64_t organization_id, Table table, TableSink& sink) override;
  std::size_t insert_rows(const TableWrites& writes) override;
  std::vector<std::int64_t> reserve_row_ids(Table table, std::size_t count) override;
  std::size_t update_rows(const TableWrites& writes) override;
  std::size_t delete_rows(const TableWrites& writes) override;
  std::optional<std::size_t> insert_uses(const TableWrites& writes) override;
  void find_values(
      std::int64_t organization_id, std::span<const std::string> keys,
      const std::function<void(std::size_t key, std::int64_t product)>& found) override;
  void lock_parents(std::int64_t organization_id) override;
  void read_ancestors(std::int64_t organization_id, std::span<const std::int64_t> ids,
                      TableSink& sink) override;

 private:
  friend class MemoryCatalogue;
  using Tables = std::array<std::vector<Row>, kTables>;

  std::vector<Row>& table(Table t) { return tables_[static_cast<std::size_t>(t)]; }
  bool insert(Table t, Row row);
  bool clashes(Table t, const Row& row) const;

  Arena& arena_;
  Products products_;
  CustomFieldsOf custom_fields_;
  Tables tables_;
  std::int64_t last_id_ = 0;
};

}  // namespace product_upsert
