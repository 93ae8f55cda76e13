#include "pg/types/array.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <string>

#include "core/value/failure.hpp"
#include "pg/boundary/boundary.hpp"
#include "pg/types/datetime.hpp"
#include "pg/types/jsonb.hpp"
#include "pg/types/numeric.hpp"

namespace product_upsert {

namespace {

constexpr std::size_t kHeader =
    MAXALIGN(sizeof(ArrayType) + 2 * sizeof(int));  // one dimension, no bitmap

std::size_t elements_start(std::size_t capacity) { return MAXALIGN(kHeader + (capacity + 7) / 8); }

[[noreturn]] void wrong_kind(ColumnType type) {
  throw std::logic_error("value does not fit a column of type " + std::string(sql_name(type)));
}

std::size_t first_guess(ColumnType type, std::size_t expected) {
  switch (type) {
    case ColumnType::boolean: return expected;
    case ColumnType::integer:
    case ColumnType::date: return 4 * expected;
    case ColumnType::bigint:
    case ColumnType::timestamptz: return 8 * expected;
    case ColumnType::numeric: return 12 * expected;
    case ColumnType::uuid: return UUID_LEN * expected;
    default: return 32 * expected;
  }
}

// Whether the type has values of variable length, which are aligned to four.
bool is_padded(ColumnType type) {
  return type == ColumnType::text || type == ColumnType::text_array || type == ColumnType::jsonb ||
         type == ColumnType::numeric;
}

// {"a","b\"c",NULL}
void write_literal(const Value& list, std::string& out) {
  char before = '{';
  for (const Value& item : list.items()) {
    out += before;
    before = ',';
    if (!item.has_value()) {
      out += "NULL";
      continue;
    }
    out += '"';
    const auto quote = [&out](std::string_view text) {
      for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
      }
    };
    if (item.kind() == Kind::text) {
      quote(item.as_text());
    } else {
      quote(item.printed());
    }
    out += '"';
  }
  out += list.items().empty() ? "{}" : "}";
}

}  // namespace

Oid element_type(ColumnType type) {
  switch (type) {
    case ColumnType::text:
    case ColumnType::text_array: return TEXTOID;
    case ColumnType::integer: return INT4OID;
    case ColumnType::bigint: return INT8OID;
    case ColumnType::numeric: return NUMERICOID;
    case ColumnType::boolean: return BOOLOID;
    case ColumnType::date: return DATEOID;
    case ColumnType::timestamptz: return TIMESTAMPTZOID;
    case ColumnType::uuid: return UUIDOID;
    case ColumnType::jsonb: return JSONBOID;
  }
  return InvalidOid;
}

Oid array_type(ColumnType type) {
  switch (type) {
    case ColumnType::text:
    case ColumnType::text_array: return TEXTARRAYOID;
    case ColumnType::integer: return INT4ARRAYOID;
    case ColumnType::bigint: return INT8ARRAYOID;
    case ColumnType::numeric: return NUMERICARRAYOID;
    case ColumnType::boolean: return BOOLARRAYOID;
    case ColumnType::date: return DATEARRAYOID;
    case ColumnType::timestamptz: return TIMESTAMPTZARRAYOID;
    case ColumnType::uuid: return UUIDARRAYOID;
    case ColumnType::jsonb: return JSONBARRAYOID;
  }
  return InvalidOid;
}

ArrayBuilder::ArrayBuilder(ColumnType type, std::size_t expected)
    : type_(type), memory_(CurrentMemoryContext), capacity_(std::max<std::size_t>(expected, 8)) {
  start_ = used_ = elements_start(capacity_);
  grow(std::max<std::size_t>(first_guess(type, capacity_), 64), 0);
}

