#include "core/value/faults.hpp"

#ifdef PRODUCT_UPSERT_FAULTS

#include <cstdlib>
#include <new>

namespace product_upsert::faults {

constinit Plan plan;

bool due(Kind kind) {
  if ((plan.kinds & kind) == 0) return false;
  ++plan.seen;
  if (plan.seen < plan.first || plan.failed == plan.times) return false;
  ++plan.failed;
  return true;
}

void allocate() {
  if (due(allocation)) throw std::bad_alloc();
}

}  // namespace product_upsert::faults

void* operator new(std::size_t bytes) {
  product_upsert::faults::allocate();
  void* const memory = std::malloc(bytes > 0 ? bytes : 1);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
void* operator new[](std::size_t bytes) { return operator new(bytes); }
// Used by std::stable_sort, which can do without the memory.
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept {
  return std::malloc(bytes > 0 ? bytes : 1);
}
void* operator new[](std::size_t bytes, const std::nothrow_t& nothrow) noexcept {
  return operator new(bytes, nothrow);
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }

#endif
