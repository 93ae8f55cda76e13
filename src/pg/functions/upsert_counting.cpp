// Upsert: what product_upsert_stats and the log are told of a call.
#include "pg/functions/upsert.hpp"

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

// `all`: deciding and writing. A feed that is written again is told in the log each time, and
// counted in time, but its documents once.
// recipe: count
void Upsert::count(std::chrono::nanoseconds reading, std::chrono::nanoseconds all) {
  if (options.read_only) return;
  const Engine::Effort& effort = engine_->effort();
  Counts batch;
  batch[Counted::documents] = batch_->items.size();
  for (const Item& item : batch_->items) ++batch[counted_as(item.status)];
  batch[Counted::retries] = effort.rounds > 1 ? effort.rounds - 1 : 0;
  batch[Counted::read_time] = microseconds(reading);
  batch[Counted::decide_time] = microseconds(effort.deciding);
  batch[Counted::write_time] = microseconds(all - effort.deciding);
  log_batch(*profile_, batch);
  for (std::size_t c = 0; c < kCounted; ++c)
    counts_[static_cast<Counted>(c)] += batch[static_cast<Counted>(c)];
}

void Upsert::forget_counts() {
  for (Counted c : {Counted::documents, Counted::created, Counted::updated, Counted::unchanged,
                    Counted::rejected})
    counts_[c] = 0;
}

void Upsert::finish() {
  spi_.finish();
  finished_ = true;
}

// What comes of a call is counted as it ends, whether or not its transaction commits.
Upsert::~Upsert() {
  if (options.read_only || call_.dry_run) return;
  counts_[Counted::calls] = 1;
  if (!finished_) {
    counts_[Counted::failed] = 1;
    forget_counts();
  }
  if (profile_) add_counts(profile_->name, counts_);
}

}  // namespace product_upsert
