#pragma once

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "unit/schedule/turns.hpp"

namespace product_upsert::schedules {

// What may happen next: a session goes on, or is told that it waits in a circle.
struct Option {
  int session = 0;
  bool deadlock = false;
};

// Decides what happens next, where several things may. `going_on`: the first option is that the
// session that runs goes on.
class Chooser {
 public:
  virtual ~Chooser() = default;
  virtual std::size_t choose(std::span<const Option> options, bool going_on) = 0;
};

// A schedule that does not end.
class Endless : public std::runtime_error {
 public:
  Endless() : std::runtime_error("the schedule does not end") {}
};

// Runs sessions as threads of which one at a time has the baton, so that a schedule is what the
// chooser makes it and nothing else. The threads are kept for the next schedule.
class Scheduler final : public Turns {
 public:
  explicit Scheduler(int sessions);
  ~Scheduler() override;
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

  // Runs a body for each session to its end, as many as there are; rethrows what comes out of one
  // (the bodies keep to themselves what they expect).
  void run(std::span<const std::function<void()>> bodies, Chooser& chooser);

  void point(int session, const char* what) override;
  void wait(int session, const char* what,
            const std::function<std::vector<int>()>& blockers) override;
  void sleep(int session, const char* what) override;

  // Steps of the last run: "0 find, 1 find, 1 commit, 0 insert_missing, …".
  std::string told() const;
  std::size_t steps() const { return steps_.size(); }

 private:
  enum class State : std::uint8_t { idle, ready, waiting, ended };
  struct Worker {
    State state = State::idle;
    const std::function<std::vector<int>()>* blockers = nullptr;
    bool victim = false;
    std::size_t waits = 0;  // how often it has waited
    std::condition_variable awake;
    std::thread thread;
  };
  struct Step {
    int session;
    const char* what;
  };
  static constexpr std::size_t kMostSteps = 20'000;
  static constexpr int kNobody = -1;

  void work(int session);
  // Chooses who is next, and returns once that is `session` (or it has ended).
  void hand_over(int session);
  int next(int session);
  bool waits_in_circle(int session) const;
  void give_up_if_endless();
  void note(int session, const char* what) { steps_.push_back({session, what}); }

  std::vector<std::unique_ptr<Worker>> workers_;
  std::span<const std::function<void()>> bodies_;
  Chooser* chooser_ = nullptr;
  std::mutex mutex_;
  std::condition_variable done_;
  int turn_ = kNobody;
  std::size_t running_ = 0;
  bool stops_ = false;
  bool endless_ = false;
  std::exception_ptr failed_;
  std::vector<Step> steps_;
};

}  // namespace product_upsert::schedules
