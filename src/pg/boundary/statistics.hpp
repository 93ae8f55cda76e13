#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string_view>

namespace product_upsert {

// Counts calls and their time by database and profile (product_upsert_stats). The memory is shared
// by all sessions: always in PostgreSQL 17 and 18, before that only if the library is preloaded
// (shared_preload_libraries). Otherwise, and in 19, each session has its own.
// recipe: count
enum class Counted : std::uint8_t {
  calls,
  failed,  // calls that ended in an error
  documents,
  created,
  updated,
  unchanged,
  rejected,
  retries,      // rounds that were lost to other writers and decided again
  read_time,    // in microseconds, like the next three
  decide_time,  // includes matching
  write_time,
  waiting_time,  // of the whole call, when it used no processor
};
constexpr std::size_t kCounted = static_cast<std::size_t>(Counted::waiting_time) + 1;

class Counts {
 public:
  std::uint64_t& operator[](Counted what) { return values_[static_cast<std::size_t>(what)]; }
  std::uint64_t operator[](Counted what) const { return values_[static_cast<std::size_t>(what)]; }

 private:
  std::array<std::uint64_t, kCounted> values_{};
};

// Call this when the library is loaded.
void prepare_statistics();
// Call this once in a session before add_counts(). It may raise.
void open_statistics();
// Adds to the counts of the profile. Never raises, allocates nothing, and holds a lock only for a
// few instructions.
void add_counts(std::string_view profile, const Counts& counts) noexcept;

// The counts of this database. `since`: when counting began, as a timestamptz.
void each_count(const std::function<void(std::string_view profile, const Counts& counts,
                                         std::int64_t since)>& f);
bool are_statistics_shared();
void reset_statistics();

}  // namespace product_upsert
