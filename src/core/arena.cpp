#include "core/arena.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <new>

namespace product_upsert {

namespace {
constexpr std::size_t kSmallestChunk = std::size_t{4} << 10;
constexpr std::size_t kLargestChunk = std::size_t{4} << 20;
constexpr std::size_t kHugePage = std::size_t{2} << 20;
}  // namespace

void Arena::reset() {
  used_ = 0;
  if (chunks_.size() < 2) return;
  chunks_.erase(chunks_.begin(), chunks_.end() - 1);
  reserved_ = capacity_;
}

// Not zeroed: its users write what they read. Large ones on huge pages, where the system lets us: a
// large batch, walked through several times, is spared most page faults and address translations.
Arena::Chunk Arena::make_chunk(std::size_t size) {
  void* chunk = nullptr;
  if (size < kHugePage) {
    chunk = std::malloc(size);
  } else {
    const std::size_t whole = (size + kHugePage - 1) & ~(kHugePage - 1);
    chunk = std::aligned_alloc(kHugePage, whole);
    // Does not matter where it fails.
    if (chunk != nullptr) static_cast<void>(madvise(chunk, whole, MADV_HUGEPAGE));
  }
  if (chunk == nullptr) throw std::bad_alloc();
  return Chunk(static_cast<char*>(chunk));
}

void* Arena::grow(std::size_t bytes) {
  const std::size_t next = std::clamp(reserved_, kSmallestChunk, kLargestChunk);
  const std::size_t size = std::max(next, bytes);
  chunks_.push_back(make_chunk(size));
  reserved_ += size;
  chunk_ = chunks_.back().get();
  capacity_ = size;
  used_ = bytes;
  return chunk_;
}

}  // namespace product_upsert
