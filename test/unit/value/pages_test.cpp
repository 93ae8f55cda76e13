#include "core/value/pages.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <numeric>
#include <utility>
#include <vector>

namespace product_upsert {
namespace {

constexpr std::size_t kMega = std::size_t{1} << 20;

// Whether all of it can be written, and read as it was written.
bool is_ours(void* memory, std::size_t bytes) {
  std::memset(memory, 0x5a, bytes);
  const auto* const at = static_cast<const unsigned char*>(memory);
  return std::all_of(at, at + bytes, [](unsigned char c) { return c == 0x5a; });
}

TEST(Pages, AreOursFromTheFirstByteToTheLast) {
  for (const std::size_t bytes : {kMapped, kMapped + 1, kMega, 3 * kMega + 4095, 40 * kMega}) {
    void* const memory = map_pages(bytes);
    EXPECT_TRUE(is_ours(memory, bytes)) << bytes;
    unmap_pages(memory, bytes);
  }
}

TEST(Pages, WhatWasFreedIsTheNextOnesWhereItIsLargeEnough) {
  void* const first = map_pages(5 * kMega);
  unmap_pages(first, 5 * kMega);
  void* const smaller = map_pages(4 * kMega);
  EXPECT_EQ(smaller, first);
  EXPECT_TRUE(is_ours(smaller, 4 * kMega));
  unmap_pages(smaller, 4 * kMega);
  void* const larger = map_pages(5 * kMega);
  EXPECT_TRUE(is_ours(larger, 5 * kMega));
  unmap_pages(larger, 5 * kMega);
}

TEST(Pages, NoTwoPiecesShareMemory) {
  std::vector<std::pair<unsigned char*, std::size_t>> held;
  std::uint32_t random = 1;
  for (int i = 0; i < 2000; ++i) {
    random = random * 1664525 + 1013904223;
    const std::size_t bytes = kMapped + random % (2 * kMega);
    if (held.size() < 12 && random % 3 != 0) {
      auto* const memory = static_cast<unsigned char*>(map_pages(bytes));
      std::memset(memory, i & 0xff, bytes);
      memory[0] = memory[bytes - 1] = static_cast<unsigned char>(held.size());
      held.emplace_back(memory, bytes);
    } else if (!held.empty()) {
      const auto [memory, size] = held.back();
      ASSERT_EQ(memory[0], held.size() - 1);
      ASSERT_EQ(memory[size - 1], held.size() - 1);
      held.pop_back();
      unmap_pages(memory, size);
    }
    ASSERT_LE(kept_pages(), kKeptPages);
  }
  for (const auto& [memory, size] : held) unmap_pages(memory, size);
}

TEST(Pages, LittleIsKept) {
  std::vector<void*> pieces;
  for (int i = 0; i < 40; ++i) pieces.push_back(map_pages(kMega));
  for (void* const piece : pieces) unmap_pages(piece, kMega);
  EXPECT_EQ(kept_pages(), kKeptPages);
  void* const large = map_pages(2 * kKeptPages);
  unmap_pages(large, 2 * kKeptPages);
  EXPECT_LE(kept_pages(), kKeptPages);
  release_pages();
  EXPECT_EQ(kept_pages(), 0U);
}

TEST(Pages, ALargeVectorHoldsWhatItIsGiven) {
  LargeVector<std::uint64_t> numbers;
  for (std::uint64_t i = 0; i < 1'000'000; ++i) numbers.push_back(i);
  EXPECT_EQ(std::accumulate(numbers.begin(), numbers.end(), std::uint64_t{0}), 499'999'500'000U);
  const LargeVector<std::uint64_t> copy = numbers;
  numbers.clear();
  numbers.shrink_to_fit();
  EXPECT_EQ(copy.back(), 999'999U);
}

}  // namespace
}  // namespace product_upsert
