#pragma once

#include <chrono>

namespace product_upsert {

// Adds the time until it goes out of scope.
class Stopwatch {
 public:
  explicit Stopwatch(std::chrono::nanoseconds& total) : total_(total) {}
  Stopwatch(const Stopwatch&) = delete;
  Stopwatch& operator=(const Stopwatch&) = delete;
  ~Stopwatch() { total_ += std::chrono::steady_clock::now() - began_; }

 private:
  std::chrono::nanoseconds& total_;
  const std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

}  // namespace product_upsert
