#pragma once

#include <chrono>
#include <string_view>

#include "core/document/batch.hpp"
#include "core/upsert/engine.hpp"
#include "pg/boundary/statistics.hpp"

namespace product_upsert {

// Counts a call for product_upsert_stats, and logs each of its batches. A call begins when this is
// made, and is counted when it ends, whether or not its transaction commits.
class CallCounting {
 public:
  // Adds a batch that is written. `all`: the time to decide and write. If a feed is written again,
  // each pass is logged and its time counted, but its documents only once: see forget_documents().
  void add(const Batch& batch, const Engine::Effort& effort, std::chrono::nanoseconds reading,
           std::chrono::nanoseconds all);
  // What was written so far is undone, and the same documents will be added again.
  void forget_documents();
  void end(std::string_view profile, bool failed) noexcept;

 private:
  // What the process has used of a processor.
  static std::chrono::nanoseconds processor_time() noexcept;

  Counts counts_;
  const std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  const std::chrono::nanoseconds used_before_ = processor_time();
};

}  // namespace product_upsert