void ArrayBuilder::grow(std::size_t bytes, std::size_t elements) {
  std::size_t start = start_;
  if (elements > capacity_) {
    capacity_ = elements;
    start = elements_start(capacity_);
  }
  const std::size_t needed = used_ + (start - start_) + bytes;
  if (needed > MaxAllocSize)
    throw Refusal(Refused::limit, "the batch is too large", "Send fewer documents in one call.");
  if (needed > allocated_) {
    const std::size_t size = std::min<std::size_t>(std::max(needed, 2 * allocated_), MaxAllocSize);
    buffer_ = Call([this, size] {
      return static_cast<char*>(buffer_ == nullptr ? MemoryContextAlloc(memory_, size)
                                                   : repalloc(buffer_, size));
    });
    allocated_ = size;
  }
  if (start != start_) {
    std::memmove(buffer_ + start, buffer_ + start_, used_ - start_);
    used_ += start - start_;
    start_ = start;
  }
}

inline char* ArrayBuilder::reserve(std::size_t bytes, std::size_t alignment) {
  Assert(buffer_ != nullptr && used_ >= start_);
  const std::size_t at = (used_ + alignment - 1) & ~(alignment - 1);
  if (at + bytes > allocated_) grow(at - used_ + bytes, 0);
  // Padding must be zero: arrays may be compared byte by byte.
  for (std::size_t i = used_; i < at; ++i) buffer_[i] = 0;
  Assert(at + bytes <= allocated_);
  used_ = at + bytes;
  return buffer_ + at;
}

inline void ArrayBuilder::count_one() {
  if (count_ == capacity_) grow(0, 2 * capacity_);
  ++count_;
}

inline void ArrayBuilder::append_varlena(const char* data, std::size_t size) {
  if (size > MaxAllocSize) throw Refusal(Refused::limit, "value is too large");
  char* const to = reserve(VARHDRSZ + size, alignof(std::int32_t));
  SET_VARSIZE(to, VARHDRSZ + size);
  if (size > 0) std::memcpy(VARDATA(to), data, size);  // `to` may be null for an empty text
}

inline void ArrayBuilder::append_numeric(const Value& value) {
  if (value.kind() == Kind::decimal) {
    char* const to = reserve(kDecimalBytes, alignof(std::int32_t));
    used_ = static_cast<std::size_t>(to - buffer_) + write_decimal(value, to);
    return;
  }
  if (value.kind() != Kind::number) wrong_kind(type_);
  auto* const numeric = static_cast<char*>(DatumGetPointer(make_numeric(value)));
  append_varlena(VARDATA(numeric), VARSIZE(numeric) - VARHDRSZ);
  Call([numeric] { pfree(numeric); });
}

void ArrayBuilder::append_null() {
  nulls_.push_back(static_cast<std::uint32_t>(count_));
  count_one();
}

void ArrayBuilder::append(std::int64_t value) {
  if (type_ == ColumnType::bigint) {
    std::memcpy(reserve(8, 8), &value, 8);
  } else {
    if (value < std::numeric_limits<std::int32_t>::min() ||
        value > std::numeric_limits<std::int32_t>::max()) {
      throw Refusal(Refused::invalid, "number out of range for type integer");
    }
    const auto small = static_cast<std::int32_t>(value);
    std::memcpy(reserve(4, 4), &small, 4);
  }
  count_one();
}

