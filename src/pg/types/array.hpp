#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/catalogue/column.hpp"
#include "core/value/value.hpp"
#include "pg/boundary/compat.hpp"
#include "pg/types/datum.hpp"

namespace product_upsert {

// The SQL type of one element of an array that ArrayBuilder makes. Columns of type text[] travel
// as text, each an array literal that the SQL casts, since arrays hold no arrays.
Oid element_type(ColumnType type);
Oid array_type(ColumnType type);

// Makes one column's values into an array without a palloc for each: they are written behind one
// another as they will stand in it. The memory belongs to the context that was current at the
// construction and is freed with it, or by release().
class ArrayBuilder {
 public:
  // `expected` is how many elements come, where known.
  ArrayBuilder(ColumnType type, std::size_t expected);
  ArrayBuilder(const ArrayBuilder&) = delete;
  ArrayBuilder& operator=(const ArrayBuilder&) = delete;
  ArrayBuilder(ArrayBuilder&&) = default;
  ArrayBuilder& operator=(ArrayBuilder&&) = default;

  // Absent and null become NULL. Other kinds must be what the column takes: text for text, date,
  // timestamptz and uuid, a whole number for integers. Throws Refusal where the array grows too
  // large.
  void append(const Value& value);
  void append(std::int64_t value);  // integer, bigint
  void append_null();
  std::size_t size() const { return count_; }

  // The array, which lives until clear() or release(); nothing may be appended after it.
  Datum finish();
  // The only element by itself, as long as finish() lives; it must not be null.
  Datum only_element() const;
  bool only_element_is_null() const { return !nulls_.empty(); }
  // Ready for the next array, in the same memory.
  void clear();
  void release();

 private:
  char* reserve(std::size_t bytes, std::size_t alignment);
  void grow(std::size_t bytes, std::size_t elements);
  void append_varlena(const char* data, std::size_t size);
  void append_numeric(const Value& value);
  void count_one();

  ColumnType type_;
  MemoryContext memory_;
  char* buffer_ = nullptr;  // header, null bitmap for capacity_ elements, then the elements
  std::size_t allocated_ = 0;
  std::size_t start_ = 0;  // where the elements begin
  std::size_t used_ = 0;   // where the next one may begin
  std::size_t count_ = 0;
  std::size_t capacity_;
  std::vector<std::uint32_t> nulls_;  // positions
  std::string scratch_;
};

}  // namespace product_upsert
