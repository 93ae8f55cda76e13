#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/catalogue/table.hpp"
#include "core/value/value.hpp"

namespace product_upsert {

// From this number of new rows on, a statement that fails at a taken key, within a subtransaction,
// costs less than one that probes every unique index twice.
constexpr std::size_t kManyRows = 200;

// Keys of rows of a table beside product, in some of its columns (places in its TableInfo).
struct TableKeys {
  std::vector<unsigned> columns;
  std::vector<std::uint32_t> items;  // the caller's own number of each key, handed back
  std::vector<Value> keys;           // items.size() × columns.size(), row by row

  void add(std::uint32_t item, std::initializer_list<Value> key) {
    items.push_back(item);
    keys.insert(keys.end(), key.begin(), key.end());
  }
};

// A stored row; valid during the call only.
struct StoredRow {
  std::uint64_t tid = 0;          // see StoredProduct
  std::span<const Value> values;  // of all columns of the table

  const Value& operator[](std::size_t column) const { return values[column]; }
};

class TableSink {
 public:
  virtual ~TableSink() = default;
  virtual void row(std::uint32_t item, const StoredRow& row) = 0;
};

struct TableWrites {
  std::int64_t organization_id = 0;
  Table table = Table::variant;
  std::vector<unsigned> columns;  // places in its TableInfo
  std::size_t rows = 0;
  // Sets the value of each of the columns; an absent one is written as null.
  std::function<void(std::size_t row, std::span<Value> values)> fill;
  // Whether a taken key may be an error of the implementation, which is cheaper for many rows than
  // leaving the row out. Only within Catalogue::atomically().
  bool may_fail = false;
  // For an update: where each row was read (see StoredRow), if known.
  std::vector<std::uint64_t> tids{};
};

// A column of rows to write, and what gives its value in a row.
template <typename F>
struct Given {
  unsigned column;
  F value;
};
template <typename F>
Given(unsigned, F) -> Given<F>;

template <typename... F>
TableWrites given_rows(std::int64_t organization_id, Table table, std::size_t rows,
                       Given<F>... given) {
  return {organization_id,
          table,
          {given.column...},
          rows,
          [given...](std::size_t row, std::span<Value> values) {
            std::size_t next = 0;
            ((values[next++] = given.value(row)), ...);
          }};
}

// The rows that products refer to and those that belong to them, as src/core/related needs them. As
// in Catalogue, each call is one statement over a whole batch of one organization.
class RelatedRows {
 public:
  virtual ~RelatedRows() = default;

  virtual void read(std::int64_t organization_id, Table table, std::span<const TableKeys> keys,
                    TableSink& sink) = 0;
  // Reads what is committed now, whatever at_one_time() began with.
  virtual void read_all(std::int64_t organization_id, Table table, TableSink& sink) = 0;
  // Leaves out rows whose key another row has; returns how many were inserted. The products of the
  // rows have been written in this transaction.
  virtual std::size_t insert_rows(const TableWrites& writes) = 0;
  // Ids that rows to be inserted may be given, ascending.
  virtual std::vector<std::int64_t> reserve_row_ids(Table table, std::size_t count) = 0;
  // Updates rows by id, the first of `columns`, and sets updated_at if the table has it. Returns
  // how many were written.
  virtual std::size_t update_rows(const TableWrites& writes) = 0;
  // Deletes rows that agree in all of `columns`. Returns how many.
  virtual std::size_t delete_rows(const TableWrites& writes) = 0;
  // Inserts rows of Table::custom_field_use, leaving out those of fields that have one; returns how
  // many were inserted. Nothing if a definition differs from what its row says: the caller must
  // then throw, as nothing is undone.
  virtual std::optional<std::size_t> insert_uses(const TableWrites& writes) = 0;
  // For each key of product.custom_fields, reports a product that has a value there, if any.
  virtual void find_values(
      std::int64_t organization_id, std::span<const std::string> keys,
      const std::function<void(std::size_t key, std::int64_t product)>& found) = 0;
  // Keeps others from indexing or releasing custom fields (product_custom_field_index) until the
  // transaction ends. Throws Refusal (serialization) if the whole transaction has one snapshot and
  // the organization's fields have changed since, because the current index cannot be seen.
  virtual void hold_custom_fields(std::int64_t /*organization_id*/) {}
  // Whether the caller may insert rows, as far as privileges on the table say.
  virtual bool may_insert(Table /*table*/) { return true; }
  // Keeps others from creating rows of the table by names that no index keeps unique, until the
  // transaction ends. Throws Refusal (serialization) if the whole transaction has one snapshot and
  // the organization's rows have changed since.
  virtual void lock_names(std::int64_t /*organization_id*/, Table /*table*/) {}
  // Keeps others from changing parents in the organization until the transaction ends.
  virtual void lock_parents(std::int64_t organization_id) = 0;
  // These products and all their ancestors, each as a row of Table::product, item 0.
  virtual void read_ancestors(std::int64_t organization_id, std::span<const std::int64_t> ids,
                              TableSink& sink) = 0;
};

}  // namespace product_upsert
