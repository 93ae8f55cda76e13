// Sessions at the same time, in every order up to a bound and in many at random: nothing is lost,
// and nobody is told what is not so. SCHEDULES=1000000 runs so many at random, SCHEDULE_SEED
// others.
#include <gtest/gtest.h>

#include <cstdlib>

#include "unit/schedule/runner.hpp"

namespace product_upsert::schedules {
namespace {

#ifdef __SANITIZE_ADDRESS__
constexpr std::uint64_t kRandom = 4000, kEvery = 2000;
#else
constexpr std::uint64_t kRandom = 16000, kEvery = 8000;
#endif

std::uint64_t setting(const char* name, std::uint64_t otherwise) {
  const char* said = std::getenv(name);
  return said == nullptr || *said == 0 ? otherwise : std::strtoull(said, nullptr, 10);
}

class Schedules : public testing::Test {
 protected:
  // A complaint is told with all that is needed to have it again; false after the third.
  bool is_enough(const std::string& complaint, std::uint64_t scenario, std::uint64_t schedule) {
    ADD_FAILURE() << "scenario " << scenario << ", schedule " << schedule << ": " << complaint;
    return ++complaints_ == 3;
  }

  // All schedules of a scenario with at most so many interruptions, or the first of them.
  std::uint64_t run_every(const Scenario& scenario, int interruptions, std::uint64_t most,
                          std::uint64_t number) {
    Runner runner(scenario, scheduler);
    EveryChooser chooser(interruptions);
    std::uint64_t ran = 0;
    do {
      const std::string complaint = runner.run(chooser);
      ++ran;
      if (!complaint.empty()) {
        is_enough(complaint, number, ran);
        break;
      }
    } while (ran < most && chooser.advance());
    return ran;
  }

  Scheduler scheduler{3};

 private:
  int complaints_ = 0;
};

TEST_F(Schedules, at_random) {
  const std::uint64_t seed = setting("SCHEDULE_SEED", 1);
  const std::uint64_t count = setting("SCHEDULES", kRandom);
  constexpr std::uint64_t kEach = 20;
  std::printf("SCHEDULE_SEED=%llu SCHEDULES=%llu\n", static_cast<unsigned long long>(seed),
              static_cast<unsigned long long>(count));
  std::size_t orders = 0, failed = 0, steps = 0;
  for (std::uint64_t s = 0; s * kEach < count; ++s) {
    const std::uint64_t number = seed * 1'000'000'007U + s;
    const Scenario scenario = make_scenario(number, {});
    Runner runner(scenario, scheduler);
    for (std::uint64_t i = 0; i < kEach; ++i) {
      RandomChooser chooser(number * kEach + i);
      const std::string complaint = runner.run(chooser);
      steps += scheduler.steps();
      if (complaint.empty()) continue;
      if (is_enough(complaint, number, i)) return;
      break;
    }
    orders += runner.orders_tried();
    failed += runner.failed_transactions();
  }
  std::printf("%zu steps, %zu steps alone to compare with, %zu transactions failed\n", steps,
              orders, failed);
}

// With at most two interruptions; where a session waits, everybody else's turn is tried.
TEST_F(Schedules, every_one_with_two_interruptions) {
  std::uint64_t ran = 0;
  std::uint64_t number = 0;
  for (; ran < setting("SCHEDULES", kEvery) && !HasFailure(); ++number)
    ran += run_every(make_scenario(number, {}), 2, 1000, number);
  std::printf("%llu schedules of %llu scenarios\n", static_cast<unsigned long long>(ran),
              static_cast<unsigned long long>(number));
}

Step call(std::vector<std::string> documents) {
  Step step;
  step.documents = std::move(documents);
  return step;
}

Scenario at_once(std::vector<Step> before, std::vector<Step> calls, Isolation isolation) {
  Scenario s;
  s.before = std::move(before);
  for (Step& c : calls) s.sessions.push_back({{{isolation, {std::move(c)}, true}}});
  return s;
}

// Two single calls, each of their steps before or after each of the other's.
TEST_F(Schedules, every_one_of_two_calls) {
  const auto one = [](std::string d) { return call({std::move(d)}); };
  const std::vector<Step> stored = {
      one(R"({"external_id": "a", "name": "a", "handle": "h1", "price": 1})"),
      one(R"({"external_id": "b", "name": "b", "handle": "h2", "price": 1,
              "variants": [{"sku": "s1", "price": 1, "position": 1}]})")};
  const std::vector<Step> calls = {
      one(R"({"external_id": "c", "name": "c", "price": 1})"),
      one(R"({"external_id": "c", "name": "c", "handle": "h3"})"),
      one(R"({"external_id": "a", "name": "a", "price": 2})"),
      one(R"({"external_id": "a", "name": "a", "handle": "h3"})"),
      one(R"({"handle": "h1", "name": "n"})"),
      one(R"({"external_id": "b", "name": "b",
              "variants": [{"sku": "s1", "price": 2, "position": 1}]})"),
      one(R"({"external_id": "d", "name": "d",
              "variants": [{"sku": "s2", "price": 2, "position": 1}]})"),
      one(R"({"external_id": "b", "name": "b",
              "variants": [{"sku": "s2", "price": 2, "position": 1}]})"),
      call({R"({"external_id": "a", "name": "x"})", R"({"external_id": "b", "name": "y"})"}),
      call({R"({"external_id": "b", "name": "z"})", R"({"external_id": "a", "name": "z"})"})};
  std::uint64_t ran = 0;
  for (std::size_t a = 0; a < calls.size() && !HasFailure(); ++a) {
    for (std::size_t b = a; b < calls.size() && !HasFailure(); ++b)
      ran += run_every(at_once(stored, {calls[a], calls[b]}, Isolation::read_committed), 1000,
                       kEvery / 40, a * 100 + b);
  }
  std::printf("%llu schedules\n", static_cast<unsigned long long>(ran));
}

}  // namespace
}  // namespace product_upsert::schedules
