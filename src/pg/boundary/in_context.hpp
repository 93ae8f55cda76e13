#pragma once

extern "C" {
#include "postgres.h"
}

namespace product_upsert {

// While it lives, PostgreSQL allocates in another memory context.
class InContext {
 public:
  explicit InContext(MemoryContext memory) : caller_(MemoryContextSwitchTo(memory)) {}
  InContext(const InContext&) = delete;
  InContext& operator=(const InContext&) = delete;
  ~InContext() { MemoryContextSwitchTo(caller_); }

 private:
  MemoryContext caller_;
};

}  // namespace product_upsert
