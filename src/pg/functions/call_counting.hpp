#pragma once

#include <chrono>
#include <string_view>

#include "core/document/batch.hpp"
#include "core/upsert/engine.hpp"
#include "pg/boundary/statistics.hpp"

namespace product_upsert {

// Counts a call for product_upsert_stats, and logs each of its batches. A call is counted as it
// ends, whether or not its transaction commits.
class CallCounting {
 public:
  // A batch that is written. `all`: deciding and writing. A feed that is written again is logged
  // each time, and counted in time, but its documents once: see forget_documents().
  void add(const Batch& batch, const Engine::Effort& effort, std::chrono::nanoseconds reading,
           std::chrono::nanoseconds all);
  // What was written so far is undone, and the documents will come again.
  void forget_documents();
  void end(std::string_view profile, bool failed) noexcept;

 private:
  Counts counts_;
};

}  // namespace product_upsert
