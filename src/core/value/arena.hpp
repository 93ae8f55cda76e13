#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

#include "core/value/assert.hpp"

namespace product_upsert {

// Memory of one batch: grows in chunks, is freed as a whole, never runs a destructor.
// Whatever it hands out lives as long as the arena does. Throws std::bad_alloc.
class Arena {
 public:
  Arena() = default;
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;
  Arena(Arena&&) = default;
  Arena& operator=(Arena&&) = default;

  void* allocate(std::size_t bytes, std::size_t alignment) {
    PRODUCT_UPSERT_ASSERT(alignment != 0 && (alignment & (alignment - 1)) == 0);
    PRODUCT_UPSERT_ASSERT(alignment <= alignof(std::max_align_t));
    const std::size_t start = (used_ + alignment - 1) & ~(alignment - 1);
    PRODUCT_UPSERT_ASSERT(used_ <= capacity_);
    if (start + bytes > capacity_) return grow(bytes);
    used_ = start + bytes;
    return chunk_ + start;
  }

  template <typename T>
  std::span<T> array(std::size_t count) {
    static_assert(std::is_trivially_destructible_v<T> && std::is_trivially_copyable_v<T>);
    return {static_cast<T*>(allocate(count * sizeof(T), alignof(T))), count};
  }

  template <typename T>
  std::span<const T> copy(std::span<const T> from) {
    if (from.empty()) return {};
    auto to = array<T>(from.size());
    std::memcpy(to.data(), from.data(), from.size_bytes());
    return to;
  }

  std::string_view copy(std::string_view from) {
    if (from.empty()) return {};
    auto* to = static_cast<char*>(allocate(from.size(), 1));
    std::memcpy(to, from.data(), from.size());
    return {to, from.size()};
  }

  // Forgets all that was handed out; keeps the newest chunk for what comes.
  void reset();

  // Bytes taken from the system so far.
  std::size_t reserved() const { return reserved_; }

 private:
  struct Free {
    std::size_t mapped = 0;  // bytes; 0: of the heap
    void operator()(char* chunk) const;
  };
  using Chunk = std::unique_ptr<char, Free>;

  static Chunk make_chunk(std::size_t bytes);
  void* grow(std::size_t bytes);

  std::vector<Chunk> chunks_;
  char* chunk_ = nullptr;
  std::size_t used_ = 0;
  std::size_t capacity_ = 0;
  std::size_t reserved_ = 0;
};

}  // namespace product_upsert
