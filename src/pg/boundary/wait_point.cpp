#include "pg/boundary/wait_point.hpp"

#ifdef PRODUCT_UPSERT_WAIT_POINTS

#include <charconv>
#include <string_view>
#include <utility>

#include "pg/boundary/boundary.hpp"

extern "C" {
#include "access/xact.h"
#include "common/hashfn.h"
#include "storage/lock.h"
#include "storage/proc.h"
#include "utils/guc.h"
}

namespace product_upsert {

namespace {

constexpr uint32 kLockClass = 32171;

char* setting = nullptr;
int passed = 0;  // times that the point was reached since it was set

extern "C" {

void start_anew(const char*, void*) { passed = 0; }

// Called between PostgreSQL's frames, so an error raised here is not a C++ exception.
void stop_at(const char* point) {
  std::string_view wanted(setting == nullptr ? "" : setting);
  int time = 1;
  if (const auto at = wanted.find('@'); at != std::string_view::npos) {
    std::from_chars(wanted.data() + at + 1, wanted.data() + wanted.size(), time);
    wanted = wanted.substr(0, at);
  }
  if (wanted != point || ++passed < time) return;
  LOCKTAG tag;
  const auto* const bytes = reinterpret_cast<const unsigned char*>(point);
  SET_LOCKTAG_ADVISORY(tag, MyDatabaseId, kLockClass,
                       DatumGetUInt32(hash_any(bytes, static_cast<int>(wanted.size()))), 2);
  // It is no wait of the call: its timeouts are meant for others.
  const int timeout = std::exchange(LockTimeout, 0);
  LockAcquire(&tag, ShareLock, true, false);
  LockTimeout = timeout;
  LockRelease(&tag, ShareLock, true);
}

void at_transaction_end(XactEvent event, void*) {
  if (event == XACT_EVENT_PRE_COMMIT) stop_at("commit");
}

}  // extern "C"

}  // namespace

void wait_at(const char* point) {
  Call([point] { stop_at(point); });
}

void define_wait_points() {
  DefineCustomStringVariable("product_upsert.wait_point", "The point where a test stops a call.",
                             nullptr, &setting, "", PGC_USERSET, 0, nullptr, start_anew, nullptr);
  RegisterXactCallback(at_transaction_end, nullptr);
}

}  // namespace product_upsert

#endif
