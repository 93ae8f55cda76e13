#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "unit/schedule/scheduler.hpp"

namespace product_upsert::schedules {

// A small generator whose numbers are the same on every machine.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed * 0x9E3779B97F4A7C15U + 1) {}
  std::uint64_t next() {
    state_ += 0x9E3779B97F4A7C15U;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31U);
  }
  std::size_t below(std::size_t n) { return static_cast<std::size_t>(next() % n); }
  bool one_in(std::size_t n) { return below(n) == 0; }
  template <typename T>
  const T& of(const std::vector<T>& all) {
    return all[below(all.size())];
  }

 private:
  std::uint64_t state_;
};

// At random: a session is interrupted at one place of two, four, eight or sixteen.
class RandomChooser final : public Chooser {
 public:
  explicit RandomChooser(std::uint64_t seed) : random_(seed), rarely_(2U << random_.below(4)) {}
  std::size_t choose(std::span<const Option> options, bool going_on) override {
    if (going_on && !random_.one_in(rarely_)) return 0;
    return random_.below(options.size());
  }

 private:
  Random random_;
  std::size_t rarely_;
};

// One after the other every schedule that interrupts a session at most so many times; where a
// session has to wait or is at its end, whoever may go on does in one of them.
class EveryChooser final : public Chooser {
 public:
  explicit EveryChooser(int interruptions) : interruptions_(interruptions) {}
  std::size_t choose(std::span<const Option> options, bool going_on) override;
  // Ready for the next schedule; false: that was the last.
  bool advance();

 private:
  struct Place {
    std::size_t chosen, count;
  };
  int interruptions_;
  int left_ = interruptions_;
  std::size_t at_ = 0;
  std::vector<Place> path_;
};

}  // namespace product_upsert::schedules
