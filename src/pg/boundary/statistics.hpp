#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string_view>

namespace product_upsert {

// What calls were and took, by database and profile (product_upsert_stats). In memory that all
// sessions share: in PostgreSQL 17 and 18 always; before, where the library is preloaded
// (shared_preload_libraries). Else, and in 19, each session has its own.
// recipe: count
enum class Counted : std::uint8_t {
  calls,
  failed,  // of the calls, those that ended in an error
  documents,
  created,
  updated,
  unchanged,
  rejected,
  retries,      // rounds that were lost to other writers, and decided anew
  read_time,    // microseconds, these three
  decide_time,  // matching included
  write_time,
};
constexpr std::size_t kCounted = static_cast<std::size_t>(Counted::write_time) + 1;

class Counts {
 public:
  std::uint64_t& operator[](Counted what) { return values_[static_cast<std::size_t>(what)]; }
  std::uint64_t operator[](Counted what) const { return values_[static_cast<std::size_t>(what)]; }

 private:
  std::array<std::uint64_t, kCounted> values_{};
};

// To be called as the library is loaded.
void prepare_statistics();
// Adds to what is counted under the profile. Before add_counts(), once a session: it may raise.
void open_statistics();
// Never raises, takes no memory and no lock that is held for longer than a few instructions.
void add_counts(std::string_view profile, const Counts& counts) noexcept;

// Of this database. `since`: when counting began, as a timestamptz.
void each_count(const std::function<void(std::string_view profile, const Counts& counts,
                                         std::int64_t since)>& f);
bool are_statistics_shared();
void reset_statistics();

}  // namespace product_upsert
