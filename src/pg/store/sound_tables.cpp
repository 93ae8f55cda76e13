#include "pg/store/sound_tables.hpp"

#include <cstring>

#include "pg/boundary/boundary.hpp"
#include "pg/direct/citus.hpp"

extern "C" {
#include "access/genam.h"
#include "catalog/pg_class.h"
#include "catalog/pg_index.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_proc.h"
#include "nodes/parsenodes.h"
#include "nodes/primnodes.h"
#include "rewrite/prs2lock.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/rls.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"
}

namespace product_upsert {

namespace {

// All of this runs within Call, so it holds nothing that has a destructor. It does not wait for
// locks: whoever has one may be changing what is checked. The functions do not wait either, and
// they report it.

constexpr const char* kIndexPrefix = "product_identity_";

// Null if the table does not exist, or is locked.
Relation open_unless_locked(Oid id) {
  if (!OidIsValid(id) || !ConditionalLockRelationOid(id, AccessShareLock)) return nullptr;
  const Relation relation = try_relation_open(id, NoLock);
  if (relation == nullptr) UnlockRelationOid(id, AccessShareLock);
  return relation;
}

// The version in the view of the tables' version; -1 if the view says anything else.
std::int64_t read_version(Oid space) {
  const Relation view = open_unless_locked(get_relname_relid("product_tables_version", space));
  if (view == nullptr) return -1;
  std::int64_t version = -1;
  const RuleLock* const rules = view->rd_rules;
  if (view->rd_rel->relkind == RELKIND_VIEW && rules != nullptr && rules->numLocks == 1 &&
      list_length(rules->rules[0]->actions) == 1) {
    const auto* const query = linitial_node(Query, rules->rules[0]->actions);
    if (list_length(query->targetList) == 1) {
      const Expr* const said = linitial_node(TargetEntry, query->targetList)->expr;
      if (IsA(said, Const) && reinterpret_cast<const Const*>(said)->consttype == INT4OID &&
          !reinterpret_cast<const Const*>(said)->constisnull)
        version = DatumGetInt32(reinterpret_cast<const Const*>(said)->constvalue);
    }
  }
  relation_close(view, AccessShareLock);
  return version;
}

Oid owner_of(Oid relation) {
  const HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relation));
  if (!HeapTupleIsValid(tuple)) return InvalidOid;
  const Oid owner = reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple))->relowner;
  ReleaseSysCache(tuple);
  return owner;
}

// The oids of the tables, palloc'ed; null if a table is missing or if there are several owners.
Oid* find_tables(Oid space, int& count) {
  const oidvector* const no_arguments = buildoidvector(nullptr, 0);
  const Oid list =
      GetSysCacheOid3(PROCNAMEARGSNSP, Anum_pg_proc_oid, CStringGetDatum("product_tables_names"),
                      PointerGetDatum(no_arguments), ObjectIdGetDatum(space));
  if (!OidIsValid(list)) return nullptr;
  Datum* names;
  deconstruct_array(DatumGetArrayTypeP(OidFunctionCall0(list)), TEXTOID, -1, false, TYPALIGN_INT,
                    &names, nullptr, &count);
  auto* const tables = static_cast<Oid*>(palloc((count + 1) * sizeof(Oid)));
  Oid owner = InvalidOid;
  for (int i = 0; i < count; ++i) {
    const HeapTuple tuple =
        SearchSysCache2(RELNAMENSP, CStringGetDatum(text_to_cstring(DatumGetTextPP(names[i]))),
                        ObjectIdGetDatum(space));
    if (!HeapTupleIsValid(tuple)) return nullptr;
    const auto* const form = reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple));
    const bool fits = std::strchr("rpfv", form->relkind) != nullptr &&
                      (owner == InvalidOid || owner == form->relowner);
    owner = form->relowner;
    tables[i] = form->oid;
    ReleaseSysCache(tuple);
    if (!fits) return nullptr;
  }
  return tables;
}

