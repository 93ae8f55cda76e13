#include "pg/direct/index_walk.hpp"

#include <algorithm>

#include "pg/boundary/boundary.hpp"
#include "pg/direct/citus.hpp"
#include "pg/direct/plain_table.hpp"
#include "pg/direct/policies.hpp"

extern "C" {
#include "access/nbtree.h"
#include "access/visibilitymap.h"
#include "catalog/pg_am_d.h"
#include "catalog/pg_class.h"
#include "catalog/pg_index.h"
#include "commands/defrem.h"
#include "pgstat.h"
#include "storage/bufmgr.h"
#include "utils/snapmgr.h"
}

namespace product_upsert {

namespace {

// The table's first column.
constexpr AttrNumber kOrganization = 1;

// The state of one walk. It is trivial: an error of PostgreSQL may leave it at any point, and the
// abort releases what it holds.
struct Walk {
  Relation table;
  Relation index;
  Snapshot snapshot;
  int64 organization_id;
  std::int64_t offset;  // rows to skip
  std::int64_t limit;   // ids to return
  std::int64_t* ids;
  AttrNumber id_key;  // the number of the id column in the index
  std::int64_t seen = 0;

  // The rows of the current leaf.
  ItemPointerData* tids;
  std::int64_t* tid_ids;
  int tid_count = 0;

