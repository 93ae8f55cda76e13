// Sessions at the same time, in every order up to a bound and in many at random: nothing is lost
// or told wrongly. SCHEDULES=1000000 runs so many at random; SCHEDULE_SEED another row of them.
#include <gtest/gtest.h>

#include <cstdlib>

#include "unit/schedule/runner.hpp"

namespace product_upsert::schedules {
namespace {

std::uint64_t setting(const char* name, std::uint64_t otherwise) {
  const char* said = std::getenv(name);
  return said == nullptr || *said == 0 ? otherwise : std::strtoull(said, nullptr, 10);
}

TEST(Schedules, at_random) {
  const std::uint64_t seed = setting("SCHEDULE_SEED", 1);
  const std::uint64_t count = setting("SCHEDULES", 20000);
  constexpr std::uint64_t kEach = 20;
  std::printf("SCHEDULE_SEED=%llu SCHEDULES=%llu\n", static_cast<unsigned long long>(seed),
              static_cast<unsigned long long>(count));
  Scheduler scheduler(3);
  std::size_t orders = 0, failed = 0, steps = 0;
  int complaints = 0;
  for (std::uint64_t s = 0; s * kEach < count; ++s) {
    const std::uint64_t scenario_seed = seed * 1'000'000'007U + s;
    Taste taste;
    taste.parents = setting("P", 1);
    taste.variants = setting("V", 1);
    taste.custom_fields = setting("C", 1);
    taste.organizations = setting("O", 1);
    taste.repeatable_read = setting("R", 1);
    taste.sql = setting("S", 1);
    taste.deletes = setting("D", 1);
    taste.long_transactions = setting("L", 1);
    const Scenario scenario = make_scenario(scenario_seed, taste);
    Runner runner(scenario, scheduler);
    for (std::uint64_t i = 0; i < kEach; ++i) {
      RandomChooser chooser(scenario_seed * kEach + i);
      const std::string complaint = runner.run(chooser);
      steps += scheduler.steps();
      if (complaint.empty()) continue;
      ADD_FAILURE() << "scenario " << scenario_seed << ", schedule " << i << ": " << complaint;
      ++complaints;
      break;
    }
    if (complaints == 5) break;
    orders += runner.orders_tried();
    failed += runner.failed_transactions();
  }
  std::printf("%zu steps, %zu serial runs, %zu transactions failed\n", steps, orders, failed);
}

}  // namespace
}  // namespace product_upsert::schedules
