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

// Rows found by equality of some columns, below SQL: each key is a descent of an index. All but
// KeyDatums is trivial: an error of PostgreSQL may leave it at any place, and gives back what it
// holds. What opens, closes or descends may raise PostgreSQL's errors.
namespace product_upsert {

// A table, as long as it is read.
struct ReadTable {
  Relation table;     // as the statement would name it
  Relation relation;  // that has the rows: itself, or a partition
  TupleTableSlot* slot;
  std::span<const ColumnInfo> columns;
  AttrNumber* attributes;  // of each of the columns
  AttrNumber organization;
  AttrNumber last;  // of those that are read
};

// False, and nothing is opened, where the statement might tell anything else than what stands in
// the indexes: see open_readable_rows(), has_privileges() and policies_let(). `attributes` has room
// for all columns.
bool open_source(Oid table, std::int64_t organization_id, std::span<const ColumnInfo> columns,
                 AttrNumber* attributes, ReadTable* source);
void close_source(const ReadTable& source);

// The columns, by their places, that rows are sought by, and which of them are null.
struct KeyShape {
  std::array<unsigned, INDEX_MAX_KEYS> columns;
  std::array<bool, INDEX_MAX_KEYS> nulls;
  int count;
};

// Keys of one shape, ready for their index.
struct Descent {
  Relation index;
  IndexScanDesc scan;
  int count;
  std::array<ScanKeyData, INDEX_MAX_KEYS> keys;
};

// By the active snapshot. False where no index answers by itself.
bool begin_descent(const ReadTable& source, const KeyShape& shape, std::int64_t organization_id,
                   Descent* descent);
void end_descent(const Descent& descent);

// Makes the values of one shape's keys into those of the descent, each good until the next.
class KeyDatums {
 public:
  KeyDatums(const ReadTable& source, const KeyShape& shape);
  void set(const Value* key, Descent& descent);

 private:
  const KeyShape& shape_;
  std::vector<ArrayBuilder> makers_;
};

// Goes down to the key that is set.
void descend(Descent& descent);
// The next row with that key into the slot; false: there is none.
bool next_row(const ReadTable& source, Descent& descent);

}  // namespace product_upsert
