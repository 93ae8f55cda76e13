#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "core/catalogue/column.hpp"
#include "core/value/value.hpp"
#include "pg/boundary/compat.hpp"
#include "pg/types/array.hpp"

extern "C" {
#include "access/genam.h"
#include "access/skey.h"
}

// Finds rows by the equality of some columns, below SQL: each key is one descent of an index. All
// except KeyDatums is trivial, since an error of PostgreSQL may leave it at any point; the abort
// releases what it holds. Functions that open, close or descend may raise PostgreSQL's errors.
namespace product_upsert {

// A table that is being read.
struct ReadTable {
  Relation table;     // the table that the statement would name
  Relation relation;  // the table that has the rows: the same, or a partition
  TupleTableSlot* slot;
  std::span<const ColumnInfo> columns;
  AttrNumber* attributes;  // one for each column
  AttrNumber organization;
  AttrNumber last;  // the last attribute that is read
};

// Returns false, with nothing opened, if the statement might return anything other than what the
// indexes contain: see open_readable_rows(), has_privileges() and policies_let(). `attributes` has
// room for all columns.
bool open_source(Oid table, std::int64_t organization_id, std::span<const ColumnInfo> columns,
                 AttrNumber* attributes, ReadTable* source);
void close_source(const ReadTable& source);

// The columns of a key, by their places, and which of them are null.
struct KeyShape {
  std::array<unsigned, INDEX_MAX_KEYS> columns;
  std::array<bool, INDEX_MAX_KEYS> nulls;
  int count;
};

// Prepared to look up keys of one shape in an index.
struct Descent {
  Relation index;
  IndexScanDesc scan;
  int count;
  std::array<ScanKeyData, INDEX_MAX_KEYS> keys;
  // State of a walk:
  bool is_over;
  bool is_ahead;  // it has reached `ahead`, which is beyond the last key that was asked for
  std::int64_t ahead;
};

// Uses the active snapshot. Returns false if no index is sufficient.
bool begin_descent(const ReadTable& source, const KeyShape& shape, std::int64_t organization_id,
                   Descent* descent);
void end_descent(const Descent& descent);

// Converts the values of keys of one shape for the descent. Each is valid until the next.
class KeyDatums {
 public:
  KeyDatums(const ReadTable& source, const KeyShape& shape);
  void set(const Value* key, Descent& descent);

 private:
  const KeyShape& shape_;
  std::vector<ArrayBuilder> makers_;
};

// Descends to the current key.
void descend(Descent& descent);
// Puts the next row with that key into the slot; false if there is none.
bool next_row(const ReadTable& source, Descent& descent);

// Keys whose last column is a bigint, and which are asked for in ascending order and lie close
// together, cost less if the index is walked from one to the next. Call make_walk() before anything
// else; it returns false, and changes nothing, if the index is in another order.
bool make_walk(Descent& descent);
// Descends to the key that is set, the first one that is asked for.
void begin_walk(Descent& descent);
// Like next_row(), for the rows whose last key column has this value.
bool next_row_on_walk(const ReadTable& source, Descent& descent, std::int64_t key);

}  // namespace product_upsert
