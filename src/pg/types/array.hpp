#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/catalogue/column.hpp"
#include "core/value/value.hpp"
#include "pg/boundary/compat.hpp"
#include "pg/types/datum.hpp"

namespace product_upsert {

// The element type of an array that ArrayBuilder makes. Values of text[] columns are passed as
// text, each an array literal that the SQL casts, because arrays cannot contain arrays.
Oid element_type(ColumnType type);
Oid array_type(ColumnType type);

// Makes one column's values into an array without a palloc for each: the values are written one
// after another, as they will be in the array. The memory belongs to the context that was current
// at construction. It is freed with the context, or by release().
class ArrayBuilder {
 public:
  // `expected`: the number of elements, if known.
  ArrayBuilder(ColumnType type, std::size_t expected);
  ArrayBuilder(const ArrayBuilder&) = delete;
  ArrayBuilder& operator=(const ArrayBuilder&) = delete;
  ArrayBuilder(ArrayBuilder&&) = default;
  ArrayBuilder& operator=(ArrayBuilder&&) = default;

  // Absent and null become NULL. Other values must have the kind that the column takes: text for
  // text, date, timestamptz and uuid, a whole number for integers. Throws Refusal if the array
  // grows too large.
  void append(const Value& value);
  void append(std::int64_t value);  // for integer and bigint
  void append_null();
  std::size_t size() const { return count_; }

  // The array, valid until clear() or release(). Append nothing after it.
  Datum finish();
  // The only element, without the array; valid as long as the result of finish(). It must not be
  // null.
  Datum only_element() const;
  bool only_element_is_null() const { return !nulls_.empty(); }
  // Begins another array in the same memory.
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
  char* buffer_ = nullptr;  // header, null bitmap for capacity_ elements, elements
  std::size_t allocated_ = 0;
  std::size_t start_ = 0;  // offset of the first element
  std::size_t used_ = 0;   // offset where the next element may begin
  std::size_t count_ = 0;
  std::size_t capacity_;
  std::vector<std::uint32_t> nulls_;  // positions of nulls
  std::string scratch_;
};

}  // namespace product_upsert
