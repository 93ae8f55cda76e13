#pragma once

namespace product_upsert {

// Work of any length is to end soon once it is cancelled. Only who runs the core knows when that is
// so: src/pg sets a check that throws then. Cheap enough to be asked for every document, member or
// key; to be called where an exception may pass.
using InterruptCheck = void (*)();

namespace interrupts {
inline InterruptCheck check = nullptr;
}

inline void set_interrupt_check(InterruptCheck check) { interrupts::check = check; }
inline void check_interrupts() {
  if (interrupts::check != nullptr) interrupts::check();
}

}  // namespace product_upsert
