#include "core/value/arena.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <new>

#include "core/value/faults.hpp"

namespace product_upsert {

namespace {
constexpr std::size_t kSmallestChunk = std::size_t{4} << 10;
constexpr std::size_t kLargestChunk = std::size_t{1} << 20;
constexpr std::size_t kMapped = std::size_t{256} << 10;
// All pages at once costs less than one after the other as they are touched.
#ifdef MAP_POPULATE
constexpr int kMapping = MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE;
#else
constexpr int kMapping = MAP_PRIVATE | MAP_ANONYMOUS;
#endif
}  // namespace

void Arena::Free::operator()(char* chunk) const {
  if (mapped > 0) munmap(chunk, mapped);
  else std::free(chunk);
}

// Not zeroed: its users write what they read. Large ones go back to the system as soon as they are
// freed, where the heap would keep what lies between others.
Arena::Chunk Arena::make_chunk(std::size_t bytes) {
#ifdef PRODUCT_UPSERT_FAULTS
  faults::allocate();
#endif
  if (bytes < kMapped) {
    auto* const chunk = static_cast<char*>(std::malloc(bytes));
    if (chunk == nullptr) throw std::bad_alloc();
    return {chunk, Free{}};
  }
  void* const chunk = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, kMapping, -1, 0);
  if (chunk == MAP_FAILED) throw std::bad_alloc();
  return {static_cast<char*>(chunk), Free{bytes}};
}

void Arena::reset() {
  used_ = 0;
  if (chunks_.size() < 2) return;
  chunks_.erase(chunks_.begin(), chunks_.end() - 1);
  reserved_ = capacity_;
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
