#include "core/value/arena.hpp"

#include <algorithm>
#include <cstdlib>
#include <new>

#include "core/value/faults.hpp"
#include "core/value/pages.hpp"

namespace product_upsert {

namespace {
constexpr std::size_t kSmallestChunk = std::size_t{4} << 10;
constexpr std::size_t kLargestChunk = std::size_t{1} << 20;
}  // namespace

void Arena::Free::operator()(char* chunk) const {
  if (mapped > 0) unmap_pages(chunk, mapped);
  else std::free(chunk);
}

// Not zeroed: whoever uses it writes before reading.
Arena::Chunk Arena::make_chunk(std::size_t bytes) {
  if (bytes >= kMapped) return {static_cast<char*>(map_pages(bytes)), Free{bytes}};
#ifdef PRODUCT_UPSERT_FAULTS
  faults::allocate();
#endif
  auto* const chunk = static_cast<char*>(std::malloc(bytes));
  if (chunk == nullptr) throw std::bad_alloc();
  return {chunk, Free{}};
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
