#pragma once

#include <cstring>
#include <string_view>

#include "core/value/arena.hpp"
#include "pg/boundary/boundary.hpp"

namespace product_upsert {

// Whether a varlena can be read in place: neither compressed nor out of line. (VARATT_IS_SHORT
// alone is true for a toast pointer too.)
inline bool is_inline(const char* v) {
  return VARATT_IS_4B_U(v) || (VARATT_IS_SHORT(v) && !VARATT_IS_EXTERNAL(v));
}

// Copies it to the arena with a four-byte header, aligned to eight.
const char* copy_varlena(Datum datum, Arena& arena);
// The datum itself if it has a four-byte header already, otherwise a copy in the arena.
inline const char* plain_varlena(Datum datum, Arena& arena) {
  const char* const at = compat::bytes_of(datum);
  return VARATT_IS_4B_U(at) ? at : copy_varlena(datum, arena);
}

// The text of a text datum. It points into the datum, which must stay in place, or into a copy in
// the arena if the datum has to be fetched or decompressed.
inline std::string_view view_text(Datum datum, Arena& arena) {
  const char* at = compat::bytes_of(datum);
  if (!is_inline(at)) at = copy_varlena(datum, arena);
  return {VARDATA_ANY(at), VARSIZE_ANY_EXHDR(at)};
}

// A text datum, palloc'ed.
Datum make_text(std::string_view text);

// The content of a datum, fetched and decompressed if necessary. It is readable until it is freed.
class Detoasted {
 public:
  enum class Header : bool { packed, plain };
  const varlena* fetch(Datum datum, Header header);
  void free();

 private:
  Arena room_;
  varlena* copy_ = nullptr;  // palloc'ed
};

// Bytes that grow without a second copy, as far as the system allows. The memory belongs to the
// context that was current at construction, and is freed with it.
class GrowingBytes {
 public:
  GrowingBytes() : memory_(CurrentMemoryContext) {}
  GrowingBytes(const GrowingBytes&) = delete;
  GrowingBytes& operator=(const GrowingBytes&) = delete;

  char* data() { return data_; }
  std::size_t size() const { return size_; }
  void append(const char* bytes, std::size_t count) {
    if (count > 0) std::memcpy(grow(count), bytes, count);
  }
  void append(std::size_t count, char byte) {
    if (count > 0) std::memset(grow(count), byte, count);
  }
  void operator+=(std::string_view bytes) { append(bytes.data(), bytes.size()); }
  // Makes room at once for about so many bytes in total.
  void expect(std::size_t bytes);

 private:
  // Adds `count` bytes and returns where they begin.
  char* grow(std::size_t count) {
    if (size_ + count > allocated_) reserve(size_ + count);
    size_ += count;
    return data_ + size_ - count;
  }
  void reserve(std::size_t bytes);
  void allocate(std::size_t bytes);

  MemoryContext memory_;
  char* data_ = nullptr;
  std::size_t size_ = 0;
  std::size_t allocated_ = 0;
};

}  // namespace product_upsert
