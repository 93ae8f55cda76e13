#pragma once

#include <functional>

#include "core/catalogue/catalogue.hpp"

namespace product_upsert {

// Errors that are not about a row that is written: what is wrong with the transaction, the server
// or its resources, and a cancel. Everything else a trigger, say, may raise about a row.
bool is_no_rows_fault(int sqlstate);

// The attempts of one call to write.
class Attempts {
 public:
  Attempts();
  // Runs `body` in a subtransaction, which is undone where the body says false or an error is
  // caught: see Catalogue::atomically. Other errors undo it and go on to the caller; so does a
  // deadlock in the end, where the transaction holds what it wrote before the call.
  Attempt run(const std::function<bool()>& body, Catching catching, WriteError& error);

 private:
  static constexpr int kMostDeadlocks = 10;

  Attempt run_within(const std::function<bool()>& body, Catching catching, WriteError& error);
  void pay();

  const bool holds_locks_;
  int depth_ = 0;      // attempts within attempts
  int deadlocks_ = 0;  // in a row
  bool owes_way_ = false;
  int patience_ = 0;  // at the last deadlock
};

}  // namespace product_upsert
