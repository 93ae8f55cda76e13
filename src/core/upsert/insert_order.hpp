#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/upsert/batch_state.hpp"

namespace product_upsert {

// A product to be written: its id and its item.
using RowToWrite = std::pair<std::int64_t, std::uint32_t>;

// Which new products are inserted by one statement, and in which order: writers wait for one
// another and do not deadlock, parents come before their children (rule 13), and a user's column
// that no document of a statement gives gets the table's default.
class InsertOrder {
 public:
  explicit InsertOrder(BatchState& state) : state_(state) {}

  // The new products with ids, which ascend in input order, in the order in which they go in. With
  // asks_for_ids an id that is drawn is asked for first: somebody may have it.
  std::vector<RowToWrite> reserve_rows(std::int64_t organization_id, const Items& items,
                                       bool asks_for_ids);
  // The same rows, a statement each, in the order of the statements.
  std::vector<std::vector<RowToWrite>> by_defaults(std::vector<RowToWrite> rows,
                                                   const ColumnSet& columns) const;
  // Whether the product is created without a word about a column that has a default.
  bool is_left_out(const Item& item, Column column) const;

 private:
  void sort_by_key(std::vector<RowToWrite>& rows) const;
  std::vector<std::size_t> stages_of(const std::vector<RowToWrite>& rows,
                                     const std::vector<std::vector<bool>>& kinds) const;

  BatchState& state_;
};

// The id that the document gives its product; given_id: 0 where it gives none.
std::optional<std::int64_t> said_id(const Batch& batch, const Item& item);
std::int64_t given_id(const Batch& batch, const Item& item);

}  // namespace product_upsert
