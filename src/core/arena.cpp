#include "core/arena.hpp"

#include <algorithm>

namespace product_upsert {

namespace {
constexpr std::size_t kSmallestChunk = std::size_t{4} << 10;
constexpr std::size_t kLargestChunk = std::size_t{1} << 20;
}  // namespace

void Arena::reset() {
  used_ = 0;
  if (chunks_.size() < 2) return;
  chunks_.erase(chunks_.begin(), chunks_.end() - 1);
  reserved_ = capacity_;
}

void* Arena::grow(std::size_t bytes) {
  const std::size_t next = std::clamp(reserved_, kSmallestChunk, kLargestChunk);
  const std::size_t size = std::max(next, bytes);
  // make_unique_for_overwrite: a chunk is not zeroed, its users write what they read.
  chunks_.push_back(std::make_unique_for_overwrite<char[]>(size));
  reserved_ += size;
  chunk_ = chunks_.back().get();
  capacity_ = size;
  used_ = bytes;
  return chunk_;
}

}  // namespace product_upsert