// Appends the partitions to the tables; false if one has another owner.
bool find_partitions(Oid*& tables, int& count) {
  List* partitions = NIL;
  for (int i = 0; i < count; ++i) {
    if (get_rel_relkind(tables[i]) != RELKIND_PARTITIONED_TABLE) continue;
    partitions =
        list_concat(partitions, list_delete_first(find_all_inheritors(tables[i], NoLock, nullptr)));
  }
  if (partitions == NIL) return true;
  const std::size_t all = static_cast<std::size_t>(count) + list_length(partitions);
  tables = static_cast<Oid*>(repalloc(tables, all * sizeof(Oid)));
  const Oid owner = owner_of(tables[0]);
  ListCell* cell;
  foreach (cell, partitions) {
    const Oid partition = lfirst_oid(cell);
    if (owner_of(partition) != owner) return false;
    tables[count++] = partition;
  }
  return true;
}

// An identity rule as in its row. The columns are attribute numbers; 0 ends the list.
struct Rule {
  NameData name;
  AttrNumber fields[INDEX_MAX_KEYS + 1];
  AttrNumber required[INDEX_MAX_KEYS + 1];
  bool nulls_equal;
  bool has_index;
};

bool read_columns(Datum names, Oid product, AttrNumber* columns) {
  Datum* elements;
  bool* nulls;
  int count;
  deconstruct_array(DatumGetArrayTypeP(names), TEXTOID, -1, false, TYPALIGN_INT, &elements, &nulls,
                    &count);
  if (count > INDEX_MAX_KEYS) return false;
  for (int i = 0; i < count; ++i) {
    if (nulls[i]) return false;
    columns[i] = get_attnum(product, text_to_cstring(DatumGetTextPP(elements[i])));
    if (columns[i] <= 0) return false;
  }
  columns[count] = 0;
  return true;
}

// Returns false for a rule that folds, since its index is over expressions.
bool read_rule(TupleTableSlot* slot, Oid product, Rule& rule) {
  const TupleDesc columns = slot->tts_tupleDescriptor;
  bool has_required = false;
  int found = 0;
  rule = {};
  slot_getallattrs(slot);
  for (int i = 0; i < columns->natts; ++i) {
    const Form_pg_attribute column = TupleDescAttr(columns, i);
    if (column->attisdropped) continue;
    const char* const name = NameStr(column->attname);
    const Datum value = slot->tts_values[i];
    const bool is_null = slot->tts_isnull[i];
    if (std::strcmp(name, "name") == 0 && column->atttypid == TEXTOID && !is_null) {
      namestrcpy(&rule.name, text_to_cstring(DatumGetTextPP(value)));
      ++found;
    } else if (std::strcmp(name, "fields") == 0 && column->atttypid == TEXTARRAYOID && !is_null) {
      if (!read_columns(value, product, rule.fields)) return false;
      ++found;
    } else if (std::strcmp(name, "nulls_equal") == 0 && column->atttypid == BOOLOID && !is_null) {
      rule.nulls_equal = DatumGetBool(value);
      ++found;
    } else if (std::strcmp(name, "required_fields") == 0 && !is_null) {
      if (column->atttypid != TEXTARRAYOID || !read_columns(value, product, rule.required))
        return false;
      has_required = true;
    } else if (std::strcmp(name, "folds") == 0 && !is_null) {
      return false;
    }
  }
  if (!has_required) std::memcpy(rule.required, rule.fields, sizeof(rule.fields));
  return found == 3;
}

// The rules, palloc'ed; null if the caller may not read all of them.
Rule* read_rules(Oid space, Oid product, int& count) {
  const Oid id = get_relname_relid("product_identity", space);
  const Relation relation = open_unless_locked(id);
  if (relation == nullptr) return nullptr;
  bool sound = relation->rd_rel->relkind == RELKIND_RELATION &&
               pg_class_aclcheck(id, GetUserId(), ACL_SELECT) == ACLCHECK_OK &&
               check_enable_rls(id, InvalidOid, true) == RLS_NONE && !is_distributed(id);
  int room = 16;
  auto* rules = static_cast<Rule*>(palloc(room * sizeof(Rule)));
  count = 0;
  if (sound) {
    // As SPI does, to see the transaction's own changes and those just committed.
    CommandCounterIncrement();
    PushActiveSnapshot(GetTransactionSnapshot());
    TupleTableSlot* const slot = table_slot_create(relation, nullptr);
    const TableScanDesc scan = compat::begin_scan(relation);
    while (sound && table_scan_getnextslot(scan, ForwardScanDirection, slot)) {
      if (count == room) {
        room *= 2;
        rules = static_cast<Rule*>(repalloc(rules, room * sizeof(Rule)));
      }
      sound = read_rule(slot, product, rules[count++]);
    }
    table_endscan(scan);
    ExecDropSingleTupleTableSlot(slot);
    PopActiveSnapshot();
  }
  relation_close(relation, AccessShareLock);
  return sound ? rules : nullptr;
}

