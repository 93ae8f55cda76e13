#pragma once

#include "core/value/interrupts.hpp"

namespace product_upsert {

// While it lives, whatever asks whether it is cancelled is.
class CancelledHere {
 public:
  struct Cancelled {};
  CancelledHere() {
    set_interrupt_check([] { throw Cancelled(); });
  }
  CancelledHere(const CancelledHere&) = delete;
  CancelledHere& operator=(const CancelledHere&) = delete;
  ~CancelledHere() { set_interrupt_check(nullptr); }
};

}  // namespace product_upsert
