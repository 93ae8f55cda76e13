#include "pg/types/varlena.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <utility>

#include "core/value/pages.hpp"

extern "C" {
#include "access/detoast.h"
#include "utils/builtins.h"
}

namespace product_upsert {

namespace {

// Does what toast_fetch_datum does, but into memory whose pages are mapped at once: touching them
// one by one costs as much as reading them.
varlena* fetch_large(const varlena* stored, Arena& room) {
  if (!VARATT_IS_EXTERNAL_ONDISK(stored)) return nullptr;
  varatt_external pointer;
  VARATT_EXTERNAL_GET_POINTER(pointer, stored);
  const std::size_t size = VARATT_EXTERNAL_GET_EXTSIZE(pointer);
  // The value is compressed if fewer bytes are stored than it has.
  if (size < static_cast<std::size_t>(pointer.va_rawsize) - VARHDRSZ || size < kMapped)
    return nullptr;
  auto* const to = static_cast<varlena*>(room.allocate(VARHDRSZ + size, alignof(std::max_align_t)));
  SET_VARSIZE(to, VARHDRSZ + size);
  Call([&pointer, size, to] {
    const Relation toast = table_open(pointer.va_toastrelid, AccessShareLock);
    table_relation_fetch_toast_slice(toast, pointer.va_valueid, static_cast<int32>(size), 0,
                                     static_cast<int32>(size), to);
    table_close(toast, AccessShareLock);
  });
  return to;
}

// Lets the system map all pages of the memory at once, if it can: touching them one by one costs
// more than writing to them.
void touch_pages([[maybe_unused]] char* memory, [[maybe_unused]] std::size_t bytes) {
#ifdef MADV_POPULATE_WRITE
  static const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  const auto first = (reinterpret_cast<std::uintptr_t>(memory) + page - 1) / page * page;
  const auto last = (reinterpret_cast<std::uintptr_t>(memory) + bytes) / page * page;
  if (first < last) madvise(reinterpret_cast<void*>(first), last - first, MADV_POPULATE_WRITE);
#endif
}

}  // namespace

Datum make_text(std::string_view text) {
  return Call([data = text.data(), size = text.size()] {
    return PointerGetDatum(cstring_to_text_with_len(data, static_cast<int>(size)));
  });
}

const char* copy_varlena(Datum datum, Arena& arena) {
  auto* const stored = reinterpret_cast<varlena*>(DatumGetPointer(datum));
  varlena* from = stored;
  if (!is_inline(compat::bytes_of(datum))) {
    from = Call([stored] { return pg_detoast_datum_packed(stored); });
  }
  const std::size_t size = VARSIZE_ANY_EXHDR(from);
  char* const to = static_cast<char*>(arena.allocate(VARHDRSZ + size, alignof(std::max_align_t)));
  SET_VARSIZE(to, VARHDRSZ + size);
  std::memcpy(VARDATA(to), VARDATA_ANY(from), size);
  if (from != stored) Call([from] { pfree(from); });
  return to;
}

const varlena* Detoasted::fetch(Datum datum, Header header) {
  auto* const stored = reinterpret_cast<varlena*>(DatumGetPointer(datum));
  if (const varlena* const large = fetch_large(stored, room_)) return large;
  varlena* const whole = Call([stored, header] {
    return header == Header::packed ? pg_detoast_datum_packed(stored) : pg_detoast_datum(stored);
  });
  if (whole != stored) copy_ = whole;
  return whole;
}

void Detoasted::free() {
  room_ = Arena();
  if (varlena* const copy = std::exchange(copy_, nullptr)) Call([copy] { pfree(copy); });
}

void GrowingBytes::reserve(std::size_t bytes) {
  constexpr std::size_t kLeast = 1024;
  allocate(std::max({bytes, 2 * allocated_, kLeast}));
}

void GrowingBytes::expect(std::size_t bytes) {
  if (bytes <= allocated_) return;
  allocate(bytes);
  if (bytes >= kMapped) touch_pages(data_ + size_, bytes - size_);
}

void GrowingBytes::allocate(std::size_t bytes) {
  if (bytes >= kMapped) release_pages();
  data_ = Call([this, bytes] {
    return static_cast<char*>(data_ == nullptr ? MemoryContextAllocHuge(memory_, bytes)
                                               : repalloc_huge(data_, bytes));
  });
  allocated_ = bytes;
}

}  // namespace product_upsert
