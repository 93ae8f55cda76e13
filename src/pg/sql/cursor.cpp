#include "pg/sql/cursor.hpp"

#include "pg/boundary/boundary.hpp"
#include "pg/sql/receiver.hpp"

extern "C" {
#include "access/tableam.h"
#include "tcop/pquery.h"
#include "utils/snapmgr.h"
}

namespace product_upsert {

namespace {

// Lets a sequential scan start at the table's first page, even if another scan is running.
class PhysicalOrder {
 public:
  PhysicalOrder() { synchronize_seqscans = false; }
  PhysicalOrder(const PhysicalOrder&) = delete;
  PhysicalOrder& operator=(const PhysicalOrder&) = delete;
  ~PhysicalOrder() { synchronize_seqscans = saved_; }

 private:
  bool saved_ = synchronize_seqscans;
};

}  // namespace

KeptSnapshot::KeptSnapshot()
    : snapshot_(Call([] {
        CommandCounterIncrement();
        return RegisterSnapshot(GetTransactionSnapshot());
      })) {}

void KeptSnapshot::release() {
  Call([snapshot = snapshot_] { UnregisterSnapshot(snapshot); });
}

Cursor::Cursor(const std::string& sql, const KeptSnapshot& snapshot)
    : portal_(Call([text = sql.c_str(), snapshot = snapshot.get()] {
        const SPIPlanPtr plan = SPI_prepare_cursor(text, 0, nullptr, CURSOR_OPT_NO_SCROLL);
        if (plan == nullptr)
          elog(ERROR, "SPI_prepare failed: %s", SPI_result_code_string(SPI_result));
        PushActiveSnapshot(snapshot);
        const Portal portal = SPI_cursor_open(nullptr, plan, nullptr, nullptr, true);
        PopActiveSnapshot();
        SPI_freeplan(plan);
        return portal;
      })) {}

std::uint64_t Cursor::fetch(long count, RowSink& sink) {
  Receiver receiver(&sink);
  const PhysicalOrder order;
  const std::uint64_t fetched =
      Call([portal = portal_, count, to = receiver.destination()]() -> std::uint64_t {
        return PortalRunFetch(portal, FETCH_FORWARD, count, to);
      });
  receiver.finish();
  return fetched;
}

void Cursor::close() {
  Call([portal = portal_] { SPI_cursor_close(portal); });
}

}  // namespace product_upsert
