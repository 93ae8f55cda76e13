#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace product_upsert {

// Deterministic on every machine (splitmix64).
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9E3779B97F4A7C15U);
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31U);
  }
  std::size_t below(std::size_t n) { return n == 0 ? 0 : next() % n; }
  bool percent(unsigned p) { return below(100) < p; }
  template <typename T>
  const T& pick(const std::vector<T>& from) {
    return from[below(from.size())];
  }

 private:
  std::uint64_t state_;
};

// Changes JSON text: mostly whole values and members, so that much of it stays JSON; now and then
// bytes. `other` is a text of the same kind to take pieces from.
void mutate(std::string& json, std::string_view other, Random& random);

}  // namespace product_upsert
