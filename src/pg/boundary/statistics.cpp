#include "pg/boundary/statistics.hpp"

#include <algorithm>
#include <cstring>

#include "pg/boundary/boundary.hpp"
#include "pg/boundary/compat.hpp"

extern "C" {
#include "port/atomics.h"
#include "storage/spin.h"
}

namespace product_upsert {

namespace {

// The number of slots, each for a database and a profile. What does not fit is not counted.
constexpr std::uint32_t kSlots = 200;
constexpr std::size_t kLongestName = 64;
constexpr const char* kMemoryName = "product_upsert";

struct Slot {
  Oid database;
  char profile[kLongestName];
  pg_atomic_uint64 since;
  pg_atomic_uint64 counts[kCounted];
};

struct Memory {
  slock_t lock;           // held while a slot is added
  pg_atomic_uint32 used;  // slots are filled in order and never freed
  Slot slots[kSlots];
};

Memory* memory = nullptr;
Memory* own = nullptr;  // if no memory is shared

extern "C" void make_memory(void* at) {
  auto* const fresh = static_cast<Memory*>(at);
  std::memset(fresh, 0, sizeof *fresh);
  SpinLockInit(&fresh->lock);
  pg_atomic_init_u32(&fresh->used, 0);
  for (Slot& slot : fresh->slots) {
    pg_atomic_init_u64(&slot.since, 0);
    for (pg_atomic_uint64& count : slot.counts) pg_atomic_init_u64(&count, 0);
  }
}

Slot* find_slot(Memory& where, std::string_view profile) {
  const std::uint32_t used = pg_atomic_read_u32(&where.used);
  pg_read_barrier();
  for (std::uint32_t i = 0; i < used; ++i) {
    Slot& slot = where.slots[i];
    if (slot.database == MyDatabaseId && profile == slot.profile) return &slot;
  }
  return nullptr;
}

// Null if there is no room.
Slot* make_slot(Memory& where, std::string_view profile) {
  SpinLockAcquire(&where.lock);
  Slot* slot = find_slot(where, profile);
  const std::uint32_t used = pg_atomic_read_u32(&where.used);
  if (slot == nullptr && used < kSlots) {
    slot = &where.slots[used];
    slot->database = MyDatabaseId;
    profile.copy(slot->profile, kLongestName - 1);
    pg_atomic_write_u64(&slot->since, static_cast<std::uint64_t>(GetCurrentTimestamp()));
    pg_write_barrier();
    pg_atomic_write_u32(&where.used, used + 1);
  }
  SpinLockRelease(&where.lock);
  return slot;
}

}  // namespace

void prepare_statistics() {
  compat::ask_for_shared_memory(kMemoryName, sizeof(Memory), make_memory);
}

void open_statistics() {
  if (memory != nullptr || own != nullptr) return;
  memory = Call([] {
    return static_cast<Memory*>(compat::shared_memory(kMemoryName, sizeof(Memory), make_memory));
  });
  if (memory != nullptr) return;
  own = Call([] {
    return static_cast<Memory*>(MemoryContextAllocZero(TopMemoryContext, sizeof(Memory)));
  });
  make_memory(own);
}

void add_counts(std::string_view profile, const Counts& counts) noexcept {
  Memory* const where = memory != nullptr ? memory : own;
  if (where == nullptr) return;
  profile = profile.substr(0, kLongestName - 1);
  Slot* slot = find_slot(*where, profile);
  if (slot == nullptr) slot = make_slot(*where, profile);
  if (slot == nullptr) return;
  for (std::size_t c = 0; c < kCounted; ++c) {
    const std::uint64_t more = counts[static_cast<Counted>(c)];
    if (more != 0) pg_atomic_fetch_add_u64(&slot->counts[c], static_cast<std::int64_t>(more));
  }
}

void each_count(const std::function<void(std::string_view, const Counts&, std::int64_t)>& f) {
  open_statistics();
  Memory& where = memory != nullptr ? *memory : *own;
  const std::uint32_t used = pg_atomic_read_u32(&where.used);
  pg_read_barrier();
  for (std::uint32_t i = 0; i < used; ++i) {
    Slot& slot = where.slots[i];
    if (slot.database != MyDatabaseId) continue;
    Counts counts;
    for (std::size_t c = 0; c < kCounted; ++c)
      counts[static_cast<Counted>(c)] = pg_atomic_read_u64(&slot.counts[c]);
    f(slot.profile, counts, static_cast<std::int64_t>(pg_atomic_read_u64(&slot.since)));
  }
}

bool are_statistics_shared() {
  open_statistics();
  return memory != nullptr;
}

void reset_statistics() {
  open_statistics();
  Memory& where = memory != nullptr ? *memory : *own;
  const std::uint32_t used = pg_atomic_read_u32(&where.used);
  for (std::uint32_t i = 0; i < used; ++i) {
    Slot& slot = where.slots[i];
    if (slot.database != MyDatabaseId) continue;
    pg_atomic_write_u64(&slot.since, static_cast<std::uint64_t>(GetCurrentTimestamp()));
    for (pg_atomic_uint64& count : slot.counts) pg_atomic_write_u64(&count, 0);
  }
}

}  // namespace product_upsert
