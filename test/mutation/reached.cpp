// Compiled into the unit tests of a woven tree (weave.py): which mutant is chosen, and which ones a
// test has reached.
#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>

#include "core/value/chosen_mutant.hpp"

namespace mutation {

int chosen = -1;
unsigned char reached[kMost];

void choose() {
  const char* number = std::getenv("MUTANT");
  chosen = number == nullptr ? 0 : std::atoi(number);
}

}  // namespace mutation

namespace {

// A line a test: its name, its milliseconds, the mutants. What is reached before the first test has
// a line without a name.
class ReachedWriter : public testing::EmptyTestEventListener {
 public:
  explicit ReachedWriter(const char* file) : out_(file) { write("", 0, true); }

  void OnTestStart(const testing::TestInfo&) override {
    std::memset(mutation::reached, 0, sizeof mutation::reached);
  }

  void OnTestEnd(const testing::TestInfo& test) override {
    write(std::string(test.test_suite_name()) + "." + test.name(), test.result()->elapsed_time(),
          test.result()->Passed());
  }

 private:
  std::ofstream out_;

  void write(const std::string& name, long long milliseconds, bool passes) {
    out_ << name << '\t' << milliseconds << '\t' << passes << '\t';
    for (int i = 0; i < mutation::kMost; i++) {
      if (mutation::reached[i] != 0) out_ << i << ' ';
    }
    out_ << std::endl;
  }
};

class WritesReached : public testing::Environment {
 public:
  void SetUp() override {
    if (const char* file = std::getenv("MUTANTS_REACHED")) {
      testing::UnitTest::GetInstance()->listeners().Append(new ReachedWriter(file));
    }
  }
};

[[maybe_unused]] testing::Environment* const listening =
    testing::AddGlobalTestEnvironment(new WritesReached);

}  // namespace
