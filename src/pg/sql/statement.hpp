#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "pg/boundary/compat.hpp"

namespace product_upsert {

// A row from the executor. The row, and what its datums point to, are valid only during
// RowSink::row.
class Row {
 public:
  explicit Row(const TupleTableSlot* slot) : slot_(slot) {}
  Datum datum(int column) const { return slot_->tts_values[column]; }  // columns count from 0
  bool is_null(int column) const { return slot_->tts_isnull[column]; }
  int columns() const { return slot_->tts_nvalid; }
  Oid type(int column) const { return TupleDescAttr(slot_->tts_tupleDescriptor, column)->atttypid; }

 private:
  const TupleTableSlot* slot_;
};

// Receives the rows of a statement. row() may throw: the statement stops, and execute() rethrows.
class RowSink {
 public:
  virtual ~RowSink() = default;
  virtual void row(const Row& row) = 0;
};

enum class Guard : std::uint8_t {
  plain,       // a generic plan, without interference
  index_only,  // planned as pg/sql/planner.hpp says
  scan,        // reads a table from end to end
  recursive,   // like scan, but with the tables' real sizes, which determine that of a hash table
  by_values,   // planned anew for the values of its parameters: a long array is then looked up by
               // hash, where a generic plan compares every row with each element
};

// The text of a statement, the types of its parameters, and how to plan it. The plan is prepared at
// the first execution and kept for the session. Its key is the text and the types, so a Statement
// may be kept or made again. All names in the text must be qualified.
class Statement {
 public:
  Statement(std::string sql, std::vector<Oid> parameters, Guard guard = Guard::plain);

  const std::string& sql() const { return sql_; }
  std::span<const Oid> parameters() const { return parameters_; }
  Guard guard() const { return guard_; }
  std::size_t hash() const { return hash_; }

 private:
  std::string sql_;
  std::vector<Oid> parameters_;
  std::size_t hash_;
  Guard guard_;
};

// A connection to SPI. Call finish() on success only: the abort of the (sub)transaction cleans up
// after an error. finish() frees all memory that was allocated since connect().
class Spi {
 public:
  // nonatomic: the caller may commit, being a procedure outside a transaction block.
  void connect(bool nonatomic = false);
  void finish();
};

// What a statement sees.
enum class SnapshotKind : std::uint8_t {
  fresh,   // what was committed up to now (READ COMMITTED), and what this transaction did
  active,  // what the active snapshot sees; for statements that only read
};

// Use it within Spi. `nulls` marks null values with 'n', and may be empty if there are none.
// Returns the number of rows processed.
std::uint64_t execute(const Statement& statement, std::span<const Datum> values,
                      std::span<const char> nulls, SnapshotKind snapshot, RowSink* sink);

// The same for a statement that only reads. It sees what is committed by now, even if the whole
// transaction has one snapshot: rules that hold for everyone must not be read from an old snapshot.
std::uint64_t read_latest(const Statement& statement, std::span<const Datum> values,
                          std::span<const char> nulls, RowSink* sink);

}  // namespace product_upsert