// Whether the predicate is exactly that these columns are not null, in this order.
bool requires_columns(List* predicate, const AttrNumber* columns) {
  ListCell* cell;
  foreach (cell, predicate) {
    const auto* const test = static_cast<const NullTest*>(lfirst(cell));
    if (!IsA(test, NullTest) || test->nulltesttype != IS_NOT_NULL || test->argisrow ||
        !IsA(test->arg, Var) || *columns == 0 ||
        reinterpret_cast<const Var*>(test->arg)->varattno != *columns)
      return false;
    ++columns;
  }
  return *columns == 0;
}

// Whether the key is the organization and these columns, with the columns' own collations.
bool has_columns(Relation index, TupleDesc product, const AttrNumber* columns) {
  const Form_pg_index form = index->rd_index;
  for (int i = 0; i < form->indnkeyatts; ++i) {
    const AttrNumber column = form->indkey.values[i];
    if (column <= 0) return false;
    const Form_pg_attribute attribute = TupleDescAttr(product, column - 1);
    if (attribute->attcollation != index->rd_indcollation[i]) return false;
    if (i == 0) {
      if (std::strcmp(NameStr(attribute->attname), "organization_id") != 0) return false;
    } else if (columns[i - 1] != column) {
      return false;
    }
  }
  return form->indnkeyatts > 0 && columns[form->indnkeyatts - 1] == 0;
}

bool holds(Relation index, TupleDesc product, const Rule& rule) {
  const Form_pg_index form = index->rd_index;
  if (!form->indisunique || !form->indisvalid || !form->indisready || !form->indislive ||
      !form->indimmediate || form->indnullsnotdistinct != rule.nulls_equal ||
      !has_columns(index, product, rule.fields))
    return false;
  List* const predicate = RelationGetIndexPredicate(index);
  return predicate == NIL ? !rule.nulls_equal : requires_columns(predicate, rule.required);
}

// Whether every rule has its index, and every index named like a rule has its rule.
bool rules_are_held(Oid space, Oid product) {
  int count = 0;
  Rule* const rules = read_rules(space, product, count);
  const Relation table = rules == nullptr ? nullptr : open_unless_locked(product);
  if (table == nullptr) return false;
  bool sound = true;
  ListCell* cell;
  foreach (cell, RelationGetIndexList(table)) {
    const Relation index = open_unless_locked(lfirst_oid(cell));
    if (index == nullptr) {
      sound = false;
      break;
    }
    const char* const name = RelationGetRelationName(index);
    // An invalid index is under construction, perhaps by REINDEX CONCURRENTLY, which chooses such a
    // name.
    bool is_named = !index->rd_index->indisunique || !index->rd_index->indisvalid ||
                    std::strncmp(name, kIndexPrefix, std::strlen(kIndexPrefix)) != 0;
    for (int i = 0; i < count; ++i) {
      is_named =
          is_named || std::strcmp(name + std::strlen(kIndexPrefix), NameStr(rules[i].name)) == 0;
      rules[i].has_index = rules[i].has_index || holds(index, RelationGetDescr(table), rules[i]);
    }
    relation_close(index, AccessShareLock);
    sound = sound && is_named;
  }
  relation_close(table, AccessShareLock);
  for (int i = 0; i < count; ++i) sound = sound && rules[i].has_index;
  return sound;
}

}  // namespace

bool tables_are_sound(Oid space, std::vector<Oid>& tables) {
  Oid* found = nullptr;
  int count = 0;
  const bool sound = Call([space, &found, &count] {
    if (read_version(space) != PRODUCT_TABLES_VERSION) return false;
    found = find_tables(space, count);
    const Oid product = get_relname_relid("product", space);
    if (found == nullptr || std::strchr("rp", get_rel_relkind(product)) == nullptr) return false;
    return rules_are_held(space, product) && find_partitions(found, count);
  });
  if (!sound) return false;
  tables.assign(found, found + count);
  return true;
}

}  // namespace product_upsert