  // The block of the heap that the last row was in.
  BlockNumber block = InvalidBlockNumber;
  bool block_visible = false;
  Buffer visibility = InvalidBuffer;
  Buffer heap = InvalidBuffer;
};

int64 key_of(const Walk& walk, IndexTuple tuple, AttrNumber key) {
  bool is_null = false;
  return DatumGetInt64(index_getattr(tuple, key, RelationGetDescr(walk.index), &is_null));
}

IndexTuple tuple_at(Page page, OffsetNumber at) {
  return reinterpret_cast<IndexTuple>(PageGetItem(page, PageGetItemId(page, at)));
}

// Collects the organization's rows of a locked leaf. Returns true if the leaf has rows of a later
// organization. Entries that the index marks as dead are looked up like the others.
bool collect(Walk& walk, Page page, BTPageOpaque opaque) {
  const OffsetNumber first = P_FIRSTDATAKEY(opaque);
  const OffsetNumber last = PageGetMaxOffsetNumber(page);
  if (first > last) return false;
  const bool all = key_of(walk, tuple_at(page, first), 1) == walk.organization_id &&
                   key_of(walk, tuple_at(page, last), 1) == walk.organization_id;
  const bool gives_ids =
      walk.ids != nullptr && walk.seen + static_cast<int>(MaxTIDsPerBTreePage) > walk.offset;
  for (OffsetNumber at = first; at <= last; at = OffsetNumberNext(at)) {
    const IndexTuple tuple = tuple_at(page, at);
    if (!all) {
      const int64 organization = key_of(walk, tuple, 1);
      if (organization < walk.organization_id) continue;
      if (organization > walk.organization_id) return true;
    }
    const std::int64_t id = gives_ids ? key_of(walk, tuple, walk.id_key) : 0;
    const bool is_posting = BTreeTupleIsPosting(tuple);
    const int count = is_posting ? BTreeTupleGetNPosting(tuple) : 1;
    for (int i = 0; i < count; ++i) {
      walk.tids[walk.tid_count] = is_posting ? *BTreeTupleGetPostingN(tuple, i) : tuple->t_tid;
      walk.tid_ids[walk.tid_count++] = id;
    }
  }
  return false;
}

bool is_visible(Walk& walk, ItemPointer tid) {
  const BlockNumber block = ItemPointerGetBlockNumber(tid);
  if (block != walk.block) {
    walk.block = block;
    walk.block_visible = VM_ALL_VISIBLE(walk.table, block, &walk.visibility);
    if (!walk.block_visible) walk.heap = ReleaseAndReadBuffer(walk.heap, walk.table, block);
  }
  if (walk.block_visible) return true;
  ItemPointerData row = *tid;  // changes to the visible version
  HeapTupleData tuple;
  LockBuffer(walk.heap, BUFFER_LOCK_SHARE);
  const bool found =
      heap_hot_search_buffer(&row, walk.table, walk.heap, walk.snapshot, &tuple, nullptr, true);
  LockBuffer(walk.heap, BUFFER_LOCK_UNLOCK);
  return found;
}

// Visits the rows of one leaf, which stays pinned: until it is released, vacuum cannot reuse the
// places of its rows in the heap. Returns true at the end.
bool pass(Walk& walk) {
  // An all-visible block may have received a row before this leaf was read.
  walk.block = InvalidBlockNumber;
  for (int i = 0; i < walk.tid_count; ++i) {
    if (!is_visible(walk, &walk.tids[i])) continue;
    ++walk.seen;
    if (walk.ids == nullptr || walk.seen <= walk.offset) continue;
    walk.ids[walk.seen - walk.offset - 1] = walk.tid_ids[i];
    if (walk.seen == walk.offset + walk.limit) return true;
  }
  return false;
}

// Where to continue from a locked inner page to find the organization: the last child whose
// separator is smaller. The first child has no separator.
BlockNumber child_of(const Walk& walk, Page page, BTPageOpaque opaque) {
  OffsetNumber low = P_FIRSTDATAKEY(opaque);
  OffsetNumber high = PageGetMaxOffsetNumber(page);
  while (low < high) {
    const auto middle = static_cast<OffsetNumber>(low + (high - low + 1) / 2);
    const IndexTuple pivot = tuple_at(page, middle);
    const bool before =
        BTreeTupleGetNAtts(pivot, walk.index) > 0 && key_of(walk, pivot, 1) < walk.organization_id;
    if (before) low = middle;
    else high = static_cast<OffsetNumber>(middle - 1);
  }
  return BTreeTupleGetDownLink(tuple_at(page, low));
}

// The leaf where the organization begins, or one to the left of it; P_NONE if the index is empty. A
// page that is split meanwhile keeps its left half; a deleted page names its right neighbour, which
// took over its range. Neither is reused as long as our snapshot exists.
BlockNumber first_leaf(const Walk& walk) {
  Buffer buffer = ReadBuffer(walk.index, BTREE_METAPAGE);
  LockBuffer(buffer, BUFFER_LOCK_SHARE);
  BlockNumber next = BTPageGetMeta(BufferGetPage(buffer))->btm_fastroot;
  UnlockReleaseBuffer(buffer);
  for (bool is_leaf = next == P_NONE; !is_leaf;) {
    const BlockNumber block = next;
    buffer = ReadBuffer(walk.index, block);
    LockBuffer(buffer, BUFFER_LOCK_SHARE);
    const Page page = BufferGetPage(buffer);
    const BTPageOpaque opaque = BTPageGetOpaque(page);
    is_leaf = P_ISLEAF(opaque);
    if (is_leaf) next = block;
    else next = P_IGNORE(opaque) ? opaque->btpo_next : child_of(walk, page, opaque);
    UnlockReleaseBuffer(buffer);
  }
  return next;
}

// Goes from leaf to leaf to the right, like nbtree's own scans. If a leaf is split meanwhile, its
// rows move to the right of it, and to the left of the leaf that it named as the next one.
void run(Walk& walk) {
  walk.tids = static_cast<ItemPointerData*>(palloc(MaxTIDsPerBTreePage * sizeof(ItemPointerData)));
  walk.tid_ids = static_cast<std::int64_t*>(palloc(MaxTIDsPerBTreePage * sizeof(std::int64_t)));
  BlockNumber next = first_leaf(walk);
  for (bool ended = false; !ended && next != P_NONE;) {
    CHECK_FOR_INTERRUPTS();
    const Buffer leaf = ReadBuffer(walk.index, next);
    LockBuffer(leaf, BUFFER_LOCK_SHARE);
    const Page page = BufferGetPage(leaf);
    const BTPageOpaque opaque = BTPageGetOpaque(page);
    next = opaque->btpo_next;
    walk.tid_count = 0;
    ended = !P_IGNORE(opaque) && collect(walk, page, opaque);
    LockBuffer(leaf, BUFFER_LOCK_UNLOCK);
    ended |= pass(walk);
    ReleaseBuffer(leaf);
  }
  if (BufferIsValid(walk.visibility)) ReleaseBuffer(walk.visibility);
  if (BufferIsValid(walk.heap)) ReleaseBuffer(walk.heap);
  pfree(walk.tids);
  pfree(walk.tid_ids);
}

// Uses the active snapshot.
bool is_readable(Relation table, std::int64_t organization_id) {
  const Form_pg_class form = table->rd_rel;
  return form->relkind == RELKIND_RELATION && form->relam == HEAP_TABLE_AM_OID &&
         !form->relhassubclass && ExecutorCheckPerms_hook == nullptr &&
         !IsolationIsSerializable() && has_privileges(table, ACL_SELECT) &&
         policies_let(table, CMD_SELECT, kOrganization, organization_id) &&
         !is_distributed(RelationGetRelid(table));
}

// Whether the index has every row, with its current values.
bool is_whole(Relation index) {
  const Form_pg_index form = index->rd_index;
  return index->rd_rel->relam == BTREE_AM_OID && form->indisvalid && form->indisready &&
         !form->indcheckxmin && RelationGetIndexPredicate(index) == NIL &&
         RelationGetIndexExpressions(index) == NIL;
}

// Whether key column `at` of the index sorts in the same way as SQL's ORDER BY.
bool orders(Relation table, Relation index, int at, const OrderedColumn& by) {
  if (index->rd_index->indkey.values[at] != by.column) return false;
  const Form_pg_attribute column = TupleDescAttr(RelationGetDescr(table), by.column - 1);
  const int16 options = by.descends ? INDOPTION_DESC : 0;
  return index->rd_indoption[at] == options && index->rd_indcollation[at] == column->attcollation &&
         index->rd_opfamily[at] ==
             get_opclass_family(GetDefaultOpClass(column->atttypid, BTREE_AM_OID));
}

bool fits(Relation table, Relation index, std::span<const OrderedColumn> order) {
  if (!is_whole(index)) return false;
  const auto keys = static_cast<std::size_t>(index->rd_index->indnkeyatts);
  if (!orders(table, index, 0, {kOrganization, false})) return false;
  if (order.empty()) return true;
  if (keys != order.size() + 1) return false;
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (!orders(table, index, static_cast<int>(i) + 1, order[i])) return false;
  }
  return true;
}

// Walks over the first index that fits; false if there is none.
bool run_over(Oid table, std::span<const OrderedColumn> order, Walk& walk) {
  walk.table = table_open(table, AccessShareLock);
  CommandCounterIncrement();
  PushActiveSnapshot(GetTransactionSnapshot());
  walk.snapshot = GetActiveSnapshot();
  List* const indexes =
      is_readable(walk.table, walk.organization_id) ? RelationGetIndexList(walk.table) : NIL;
  bool done = false;
  ListCell* cell;
  foreach (cell, indexes) {
    walk.index = index_open(lfirst_oid(cell), AccessShareLock);
    done = fits(walk.table, walk.index, order);
    if (done) {
      walk.id_key = static_cast<AttrNumber>(walk.index->rd_index->indnkeyatts);
      pgstat_count_index_scan(walk.index);
      run(walk);
    }
    index_close(walk.index, NoLock);
    if (done) break;
  }
  list_free(indexes);
  PopActiveSnapshot();
  table_close(walk.table, NoLock);
  return done;
}

}  // namespace

std::optional<std::int64_t> count_rows(Oid table, std::int64_t organization_id) {
  Walk walk{};
  walk.organization_id = organization_id;
  if (!Call([table, walk = &walk] { return run_over(table, {}, *walk); })) return std::nullopt;
  return walk.seen;
}

std::optional<std::vector<std::int64_t>> ids_behind(Oid table, std::int64_t organization_id,
                                                    std::span<const OrderedColumn> order,
                                                    std::int64_t offset, std::int64_t limit) {
  std::vector<std::int64_t> ids(static_cast<std::size_t>(limit));
  Walk walk{};
  walk.organization_id = organization_id;
  walk.offset = offset;
  walk.limit = limit;
  walk.ids = ids.data();
  if (!Call([table, order, walk = &walk] { return run_over(table, order, *walk); }))
    return std::nullopt;
  ids.resize(static_cast<std::size_t>(std::max<std::int64_t>(0, walk.seen - offset)));
  return ids;
}

}  // namespace product_upsert
