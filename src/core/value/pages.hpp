#pragma once

#include <cstddef>
#include <memory>
#include <vector>

namespace product_upsert {

// From so many bytes on memory is mapped with all its pages at once, which costs a third of one
// page after the other as they are touched. What is freed goes back to the system, where the heap
// would keep what lies between others, but for a little that the next call begins with.
constexpr std::size_t kMapped = std::size_t{256} << 10;
constexpr std::size_t kKeptPages = std::size_t{16} << 20;  // bytes, at most

// Not zeroed. Throws std::bad_alloc. To be unmapped by the thread that mapped them.
void* map_pages(std::size_t bytes);
void unmap_pages(void* memory, std::size_t bytes) noexcept;
std::size_t kept_pages();  // bytes
// Before others need much.
void release_pages() noexcept;

// What vectors that may hold something of each document of a batch allocate by.
template <typename T>
struct LargeAllocator {
  using value_type = T;
  LargeAllocator() = default;
  template <typename U>
  LargeAllocator(const LargeAllocator<U>&) {}  // NOLINT(google-explicit-constructor)

  T* allocate(std::size_t count) {
    const std::size_t bytes = count * sizeof(T);
    if (bytes >= kMapped && bytes / sizeof(T) == count) return static_cast<T*>(map_pages(bytes));
    return std::allocator<T>().allocate(count);
  }
  void deallocate(T* memory, std::size_t count) {
    if (count * sizeof(T) >= kMapped) unmap_pages(memory, count * sizeof(T));
    else std::allocator<T>().deallocate(memory, count);
  }
  bool operator==(const LargeAllocator&) const { return true; }
};

template <typename T>
using LargeVector = std::vector<T, LargeAllocator<T>>;

}  // namespace product_upsert
