#pragma once

#include <string>

#include "core/catalogue/related.hpp"
#include "pg/boundary/compat.hpp"
#include "pg/store/attempt.hpp"

namespace product_upsert {

// The table's name, without its schema.
std::string unqualified_name(Table table);

// The tables beside `product` in one schema, with every statement that src/core/related needs. Use
// it within Spi.
class RelatedStore final : public RelatedRows {
 public:
  // `schema`: an SQL identifier; `space`: its oid. `variant_columns`: see Profile. `reads_fixed`:
  // whether reads use the active snapshot at the time. `attempts`: those of the call. All three
  // must outlive this object.
  RelatedStore(std::string schema, Oid space, std::span<const ColumnInfo> variant_columns,
               const bool& reads_fixed, Attempts& attempts)
      : schema_(std::move(schema)),
        space_(space),
        variant_columns_(variant_columns),
        reads_fixed_(reads_fixed),
        attempts_(attempts) {}

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
  void hold_custom_fields(std::int64_t organization_id) override;
  bool may_insert(Table table) override;
  void lock_names(std::int64_t organization_id, Table table) override;
  void lock_parents(std::int64_t organization_id) override;
  void read_ancestors(std::int64_t organization_id, std::span<const std::int64_t> ids,
                      TableSink& sink) override;

 private:
  std::string name(Table table) const;
  std::span<const ColumnInfo> columns(Table table) const {
    return table == Table::variant ? variant_columns_ : info(table).columns;
  }
  Oid find(Table table) const;
  void lock(std::int64_t organization_id, std::uint16_t lock_class);
  bool differs_by_now(std::int64_t organization_id, Table table, const std::string& digest);
  bool insert_directly(const TableWrites& writes) const;
  std::vector<std::size_t> update_directly(const TableWrites& writes, TimestampTz now) const;

  std::string schema_;
  Oid space_;
  std::span<const ColumnInfo> variant_columns_;
  const bool& reads_fixed_;
  Attempts& attempts_;
  bool locks_parents_ = false;
};

}  // namespace product_upsert
