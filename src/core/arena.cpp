#include "core/arena.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <new>

namespace product_upsert {

namespace {
constexpr std::size_t kSmallestChunk = std::size_t{4} << 10;
constexpr std::size_t kLargestChunk = std::size_t{1} << 20;
// An arena that has grown so far goes on in chunks of that size.
constexpr std::size_t kMapped = std::size_t{16} << 20;
}  // namespace

void Arena::reset() {
  used_ = 0;
  if (chunks_.size() < 2) return;
  chunks_.erase(chunks_.begin(), chunks_.end() - 1);
  reserved_ = capacity_;
}

void Arena::Free::operator()(char* chunk) const {
  if (mapped > 0) munmap(chunk, mapped);
  else std::free(chunk);
}

// Very large ones on huge pages, where the system lets us: a large batch, walked through several
// times, is spared most page faults and address translations. Smaller ones from the heap, which has
// them again for the next batch.
Arena::Chunk Arena::make_chunk(std::size_t size) {
  if (size < kMapped) {
    auto* const chunk = static_cast<char*>(std::malloc(size));
    if (chunk == nullptr) throw std::bad_alloc();
    return {chunk, Free{}};
  }
  void* const chunk =
      mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (chunk == MAP_FAILED) throw std::bad_alloc();
  static_cast<void>(madvise(chunk, size, MADV_HUGEPAGE));  // does not matter where it fails
  return {static_cast<char*>(chunk), Free{size}};
}

void* Arena::grow(std::size_t bytes) {
  const std::size_t next =
      reserved_ < kMapped ? std::clamp(reserved_, kSmallestChunk, kLargestChunk) : kMapped;
  const std::size_t size = std::max(next, bytes);
  chunks_.push_back(make_chunk(size));
  reserved_ += size;
  chunk_ = chunks_.back().get();
  capacity_ = size;
  used_ = bytes;
  return chunk_;
}

}  // namespace product_upsert
