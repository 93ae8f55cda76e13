#pragma once

#include <span>
#include <vector>

#include "core/document/merge.hpp"
#include "core/upsert/batch_state.hpp"
#include "core/upsert/insert_order.hpp"

namespace product_upsert {

// Writes products as decided, and the rows beside them: the statements and their order. Knows
// nothing of rounds or of what is undone.
//
// All writers share one order, so that they wait for one another and do not deadlock: updates by
// id, then inserts by key, then deletions by id, then the rows beside them. A product that takes a
// key from another product of the call is written after that one.
class Writer {
 public:
  // How a row is written that might not be let in.
  struct Manner {
    bool stops_at_loss = true;  // what was lost is undone by the caller: no need to go on
    // Many rows are inserted plainly, which costs less: a taken key is an error then.
    bool fails_at_many = false;
    // A taken key is an error always, so that it is known from a row that the owner keeps out.
    bool fails_at_one = false;
    // Whether ids that are drawn are taken is asked first: only by who has lost a row before.
    bool asks_for_ids = false;
    // False: a product that another writer has just now is lost, not waited for.
    bool may_wait = true;
  };
  struct Result {
    Items lost;                   // products not written
    bool related_written = true;  // else rows beside the products were not
  };

  explicit Writer(BatchState& state) : state_(state), insert_order_(state) {}

  // Writes pending items of one organization. Those written have their new status, id and version.
  Result write(std::int64_t organization_id, const Items& items, Manner manner);

 private:
  class Receipt;

  std::vector<KeyMove> moves_among(const Items& items) const;
  void put_in_order(std::vector<RowToWrite>& rows, std::vector<KeyMove>& moves);
  ColumnSet release(std::int64_t organization_id, const std::vector<KeyMove>& moves);
  void update(std::int64_t organization_id, const Items& items, std::vector<KeyMove> moves,
              Manner manner, Items& lost);
  void insert(std::int64_t organization_id, const Items& items, Manner manner, Items& lost);
  void remove(std::int64_t organization_id, const Items& items, Items& lost);
  void insert_rows(std::int64_t organization_id, const std::vector<RowToWrite>& rows,
                   const ColumnSet& columns, Manner manner, Items& lost);
  void fill(Merger& merger, const RowToWrite& row, const ColumnSet& columns,
            std::span<Value> values);

  BatchState& state_;
  InsertOrder insert_order_;
  ColumnSet released_;  // set to null by this write(), to be set again
};

}  // namespace product_upsert
