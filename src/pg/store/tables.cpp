#include "pg/store/tables.hpp"

#include <algorithm>
#include <map>
#include <vector>

#include "pg/boundary/boundary.hpp"
#include "pg/direct/plain_table.hpp"
#include "pg/sql/moment.hpp"
#include "pg/sql/relation_changes.hpp"
#include "pg/sql/statement.hpp"
#include "pg/store/sound_tables.hpp"

extern "C" {
#include "storage/lmgr.h"
#include "utils/inval.h"
#include "utils/snapmgr.h"
}

namespace product_upsert {

namespace {

// What a session knows of the tables in one schema.
struct Checked {
  Oid space = InvalidOid;
  std::vector<Oid> tables;  // and the indexes of product; sorted; empty during a check
  bool is_current = false;
  bool has_changed = false;  // since the last check
  std::uint64_t rules = 0;   // a number for the rows of product_identity
  Moment rules_as_of;
};

// Never destroyed: it is freed when the session ends.
std::map<std::string, Checked, std::less<>>& all_checked() {
  static auto* const all = new std::map<std::string, Checked, std::less<>>;
  return *all;
}

// PostgreSQL may call it at any point, so nothing here allocates or throws. 0 stands for every
// table.
extern "C" void note_table_change(Datum, Oid relation) {
  for (auto& [schema, checked] : all_checked()) {
    const auto& tables = checked.tables;
    if (relation != InvalidOid && !tables.empty() &&
        !std::binary_search(tables.begin(), tables.end(), relation))
      continue;
    checked.is_current = false;
    checked.has_changed = true;
  }
}

class Tables final : public RowSink {
 public:
  explicit Tables(std::vector<Oid>& tables) : tables_(tables) {}
  void row(const Row& row) override {
    const Datum array = row.datum(0);
    Oid* oids;
    int count;
    Call([array, &oids, &count] {
      ArrayType* const all = DatumGetArrayTypeP(array);
      oids = reinterpret_cast<Oid*>(ARR_DATA_PTR(all));
      count = ArrayGetNItems(ARR_NDIM(all), ARR_DIMS(all));
    });
    tables_.assign(oids, oids + count);
  }

 private:
  std::vector<Oid>& tables_;
};

}  // namespace

Refusal no_tables() {
  return Refusal(Refused::no_table, "the catalogue's tables do not exist",
                 "SELECT product_tables_create();");
}

Refusal other_functions() {
  return Refusal(Refused::precondition,
                 "the functions of product_upsert have another version than its library",
                 "ALTER EXTENSION product_upsert UPDATE;");
}

namespace {

// A call waits here for whoever is altering these tables, before it uses what the session knows of
// their columns. Until the transaction ends, nobody else can alter them.
void lock_tables(Oid space) {
  for (const char* const name : {"product", "product_variant"}) {
    Call([space, name] {
      Oid table = get_relname_relid(name, space);
      while (OidIsValid(table)) {
        LockRelationOid(table, AccessShareLock);
        const Oid now = get_relname_relid(name, space);
        if (now == table) return;
        UnlockRelationOid(table, AccessShareLock);
        table = now;
      }
    });
  }
}

bool are_rules_shown(Oid space) {
  return Call([space] {
    const Oid table = get_relname_relid("product_identity", space);
    return OidIsValid(table) && is_shown_whole(table);
  });
}

// A number for the current rows of product_identity; another set of rows, or other versions of
// them, very probably has another. The table is a page or two: reading it costs less than a
// statement.
std::uint64_t look_at_rules(Oid space) {
  return Call([space]() -> std::uint64_t {
    const Oid table = get_relname_relid("product_identity", space);
    const Relation relation = try_table_open(table, AccessShareLock);
    if (relation == nullptr) return 0;
    std::uint64_t mark = 1;
    // By the snapshot that the rules are read by: an older one may show the same rows as before
    // although the rules have changed meanwhile.
    CommandCounterIncrement();
    PushActiveSnapshot(GetLatestSnapshot());
    TupleTableSlot* const slot = table_slot_create(relation, nullptr);
    const TableScanDesc scan = compat::begin_scan(relation);
    while (table_scan_getnextslot(scan, ForwardScanDirection, slot)) {
      bool is_null;
      const TransactionId xmin =
          DatumGetTransactionId(slot_getsysattr(slot, MinTransactionIdAttributeNumber, &is_null));
      const CommandId cmin =
          DatumGetCommandId(slot_getsysattr(slot, MinCommandIdAttributeNumber, &is_null));
      const std::uint64_t place = (std::uint64_t{ItemPointerGetBlockNumber(&slot->tts_tid)} << 16) |
                                  ItemPointerGetOffsetNumber(&slot->tts_tid);
      mark = (mark * 0x9e3779b97f4a7c15 + (place << 32 ^ xmin)) * 0x9e3779b97f4a7c15 + cmin;
    }
    table_endscan(scan);
    ExecDropSingleTupleTableSlot(slot);
    PopActiveSnapshot();
    table_close(relation, AccessShareLock);
    return mark;
  });
}

// Adds the indexes of product: another name of an index, by which it holds a rule, changes no
// table.
void add_indexes(Oid space, std::vector<Oid>& tables) {
  int count = 0;
  const Oid* const indexes = Call([space, &count]() -> const Oid* {
    const Oid product = get_relname_relid("product", space);
    const Relation relation = OidIsValid(product) ? try_relation_open(product, NoLock) : nullptr;
    if (relation == nullptr) return nullptr;
    const List* const all = RelationGetIndexList(relation);
    count = list_length(all);
    auto* const oids = static_cast<Oid*>(palloc((count + 1) * sizeof(Oid)));
    for (int i = 0; i < count; ++i) oids[i] = list_nth_oid(all, i);
    relation_close(relation, NoLock);
    return oids;
  });
  tables.insert(tables.end(), indexes, indexes + count);
}

}  // namespace

void check_tables(const std::string& schema, Oid space) {
  Checked& checked = all_checked()[schema];
  static bool watching = false;
  if (!watching) {
    Call([] { CacheRegisterRelcacheCallback(note_table_change, Datum{0}); });
    watching = true;
  }
  lock_tables(space);
  const Moment now = Moment::now();
  // Who may not read the rules is told so by the functions that check them.
  if (checked.is_current && checked.space == space && are_rules_shown(space)) {
    if (checked.rules_as_of == now) return;
    const std::uint64_t rules = look_at_rules(space);
    if (checked.is_current && checked.rules == rules) {
      checked.rules_as_of = now;
      return;
    }
  }
  const std::uint64_t rules = look_at_rules(space);
  // What depends on the rules is kept as long as no relation changes, and a changed row changes no
  // relation.
  if (checked.rules != rules) note_relation_change();
  checked = {.space = space, .tables = {}, .rules = rules, .rules_as_of = now};
  std::vector<Oid> tables;
  if (!tables_are_sound(space, tables)) {
    // These functions say what is wrong.
    Tables found(tables);
    const Statement check(
        "SELECT " + schema + ".product_tables_check(), " + schema + ".product_identity_check()",
        {});
    if (IsRaised(ERRCODE_UNDEFINED_FUNCTION,
                 [&] { execute(check, {}, {}, SnapshotKind::fresh, &found); }))
      throw other_functions();
  }
  add_indexes(space, tables);
  std::sort(tables.begin(), tables.end());
  checked.tables = std::move(tables);
  // A change during the check is noticed the next time.
  checked.is_current = !checked.has_changed;
}

}  // namespace product_upsert
