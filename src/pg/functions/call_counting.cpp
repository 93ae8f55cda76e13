#include "pg/functions/call_counting.hpp"

#include <ctime>

#include "pg/boundary/boundary.hpp"

namespace product_upsert {

namespace {

std::uint64_t microseconds(std::chrono::nanoseconds time) {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(time).count());
}

Counted counted_as(Status status) {
  switch (status) {
    case Status::created: return Counted::created;
    case Status::updated: return Counted::updated;
    case Status::unchanged: return Counted::unchanged;
    default: return Counted::rejected;
  }
}

void log_batch(const Profile& profile, const Counts& batch) {
  Call([name = profile.name.c_str(), &batch] {
    if (!message_level_is_interesting(DEBUG1)) return;
    const auto count = [&](Counted what) { return static_cast<unsigned long long>(batch[what]); };
    const auto time = [&](Counted what) { return static_cast<double>(batch[what]) / 1000; };
    ereport(DEBUG1,
            (errmsg_internal(
                 "product_upsert: profile %s: %llu documents: %llu created, %llu "
                 "updated, %llu unchanged, %llu rejected; read %.3f ms, decided %.3f "
                 "ms, wrote %.3f ms, %llu retries",
                 name, count(Counted::documents), count(Counted::created), count(Counted::updated),
                 count(Counted::unchanged), count(Counted::rejected), time(Counted::read_time),
                 time(Counted::decide_time), time(Counted::write_time), count(Counted::retries)),
             errhidestmt(true), errhidecontext(true)));
  });
}

}  // namespace

// recipe: count
void CallCounting::add(const Batch& batch, const Engine::Effort& effort,
                       std::chrono::nanoseconds reading, std::chrono::nanoseconds all) {
  Counts added;
  added[Counted::documents] = batch.items.size();
  for (const Item& item : batch.items) ++added[counted_as(item.status)];
  added[Counted::retries] = effort.rounds > 1 ? effort.rounds - 1 : 0;
  added[Counted::read_time] = microseconds(reading);
  added[Counted::decide_time] = microseconds(effort.deciding);
  added[Counted::write_time] = microseconds(all - effort.deciding);
  log_batch(batch.profile, added);
  for (std::size_t c = 0; c < kCounted; ++c)
    counts_[static_cast<Counted>(c)] += added[static_cast<Counted>(c)];
}

void CallCounting::forget_documents() {
  for (Counted c : {Counted::documents, Counted::created, Counted::updated, Counted::unchanged,
                    Counted::rejected})
    counts_[c] = 0;
}

std::chrono::nanoseconds CallCounting::processor_time() noexcept {
  timespec used{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
}

void CallCounting::end(std::string_view profile, bool failed) noexcept {
  const std::chrono::nanoseconds used = processor_time() - used_before_;
  const std::chrono::nanoseconds elapsed = std::chrono::steady_clock::now() - began_;
  // Two clocks: a call that never waited may seem to have used more than it took.
  if (elapsed > used) counts_[Counted::waiting_time] = microseconds(elapsed - used);
  counts_[Counted::calls] = 1;
  if (failed) {
    counts_[Counted::failed] = 1;
    forget_documents();
  }
  add_counts(profile, counts_);
}

}  // namespace product_upsert
