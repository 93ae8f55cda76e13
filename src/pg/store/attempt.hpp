#pragma once

#include <functional>

#include "core/catalogue/catalogue.hpp"

namespace product_upsert {

// The attempts of one call to write.
class Attempts {
 public:
  Attempts();
  // Runs `body` in a subtransaction, which is undone if the body returns false or an error is
  // caught: see Catalogue::atomically. Other errors undo it and continue to the caller. So does a
  // deadlock after several attempts, if the transaction holds what it wrote before the call.
  Attempt run(const std::function<bool()>& body, Catching catching, WriteError& error);

 private:
  static constexpr int kMostDeadlocks = 10;

  Attempt run_within(const std::function<bool()>& body, Catching catching, WriteError& error);
  void pay();

  const bool holds_locks_;
  int depth_ = 0;      // nesting of attempts
  int deadlocks_ = 0;  // without a success between them
  bool owes_way_ = false;
  int patience_ = 0;  // as of the last deadlock
};

}  // namespace product_upsert
