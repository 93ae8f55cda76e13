#include "pg/direct/table_reader.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "pg/boundary/boundary.hpp"
#include "pg/boundary/settings.hpp"
#include "pg/direct/partition.hpp"
#include "pg/direct/plain_table.hpp"
#include "pg/direct/policies.hpp"
#include "pg/types/array.hpp"
#include "pg/types/datum.hpp"
#include "pg/types/tid.hpp"

extern "C" {
#include "access/genam.h"
#include "access/skey.h"
#include "access/stratnum.h"
#include "catalog/pg_am_d.h"
#include "catalog/pg_index.h"
#include "utils/fmgroids.h"
#include "utils/snapmgr.h"
#include "utils/typcache.h"
}

namespace product_upsert {

namespace {

// The table, as long as it is read.
struct Source {
  Relation table;     // as the statement would name it
  Relation relation;  // that has the rows: itself, or a partition
  TupleTableSlot* slot;
  std::array<AttrNumber, kColumns> attributes;
  AttrNumber organization;
  AttrNumber last;  // of those that are read
};

// One group's keys, ready for its index.
struct Descent {
  Relation index;
  IndexScanDesc scan;
  int count;
  std::array<ScanKeyData, INDEX_MAX_KEYS> keys;
};

bool are_built_in(std::span<const Column> columns) {
  return std::all_of(columns.begin(), columns.end(),
                     [](Column c) { return static_cast<std::size_t>(c) < kColumns; });
}

bool may_descend(const KeyGroup& group) {
  return are_built_in(group.columns) && group.columns.size() < INDEX_MAX_KEYS &&
         std::all_of(group.folds.begin(), group.folds.end(),
                     [](Fold f) { return f == Fold::exact; });
}

AttrNumber attribute(const Source& source, Column column) {
  return source.attributes[static_cast<std::size_t>(column)];
}

// Whether rows with such keys are all in the index: what it leaves out is without one of the
// columns that have values here.
bool holds_all(Relation index, const Source& source, const KeyGroup& group) {
  ListCell* cell;
  foreach (cell, RelationGetIndexPredicate(index)) {
    const auto* const condition = static_cast<const NullTest*>(lfirst(cell));
    if (!IsA(condition, NullTest) || condition->nulltesttype != IS_NOT_NULL ||
        condition->argisrow || !IsA(condition->arg, Var))
      return false;
    const AttrNumber wanted = reinterpret_cast<const Var*>(condition->arg)->varattno;
    bool has_value = wanted == source.organization;
    for (std::size_t c = 0; c < group.columns.size(); ++c)
      has_value = has_value || (attribute(source, group.columns[c]) == wanted && !group.is_null(c));
    if (!has_value) return false;
  }
  return true;
}

// Whether the index compares the column as "=" does.
bool compares(Relation index, int place, Form_pg_attribute column) {
  if (index->rd_opcintype[place] != column->atttypid ||
      index->rd_indcollation[place] != column->attcollation)
    return false;
  return get_opfamily_member(index->rd_opfamily[place], column->atttypid, column->atttypid,
                             BTEqualStrategyNumber) ==
         lookup_type_cache(column->atttypid, TYPECACHE_EQ_OPR)->eq_opr;
}

// Whether it is over the organization and the group's columns, and can be trusted.
bool answers(Relation index, const Source& source, const KeyGroup& group) {
  const Form_pg_index form = index->rd_index;
  if (index->rd_rel->relam != BTREE_AM_OID || !form->indisvalid || !form->indislive ||
      form->indcheckxmin || form->indnkeyatts != static_cast<int>(group.columns.size()) + 1)
    return false;
  const TupleDesc columns = RelationGetDescr(source.relation);
  for (int i = 0; i < form->indnkeyatts; ++i) {
    const AttrNumber wanted =
        i == 0 ? source.organization
               : attribute(source, group.columns[static_cast<std::size_t>(i) - 1]);
    if (form->indkey.values[i] != wanted || !compares(index, i, TupleDescAttr(columns, wanted - 1)))
      return false;
  }
  return holds_all(index, source, group);
}

Relation open_index(const Source& source, const KeyGroup& group) {
  ListCell* cell;
  foreach (cell, RelationGetIndexList(source.relation)) {
    const Relation index = index_open(lfirst_oid(cell), AccessShareLock);
    if (answers(index, source, group)) return index;
    index_close(index, NoLock);
  }
  return nullptr;
}

void set_key(const Source& source, Relation index, int place, bool is_null, ScanKeyData* key) {
  if (is_null) {
    ScanKeyEntryInitialize(key, SK_ISNULL | SK_SEARCHNULL, static_cast<AttrNumber>(place + 1),
                           InvalidStrategy, InvalidOid, InvalidOid, InvalidOid, Datum{0});
    return;
  }
  const Form_pg_attribute column =
      TupleDescAttr(RelationGetDescr(source.relation), index->rd_index->indkey.values[place] - 1);
  const Oid equal = lookup_type_cache(column->atttypid, TYPECACHE_EQ_OPR)->eq_opr;
  ScanKeyEntryInitialize(key, 0, static_cast<AttrNumber>(place + 1), BTEqualStrategyNumber,
                         column->atttypid, column->attcollation, get_opcode(equal), Datum{0});
}

void begin(const Source& source, const KeyGroup& group, std::int64_t organization_id,
           Descent* descent) {
  descent->count = static_cast<int>(group.columns.size()) + 1;
  for (int i = 0; i < descent->count; ++i)
    set_key(source, descent->index, i, i > 0 && group.is_null(static_cast<std::size_t>(i) - 1),
            &descent->keys[static_cast<std::size_t>(i)]);
  descent->keys[0].sk_argument = Int64GetDatum(organization_id);
  descent->scan = compat::begin_index_scan(source.relation, descent->index, GetActiveSnapshot(),
                                           descent->count);
}

void end(const Descent& descent) {
  index_endscan(descent.scan);
  index_close(descent.index, NoLock);
}

// The rows that are found, as the sink is told them.
class Products {
 public:
  Products(const Source& source, const ColumnSet& columns) : source_(source) {
    columns.each([&](Column c) { columns_.push_back(c); });
    values_.resize(columns_.size());
  }
  StoredProduct view() {
    arena_.reset();
    const TupleTableSlot* const slot = source_.slot;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const int at = attribute(source_, columns_[i]) - 1;
      values_[i] =
          view_datum(info(columns_[i]).type, slot->tts_values[at], slot->tts_isnull[at], arena_);
    }
    return {DatumGetInt64(slot->tts_values[attribute(source_, Column::id) - 1]),
            pack_tid(slot->tts_tid),
            DatumGetInt32(slot->tts_values[attribute(source_, Column::version) - 1]), values_};
  }

