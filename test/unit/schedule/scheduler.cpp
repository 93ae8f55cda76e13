#include "unit/schedule/scheduler.hpp"

#include <algorithm>

#include "unit/schedule/transactions.hpp"

namespace product_upsert::schedules {

Scheduler::Scheduler(int sessions) {
  for (int i = 0; i < sessions; ++i) workers_.push_back(std::make_unique<Worker>());
  for (int i = 0; i < sessions; ++i)
    workers_[static_cast<std::size_t>(i)]->thread = std::thread([this, i] { work(i); });
}

Scheduler::~Scheduler() {
  {
    const std::lock_guard lock(mutex_);
    stops_ = true;
  }
  for (auto& w : workers_) w->awake.notify_one();
  for (auto& w : workers_) w->thread.join();
}

void Scheduler::run(std::span<const std::function<void()>> bodies, Chooser& chooser) {
  std::unique_lock lock(mutex_);
  bodies_ = bodies;
  chooser_ = &chooser;
  steps_.clear();
  endless_ = false;
  failed_ = nullptr;
  running_ = bodies.size();
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    workers_[i]->state = i < bodies.size() ? State::ready : State::idle;
    workers_[i]->victim = false;
  }
  turn_ = next(kNobody);
  workers_[static_cast<std::size_t>(turn_)]->awake.notify_one();
  done_.wait(lock, [this] { return running_ == 0; });
  turn_ = kNobody;
  if (failed_) std::rethrow_exception(failed_);
}

// A thread's life: waits for its turn, runs its body, hands over.
void Scheduler::work(int session) {
  Worker& me = *workers_[static_cast<std::size_t>(session)];
  std::unique_lock lock(mutex_);
  for (;;) {
    me.awake.wait(lock, [&] { return stops_ || (turn_ == session && me.state == State::ready); });
    if (stops_) return;
    lock.unlock();
    try {
      bodies_[static_cast<std::size_t>(session)]();
    } catch (...) {
      if (!failed_) failed_ = std::current_exception();
    }
    lock.lock();
    me.state = State::ended;
    if (--running_ == 0) done_.notify_one();
    else if (const int other = next(session); other != kNobody) {
      turn_ = other;
      workers_[static_cast<std::size_t>(other)]->awake.notify_one();
    }
  }
}

// All that is shared is touched by whoever has the baton alone; the mutex carries it over.
void Scheduler::hand_over(int session) {
  const int other = next(session);
  if (other == session) return;
  Worker& me = *workers_[static_cast<std::size_t>(session)];
  std::unique_lock lock(mutex_);
  turn_ = other;
  workers_[static_cast<std::size_t>(other)]->awake.notify_one();
  me.awake.wait(lock, [&] { return turn_ == session; });
}

void Scheduler::give_up_if_endless() {
  if (steps_.size() > kMostSteps) endless_ = true;
  if (endless_) throw Endless();
}

void Scheduler::point(int session, const char* what) {
  give_up_if_endless();
  hand_over(session);
  if (endless_) throw Endless();
  note(session, what);
}

void Scheduler::wait(int session, const char* what,
                     const std::function<std::vector<int>()>& blockers) {
  give_up_if_endless();
  Worker& me = *workers_[static_cast<std::size_t>(session)];
  note(session, what);
  me.blockers = &blockers;
  me.state = State::waiting;
  hand_over(session);
  me.state = State::ready;
  ++me.waits;
  me.blockers = nullptr;
  if (endless_) throw Endless();
  if (!me.victim) return;
  me.victim = false;
  note(session, "deadlock");
  throw SqlError(kDeadlockDetected, "deadlock detected");
}

// Those that wait and could go on by now, because of what this session has given back, go on first.
void Scheduler::sleep(int session, const char* what) {
  std::vector<std::pair<int, std::size_t>> woken;
  for (int s = 0; s < static_cast<int>(bodies_.size()); ++s) {
    const Worker& w = *workers_[static_cast<std::size_t>(s)];
    if (s != session && w.state == State::waiting && (*w.blockers)().empty())
      woken.emplace_back(s, w.waits);
  }
  wait(session, what, [this, woken] {
    std::vector<int> asleep;
    for (const auto& [s, waits] : woken) {
      const Worker& w = *workers_[static_cast<std::size_t>(s)];
      if (w.waits == waits && w.state == State::waiting && (*w.blockers)().empty())
        asleep.push_back(s);
    }
    return asleep;
  });
}

// Whether the session, which waits, is waited for by whom it waits for.
bool Scheduler::waits_in_circle(int session) const {
  std::vector<char> reached(workers_.size(), 0);
  std::vector<int> open = {session};
  while (!open.empty()) {
    const Worker& w = *workers_[static_cast<std::size_t>(open.back())];
    open.pop_back();
    if (w.state != State::waiting) continue;
    for (int b : (*w.blockers)()) {
      if (b == session) return true;
      if (reached[static_cast<std::size_t>(b)]++ == 0) open.push_back(b);
    }
  }
  return false;
}

int Scheduler::next(int session) {
  std::vector<Option> options;
  const auto can_go_on = [&](const Worker& w) {
    return w.state == State::ready ||
           (w.state == State::waiting && (endless_ || (*w.blockers)().empty()));
  };
  const int sessions = static_cast<int>(bodies_.size());
  const bool going_on =
      session != kNobody && can_go_on(*workers_[static_cast<std::size_t>(session)]);
  if (going_on) options.push_back({session, false});
  for (int s = 0; s < sessions; ++s) {
    const Worker& w = *workers_[static_cast<std::size_t>(s)];
    if (s != session && can_go_on(w)) options.push_back({s, false});
  }
  for (int s = 0; s < sessions; ++s) {
    const Worker& w = *workers_[static_cast<std::size_t>(s)];
    if (w.state == State::waiting && !endless_ && waits_in_circle(s)) options.push_back({s, true});
  }
  if (options.empty()) throw std::logic_error("nobody can go on, and there is no circle");
  const std::size_t chosen =
      options.size() == 1 || endless_ ? 0 : chooser_->choose(options, going_on);
  const Option& option = options.at(chosen);
  if (option.deadlock) workers_[static_cast<std::size_t>(option.session)]->victim = true;
  return option.session;
}

std::string Scheduler::told() const {
  std::string out;
  for (const Step& s : steps_)
    out += (out.empty() ? "" : ", ") + std::to_string(s.session) + " " + s.what;
  return out;
}

}  // namespace product_upsert::schedules
