#include "pg/store/passed_ids.hpp"

#include <algorithm>
#include <limits>

#include "pg/boundary/boundary.hpp"
#include "pg/direct/citus.hpp"
#include "pg/direct/partition.hpp"
#include "pg/sql/relation_changes.hpp"
#include "pg/store/id_sequence.hpp"

extern "C" {
#include "access/nbtree.h"
#include "catalog/pg_am_d.h"
#include "catalog/pg_index.h"
#include "commands/sequence.h"
#include "storage/bufmgr.h"
#include "utils/fmgroids.h"
}

namespace product_upsert {

namespace {

// Other sessions draw too: so many ids more than the rows need have to be free.
constexpr std::int64_t kRoom = 1000;

constexpr std::int64_t kNone = std::numeric_limits<std::int64_t>::max();

// That no id above `last` was taken when the sequence stood there, or that no row which this
// session wrote last has an id above it.
struct Verified {
  Oid table;
  std::uint64_t as_of;
  std::int64_t organization_id;
  std::int64_t last;
  bool is_confirmed;
};

Verified& verified(Oid table, std::int64_t organization_id) {
  constexpr std::size_t kOrganizations = 64;
  static Verified all[kOrganizations];
  return all[(static_cast<std::uint64_t>(organization_id) + table) % kOrganizations];
}

// Read where it is stored, since the caller may lack the privilege to ask for it.
std::int64_t last_of(Oid sequence) {
  const Relation relation = relation_open(sequence, AccessShareLock);
  const Buffer buffer = ReadBuffer(relation, 0);
  LockBuffer(buffer, BUFFER_LOCK_SHARE);
  const Page page = BufferGetPage(buffer);
  const char* const item = static_cast<const char*>(
      static_cast<const void*>(PageGetItem(page, PageGetItemId(page, FirstOffsetNumber))));
  const auto header = reinterpret_cast<HeapTupleHeader>(const_cast<char*>(item));
  const auto* const state =
      reinterpret_cast<const FormData_pg_sequence_data*>(item + header->t_hoff);
  const std::int64_t last = state->is_called ? state->last_value : state->last_value - 1;
  UnlockReleaseBuffer(buffer);
  relation_close(relation, AccessShareLock);
  return last;
}

// The ids of an organization in the index of its primary key, whether their rows live or not.
struct TakenIds {
  Relation rows;
  Relation index;
  IndexScanDesc scan;
  ScanKeyData keys[2];
};

// The index of (organization_id, id); null if there is none.
Relation index_of_ids(Relation rows) {
  const AttrNumber wanted[] = {get_attnum(RelationGetRelid(rows), "organization_id"),
                               get_attnum(RelationGetRelid(rows), "id")};
  for (const AttrNumber column : wanted) {
    if (column <= 0 || TupleDescAttr(RelationGetDescr(rows), column - 1)->atttypid != INT8OID)
      return nullptr;
  }
  ListCell* cell;
  foreach (cell, RelationGetIndexList(rows)) {
    const Relation index = index_open(lfirst_oid(cell), AccessShareLock);
    const Form_pg_index form = index->rd_index;
    if (form->indisprimary && form->indisvalid && index->rd_rel->relam == BTREE_AM_OID &&
        form->indnkeyatts == 2 && form->indkey.values[0] == wanted[0] &&
        form->indkey.values[1] == wanted[1])
      return index;
    index_close(index, AccessShareLock);
  }
  return nullptr;
}

bool open_taken_ids(Relation table, std::int64_t organization_id, TakenIds* taken) {
  if (table->rd_rel->relkind == RELKIND_PARTITIONED_TABLE) {
    const Oid partition = partition_of(table, organization_id);
    if (!OidIsValid(partition)) return false;
    taken->rows = table_open(partition, AccessShareLock);
  } else if (table->rd_rel->relkind == RELKIND_RELATION &&
             !is_distributed(RelationGetRelid(table))) {
    taken->rows = table;
  } else {
    return false;
  }
  taken->index = index_of_ids(taken->rows);
  if (taken->index == nullptr) {
    close_rows(taken->rows, table);
    return false;
  }
  // Not by a snapshot: rows that nobody sees yet are taken too, and a serializable transaction has
  // read nothing of this.
  taken->scan = compat::begin_index_scan(taken->rows, taken->index, SnapshotAny, 2);
  taken->scan->xs_want_itup = true;
  ScanKeyInit(&taken->keys[0], 1, BTEqualStrategyNumber, F_INT8EQ, Int64GetDatum(organization_id));
  return true;
}

void close_taken_ids(const TakenIds& taken, Relation table) {
  index_endscan(taken.scan);
  index_close(taken.index, AccessShareLock);
  close_rows(taken.rows, table);
}

std::int64_t next_taken(const TakenIds& taken) {
  if (index_getnext_tid(taken.scan, ForwardScanDirection) == nullptr) return kNone;
  bool is_null;
  return DatumGetInt64(index_getattr(taken.scan->xs_itup, 2, taken.scan->xs_itupdesc, &is_null));
}

std::int64_t first_taken(TakenIds& taken, std::int64_t above) {
  ScanKeyInit(&taken.keys[1], 2, BTGreaterStrategyNumber, F_INT8GT, Int64GetDatum(above));
  index_rescan(taken.scan, taken.keys, 2, nullptr, 0);
  return next_taken(taken);
}

// Returns true if no id above those that are drawn is taken.
bool pass(TakenIds& taken, Oid sequence, std::int64_t last, std::int64_t room) {
  for (;;) {
    std::int64_t end = first_taken(taken, last);
    if (end == kNone) return true;
    if (end - last > room) return false;
    for (std::int64_t next = next_taken(taken); next != kNone && next - end <= room;
         next = next_taken(taken)) {
      end = next;
      CHECK_FOR_INTERRUPTS();
    }
    while (last < end) {
      const std::int64_t drawn = nextval_internal(sequence, false);
      // The owner has it descend, or begin again.
      if (drawn <= last) return false;
      last = drawn;
      CHECK_FOR_INTERRUPTS();
    }
  }
}

}  // namespace

void pass_taken_ids(Oid table, std::int64_t organization_id, std::size_t rows) {
  Call([table, organization_id, rows] {
    const std::uint64_t as_of = relation_changes();
    const Oid sequence = id_sequence(table);
    if (!OidIsValid(sequence)) return;
    Verified& known = verified(table, organization_id);
    const std::int64_t last = last_of(sequence);
    const bool still = known.is_confirmed && known.table == table && known.as_of == as_of &&
                       known.organization_id == organization_id && known.last <= last;
    known = {table, as_of, organization_id, last, false};
    if (still) return;
    const Relation relation = table_open(table, AccessShareLock);
    TakenIds taken;
    bool is_free = true;
    if (open_taken_ids(relation, organization_id, &taken)) {
      is_free = pass(taken, sequence, last, static_cast<std::int64_t>(rows) + kRoom);
      close_taken_ids(taken, relation);
    }
    table_close(relation, NoLock);
    if (!is_free) known.table = InvalidOid;
  });
}

void confirm_ids(Oid table, std::int64_t organization_id) {
  Verified& known = verified(table, organization_id);
  known.is_confirmed = known.table == table && known.organization_id == organization_id;
  if (!known.is_confirmed) return;
  // The rows that were written have ids up to this one: where the sequence is set back to before
  // them, they are in its way.
  known.last = Call([table, last = known.last] {
    const Oid sequence = id_sequence(table);
    return OidIsValid(sequence) ? std::max(last, last_of(sequence)) : last;
  });
}

}  // namespace product_upsert