void ArrayBuilder::append(const Value& value) {
  if (!value.has_value()) return append_null();
  const auto text = [&] {
    if (value.kind() != Kind::text) wrong_kind(type_);
    return value.as_text();
  };
  switch (type_) {
    case ColumnType::text: {
      const std::string_view s = text();
      append_varlena(s.data(), s.size());
      break;
    }
    case ColumnType::numeric: append_numeric(value); break;
    case ColumnType::integer:
    case ColumnType::bigint: {
      if (value.kind() == Kind::decimal && value.scale() == 0) return append(value.coefficient());
      const auto whole = value.as_integer();
      if (!whole) wrong_kind(type_);
      return append(*whole);
    }
    case ColumnType::boolean:
      if (value.kind() != Kind::boolean) wrong_kind(type_);
      *reserve(1, 1) = value.as_boolean() ? 1 : 0;
      break;
    case ColumnType::date: {
      const DateADT date = parse_date(text());
      std::memcpy(reserve(sizeof date, alignof(DateADT)), &date, sizeof date);
      break;
    }
    case ColumnType::timestamptz: {
      const TimestampTz timestamp = parse_timestamp(text());
      std::memcpy(reserve(sizeof timestamp, alignof(TimestampTz)), &timestamp, sizeof timestamp);
      break;
    }
    case ColumnType::uuid: {
      unsigned char bytes[UUID_LEN];
      parse_uuid(text(), bytes);
      std::memcpy(reserve(UUID_LEN, 1), bytes, UUID_LEN);
      break;
    }
    case ColumnType::text_array:
      if (value.kind() != Kind::list) wrong_kind(type_);
      scratch_.clear();
      write_literal(value, scratch_);
      append_varlena(scratch_.data(), scratch_.size());
      break;
    case ColumnType::jsonb:
      scratch_.clear();
      write_jsonb(value, scratch_);
      append_varlena(scratch_.data() + VARHDRSZ, scratch_.size() - VARHDRSZ);
      break;
  }
  count_one();
}

Datum ArrayBuilder::finish() {
  Assert(nulls_.size() <= count_);
  // The last value is padded too, as PostgreSQL does, so that equal rows have equal bytes.
  if (count_ > 0 && is_padded(type_)) reserve(0, alignof(std::int32_t));
  const bool has_nulls = !nulls_.empty();
  // Without nulls there is no bitmap, and the header is directly before the elements.
  char* const at = count_ == 0 || has_nulls ? buffer_ : buffer_ + start_ - kHeader;
  auto* const array = reinterpret_cast<ArrayType*>(at);
  array->elemtype = element_type(type_);
  if (count_ == 0) {
    SET_VARSIZE(array, sizeof(ArrayType));
    array->ndim = 0;
    array->dataoffset = 0;
    return PointerGetDatum(array);
  }
  SET_VARSIZE(array, static_cast<std::size_t>(buffer_ + used_ - at));
  array->ndim = 1;
  array->dataoffset = has_nulls ? static_cast<std::int32_t>(start_) : 0;
  ARR_DIMS(array)[0] = static_cast<int>(count_);
  ARR_LBOUND(array)[0] = 1;
  if (has_nulls) {
    auto* const bitmap = reinterpret_cast<unsigned char*>(at + sizeof(ArrayType) + 2 * sizeof(int));
    const auto size = static_cast<std::size_t>(buffer_ + start_ - reinterpret_cast<char*>(bitmap));
    std::memset(bitmap, 0xFF, size);
    for (const std::uint32_t i : nulls_)
      bitmap[i / 8] &= static_cast<unsigned char>(~(1U << (i % 8)));
  }
  return PointerGetDatum(array);
}

Datum ArrayBuilder::only_element() const {
  Assert(count_ == 1 && nulls_.empty());
  const char* const at = buffer_ + start_;
  switch (type_) {
    case ColumnType::boolean: return BoolGetDatum(*at != 0);
    case ColumnType::integer:
    case ColumnType::date: return Int32GetDatum(*reinterpret_cast<const std::int32_t*>(at));
    case ColumnType::bigint:
    case ColumnType::timestamptz: return Int64GetDatum(*reinterpret_cast<const std::int64_t*>(at));
    default: return PointerGetDatum(at);
  }
}

void ArrayBuilder::clear() {
  used_ = start_;
  count_ = 0;
  nulls_.clear();
}

void ArrayBuilder::release() {
  clear();
  if (buffer_ == nullptr) return;
  Call([buffer = buffer_] { pfree(buffer); });
  buffer_ = nullptr;
  allocated_ = 0;
}

}  // namespace product_upsert
