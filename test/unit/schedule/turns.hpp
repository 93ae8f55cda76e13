#pragma once

#include <functional>
#include <stdexcept>
#include <vector>

namespace product_upsert::schedules {

// Where sessions give way to one another.
class Turns {
 public:
  virtual ~Turns() = default;
  // A place where others may go on first; `what` the session does next.
  virtual void point(int session, const char* what) = 0;
  // Returns once no other session is in the way; throws SqlError (deadlock) where it is the victim.
  virtual void wait(int session, const char* what,
                    const std::function<std::vector<int>()>& blockers) = 0;
  // Sleeps so long that whoever waited for this session has gone on.
  virtual void sleep(int session, const char* what) = 0;
};

// For a session that runs alone, and never has to wait.
class NoTurns final : public Turns {
 public:
  void point(int, const char*) override {}
  void sleep(int, const char*) override {}
  void wait(int, const char* what, const std::function<std::vector<int>()>&) override {
    throw std::logic_error(std::string("there is nobody to wait for: ") + what);
  }
};

}  // namespace product_upsert::schedules