 private:
  const Source& source_;
  std::vector<Column> columns_;
  std::vector<Value> values_;
  Arena arena_;
};

// Makes one group's keys into datums, each good until the next one.
class Keys {
 public:
  explicit Keys(const KeyGroup& group) : group_(group) {
    makers_.reserve(group.columns.size());
    for (Column c : group.columns) makers_.emplace_back(info(c).type, 1);
  }
  void set(std::size_t item, Descent& descent) {
    for (std::size_t c = 0; c < makers_.size(); ++c) {
      if (group_.is_null(c)) continue;
      makers_[c].clear();
      makers_[c].append(group_.keys[item * makers_.size() + c]);
      descent.keys[c + 1].sk_argument = makers_[c].only_element();
    }
  }

 private:
  const KeyGroup& group_;
  std::vector<ArrayBuilder> makers_;
};

bool find_source(Relation table, std::int64_t organization_id, Source* source) {
  Bitmapset* dropped = nullptr;
  source->table = table;
  source->relation = open_plain_rows(table, organization_id, AccessShareLock);
  if (source->relation == nullptr) return false;
  const bool found =
      has_privileges(table, ACL_SELECT) &&
      find_columns(source->relation, kColumnInfo, source->attributes.data(), &source->organization,
                   &dropped) &&
      policies_let(table, CMD_SELECT, get_attnum(RelationGetRelid(table), "organization_id"),
                   organization_id);
  if (!found) close_rows(source->relation, table);
  return found;
}

void find_in_group(const Source& source, const KeyGroup& group, Descent& descent,
                   Products& products, FoundSink& sink) {
  Keys keys(group);
  for (std::size_t item = 0; item < group.items.size(); ++item) {
    keys.set(item, descent);
    Call([&descent] {
      CHECK_FOR_INTERRUPTS();
      index_rescan(descent.scan, descent.keys.data(), descent.count, nullptr, 0);
    });
    while (Call([&descent, &source] {
      if (!index_getnext_slot(descent.scan, ForwardScanDirection, source.slot)) return false;
      slot_getsomeattrs(source.slot, source.last);
      return true;
    }))
      sink.found(group.items[item], group.rule, products.view());
  }
}

}  // namespace

bool TableReader::find(std::int64_t organization_id, std::span<const KeyGroup> groups,
                       const ColumnSet& columns, FoundSink& sink) const {
  if (!direct_writes() || !std::all_of(groups.begin(), groups.end(), may_descend)) return false;
  bool built_in = true;
  columns.each([&](Column c) { built_in = built_in && static_cast<std::size_t>(c) < kColumns; });
  if (!built_in) return false;
  Source source{};
  const bool open = Call([this, organization_id, to = &source] {
    const Relation relation = table_open(table_, AccessShareLock);
    if (find_source(relation, organization_id, to)) return true;
    table_close(relation, NoLock);
    return false;
  });
  if (!open) return false;
  std::vector<Descent> descents(groups.size());
  bool all = true;
  for (std::size_t g = 0; g < groups.size() && all; ++g) {
    all = Call([&source, group = &groups[g], organization_id, descent = &descents[g]] {
      descent->index = open_index(source, *group);
      if (descent->index == nullptr) return false;
      begin(source, *group, organization_id, descent);
      return true;
    });
  }
  if (all) {
    source.last = std::max(attribute(source, Column::id), attribute(source, Column::version));
    columns.each([&](Column c) { source.last = std::max(source.last, attribute(source, c)); });
    source.slot = Call([&source] { return table_slot_create(source.relation, nullptr); });
    Products products(source, columns);
    for (std::size_t g = 0; g < groups.size(); ++g)
      find_in_group(source, groups[g], descents[g], products, sink);
    Call([&source] { ExecDropSingleTupleTableSlot(source.slot); });
  }
  for (const Descent& descent : descents) {
    if (descent.scan != nullptr) Call([&descent] { end(descent); });
  }
  Call([&source] {
    close_rows(source.relation, source.table);
    table_close(source.table, NoLock);
  });
  return all;
}

}  // namespace product_upsert
