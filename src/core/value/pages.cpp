#include "core/value/pages.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <iterator>
#include <new>

#include "core/value/faults.hpp"

namespace product_upsert {

namespace {

#ifdef MAP_POPULATE
constexpr int kMapping = MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE;
#else
constexpr int kMapping = MAP_PRIVATE | MAP_ANONYMOUS;
#endif

// The largest page size in use.
constexpr std::size_t kPage = std::size_t{64} << 10;

std::size_t whole_pages(std::size_t bytes) { return (bytes + kPage - 1) / kPage * kPage; }

// Memory that was freed last and is still mapped; the newest at the end.
struct Kept {
  struct Piece {
    char* memory;
    std::size_t bytes;
  };
  Piece pieces[64];
  std::size_t count;
  std::size_t bytes;

  Piece take(std::size_t place) {
    const Piece piece = pieces[place];
    std::copy(pieces + place + 1, pieces + count, pieces + place);
    --count;
    bytes -= piece.bytes;
    return piece;
  }
};
constinit thread_local Kept kept{};

// Returns the smallest piece that is large enough but not much larger; null if there is none.
char* reuse(std::size_t bytes) {
  std::size_t best = kept.count;
  for (std::size_t i = 0; i < kept.count; ++i) {
    const std::size_t size = kept.pieces[i].bytes;
    if (size < bytes || size > 2 * bytes) continue;
    if (best == kept.count || size < kept.pieces[best].bytes) best = i;
  }
  if (best == kept.count) return nullptr;
  const Kept::Piece piece = kept.take(best);
  if (piece.bytes > bytes) munmap(piece.memory + bytes, piece.bytes - bytes);
  return piece.memory;
}

}  // namespace

void* map_pages(std::size_t bytes) {
#ifdef PRODUCT_UPSERT_FAULTS
  faults::allocate();
#endif
  const std::size_t size = whole_pages(bytes);
  if (size < bytes) throw std::bad_alloc();
  if (char* const memory = reuse(size)) return memory;
  void* const memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, kMapping, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  return memory;
}

void unmap_pages(void* memory, std::size_t bytes) noexcept {
  const std::size_t size = whole_pages(bytes);
  if (size > kKeptPages) {
    munmap(memory, size);
    return;
  }
  while (kept.count == std::size(kept.pieces) || kept.bytes + size > kKeptPages) {
    const Kept::Piece oldest = kept.take(0);
    munmap(oldest.memory, oldest.bytes);
  }
  kept.pieces[kept.count++] = {static_cast<char*>(memory), size};
  kept.bytes += size;
}

std::size_t kept_pages() { return kept.bytes; }

void release_pages() noexcept {
  while (kept.count > 0) {
    const Kept::Piece oldest = kept.take(0);
    munmap(oldest.memory, oldest.bytes);
  }
}

}  // namespace product_upsert
