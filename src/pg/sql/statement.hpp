#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "pg/boundary/compat.hpp"

namespace product_upsert {

// A row as the executor hands it out. It and what its datums point at are gone after RowSink::row.
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

// Takes the rows of a statement. row() may throw: the statement stops, and execute() throws it on.
class RowSink {
 public:
  virtual ~RowSink() = default;
  virtual void row(const Row& row) = 0;
};

enum class Guard : std::uint8_t {
  plain,       // a generic plan, as the planner likes it
  index_only,  // planned as pg/sql/planner.hpp says
  scan,        // reads a table from end to end
  recursive,   // the same, by the sizes that tables have: from them comes that of a hash table
};

// One statement's text, the types of its parameters, and how to plan it. Its plan is prepared when
// first executed and kept for the session; the text alone is the key, so keep the Statement or
// make the same text again. Every name in it must be qualified.
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

// A connection to SPI. finish() on success only: a transaction's or subtransaction's abort cleans
// up after an error. Memory allocated between the two is freed by finish().
class Spi {
 public:
  // nonatomic: the caller may commit (a procedure outside a transaction block).
  void connect(bool nonatomic = false);
  void finish();
};

// Within Spi. Values that are null are marked 'n' in `nulls`, which may be empty where there are
// none. Unless read_only, the statement sees what was committed up to now (READ COMMITTED) and
// whatever this transaction did. Returns how many rows it processed.
std::uint64_t execute(const Statement& statement, std::span<const Datum> values,
                      std::span<const char> nulls, bool read_only, RowSink* sink);

// The same for a statement that only reads, which sees what is committed by now also where the
// whole transaction has one snapshot: what holds for everybody is not to be as old as that.
std::uint64_t read_latest(const Statement& statement, std::span<const Datum> values,
                          std::span<const char> nulls, RowSink* sink);

}  // namespace product_upsert
