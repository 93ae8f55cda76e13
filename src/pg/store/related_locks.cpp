#include "core/value/failure.hpp"
#include "pg/boundary/boundary.hpp"
#include "pg/sql/parameters.hpp"
#include "pg/store/related_store.hpp"
#include "pg/types/varlena.hpp"

extern "C" {
#include "access/xact.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "storage/lock.h"
}

namespace product_upsert {

namespace {

// Our classes of advisory locks; PostgreSQL uses 1 and 2.
constexpr std::uint16_t kParentLock = 3;
constexpr std::uint16_t kNameLocks = 16;  // the first of one class for each table

}  // namespace

// The lock is held until the transaction ends.
void RelatedStore::lock(std::int64_t organization_id, std::uint16_t lock_class) {
  attempts_.take_locks(1);
  const Attempts::InQueue in_queue(attempts_);
  Call([=] {
    LOCKTAG tag;
    SET_LOCKTAG_ADVISORY(tag, MyDatabaseId,
                         static_cast<uint32>(static_cast<uint64>(organization_id) >> 32U),
                         static_cast<uint32>(organization_id), lock_class);
    LockAcquire(&tag, ExclusiveLock, false, false);
  });
}

// Whether a row looks different to a snapshot that sees all that is committed by now.
bool RelatedStore::differs_by_now(std::int64_t organization_id, Table table,
                                  const std::string& digest) {
  class Digest final : public RowSink {
   public:
    void row(const Row& row) override {
      Arena arena;
      text = view_text(row.datum(0), arena);
    }
    std::string text;
  } then, now;
  Parameters parameters(schema_);
  const std::string organization = parameters.add(INT8OID, Int64GetDatum(organization_id));
  const std::string sql = "SELECT " + digest + " FROM " + name(table) +
                          " t WHERE t.organization_id OPERATOR(pg_catalog.=) " + organization;
  parameters.read(sql, Guard::plain, false, then);
  parameters.read_latest(sql, now);
  return then.text != now.text;
}

void RelatedStore::hold_custom_fields(std::int64_t organization_id) {
  Call([table = find(Table::custom_field_use)] { LockRelationOid(table, AccessShareLock); });
  if (!IsolationUsesXactSnapshot()) return;
  if (differs_by_now(
          organization_id, Table::custom_field,
          "COALESCE(pg_catalog.string_agg(t::pg_catalog.text, ' ' ORDER BY t.id), '')")) {
    throw Refusal(Refused::serialization,
                  "custom fields have changed since the transaction's snapshot was taken",
                  "Try again.");
  }
}

void RelatedStore::lock_names(std::int64_t organization_id, Table table) {
  lock(organization_id, static_cast<std::uint16_t>(kNameLocks + info(table).number));
  if (!IsolationUsesXactSnapshot()) return;
  // The number of rows and the last id change whenever rows are added.
  if (differs_by_now(organization_id, table,
                     "pg_catalog.concat(pg_catalog.count(*), ' ', pg_catalog.max(t.id))")) {
    throw Refusal(Refused::serialization,
                  "rows were created since the transaction's snapshot was taken", "Try again.");
  }
}

// One writer at a time: two writers could each add one half of a cycle, and neither would see it.
void RelatedStore::lock_parents(std::int64_t organization_id) {
  locks_parents_ = true;
  lock(organization_id, kParentLock);
}

}  // namespace product_upsert
