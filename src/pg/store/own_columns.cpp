#include "pg/store/own_columns.hpp"

#include <algorithm>
#include <optional>
#include <string>

#include "core/catalogue/table.hpp"
#include "core/value/failure.hpp"
#include "pg/boundary/boundary.hpp"
#include "pg/types/array.hpp"

extern "C" {
#include "access/table.h"
#include "access/tableam.h"
#include "catalog/namespace.h"
#include "catalog/pg_index.h"
#include "catalog/pg_type.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/relcache.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"
}

namespace product_upsert {

namespace {

// A column as the system catalogs describe it. For a domain, the type is its base type.
struct Described {
  NameData name;
  Oid type, base;
  std::int32_t typmod;
  bool usable;  // neither dropped nor generated
  bool has_default, is_domain, is_enum;
  const char* enumeration;  // in SQL's notation; palloc'ed
};

std::optional<ColumnType> carried_as(Oid base) {
  switch (base) {
    case TEXTOID:
    case VARCHAROID: return ColumnType::text;
    case INT4OID: return ColumnType::integer;
    case INT8OID: return ColumnType::bigint;
    case NUMERICOID: return ColumnType::numeric;
    case BOOLOID: return ColumnType::boolean;
    case DATEOID: return ColumnType::date;
    case TIMESTAMPTZOID: return ColumnType::timestamptz;
    case UUIDOID: return ColumnType::uuid;
    case TEXTARRAYOID: return ColumnType::text_array;
    case JSONBOID: return ColumnType::jsonb;
    default: return std::nullopt;
  }
}

Oid sql_type(ColumnType type) {
  return type == ColumnType::text_array ? array_type(type) : element_type(type);
}

// Reads the limits of numeric(precision, scale), varchar(n) or timestamptz(decimals); false if
// values cannot be made to fit.
bool read_typmod(Oid base, std::int32_t typmod, ColumnInfo& column) {
  if (base == TIMESTAMPTZOID && typmod >= 0) {
    column.decimals = static_cast<std::int8_t>(typmod);
    return true;
  }
  if (typmod < VARHDRSZ) return true;
  const std::int32_t said = typmod - VARHDRSZ;
  if (base == VARCHAROID) {
    column.max_length = static_cast<std::uint32_t>(said);
    return true;
  }
  if (base != NUMERICOID) return false;
  column.precision = static_cast<std::int16_t>((said >> 16) & 0xFFFF);
  column.scale = static_cast<std::int16_t>(((said & 0x7FF) ^ 1024) - 1024);
  return column.scale >= 0 && column.scale <= column.precision;
}

std::optional<Column> as_column(const Described& d) {
  if (!d.usable) return std::nullopt;
  ColumnInfo column{NameStr(d.name), ColumnType::text};
  if (d.is_enum) {
    column.cast = d.enumeration;
  } else {
    const auto type = carried_as(d.base);
    if (!type || !read_typmod(d.base, d.typmod, column)) return std::nullopt;
    column.type = *type;
  }
  const bool plain = d.type == d.base && d.typmod < 0 && !d.is_enum && d.base != VARCHAROID;
  column.type_id = plain ? 0 : d.type;
  column.has_default = d.has_default;
  column.is_restricted = d.is_domain || d.is_enum;
  return own_column(column);
}

Described describe_attribute(const Form_pg_attribute attribute) {
  Described d{};
  d.name = attribute->attname;
  d.usable =
      !attribute->attisdropped && attribute->attgenerated == '\0' && attribute->attidentity == '\0';
  if (!d.usable) return d;
  d.type = attribute->atttypid;
  d.typmod = attribute->atttypmod;
  d.has_default = attribute->atthasdef || get_typdefault(d.type) != nullptr;
  d.base = getBaseTypeAndTypmod(d.type, &d.typmod);
  d.is_domain = d.base != d.type;
  d.is_enum = type_is_enum(d.base);
  if (d.is_enum) d.enumeration = format_type_be_qualified(d.base);
  return d;
}

// The current type of one of our columns, if it was altered to another one that is passed in the
// same way.
std::optional<Column> as_altered_column(const Described& d, const ColumnInfo& ours) {
  if (!d.usable || d.is_enum || carried_as(d.base) != ours.type) return std::nullopt;
  ColumnInfo column{ours.name, ours.type, d.type};
  if (!read_typmod(d.base, d.typmod, column)) column.precision = column.scale = 0;
  column.is_restricted = d.is_domain;
  const bool narrower = column.is_restricted || column.precision != 0 || column.max_length != 0 ||
                        column.decimals != ColumnInfo().decimals;
  return narrower ? std::optional(own_column(column)) : std::nullopt;
}

// Reads the columns that the user added, and those of ours that now hold less than before.
void read_columns(Oid table, std::span<const ColumnInfo> built_in, std::vector<Column>& added,
                  std::vector<Column>& altered) {
  const Relation relation = Call([table] { return table_open(table, AccessShareLock); });
  const int count = RelationGetDescr(relation)->natts;
  for (int i = 0; i < count; ++i) {
    const Form_pg_attribute attribute = TupleDescAttr(RelationGetDescr(relation), i);
    const std::string_view name(NameStr(attribute->attname));
    if (name == "organization_id") continue;
    const auto ours = std::find_if(built_in.begin(), built_in.end(),
                                   [&](const ColumnInfo& c) { return c.name == name; });
    const bool is_ours = ours != built_in.end();
    if (is_ours && attribute->atttypid == sql_type(ours->type) && attribute->atttypmod < 0)
      continue;
    const Described d = Call([attribute] { return describe_attribute(attribute); });
    if (const auto column = is_ours ? as_altered_column(d, *ours) : as_column(d))
      (is_ours ? altered : added).push_back(*column);
  }
  Call([relation] { table_close(relation, NoLock); });
}

}  // namespace

OwnColumns read_own_columns(Oid space) {
  OwnColumns own;
  const auto find = [space](const char* name) {
    return Call([space, name] { return get_relname_relid(name, space); });
  };
  const Oid product = find("product");
  const Oid variant = find("product_variant");
  if (product == InvalidOid || variant == InvalidOid) {
    own.unknown = true;
    return own;
  }
  read_columns(product, kColumnInfo, own.product, own.altered);
  own.has_sources =
      Call([product] { return get_attnum(product, "field_sources") != InvalidAttrNumber; });
  read_columns(variant, info(Table::variant).columns, own.variant, own.altered_variant);
  return own;
}

void check_type(const Row& row, int at, std::string_view column, ColumnType type) {
  const Oid id = row.type(at);
  if (id == sql_type(type)) return;
  if (carried_as(Call([id] { return getBaseType(id); })) == type) return;
  const std::string name = Call([id] { return format_type_be(id); });
  throw Refusal(Refused::precondition,
                "column \"" + std::string(column) + "\" now has type " + name +
                    ", but must have type " + std::string(sql_name(type)),
                "ALTER TABLE ... ALTER COLUMN " + std::string(column) + " TYPE " +
                    std::string(sql_name(type)) + "; for another type, add a column of your own.");
}

namespace {

// The names of the rules in product_identity, whoever may read it. Empty if the table does not
// exist yet, or is locked: a restore by several jobs may hold the lock, and it is not waited for.
std::vector<std::string> read_rule_names(Oid space) {
  std::vector<std::string> names;
  const Relation relation = Call([space]() -> Relation {
    const Oid id = get_relname_relid("product_identity", space);
    if (!OidIsValid(id) || !ConditionalLockRelationOid(id, AccessShareLock)) return nullptr;
    const Relation opened = try_relation_open(id, NoLock);
    if (opened == nullptr) UnlockRelationOid(id, AccessShareLock);
    return opened;
  });
  if (relation == nullptr) return names;
  if (relation->rd_rel->relkind == RELKIND_RELATION) {
    const auto column = Call([relation] { return get_attnum(RelationGetRelid(relation), "name"); });
    TupleTableSlot* const slot = Call([relation] {
      PushActiveSnapshot(GetLatestSnapshot());
      return table_slot_create(relation, nullptr);
    });
    const TableScanDesc scan = Call([relation] { return compat::begin_scan(relation); });
    NameData name;
    while (Call([scan, slot, column, to = &name] {
      bool is_null = true;
      if (!table_scan_getnextslot(scan, ForwardScanDirection, slot)) return false;
      const Datum said = column > 0 ? slot_getattr(slot, column, &is_null) : Datum{0};
      namestrcpy(to, is_null ? "" : TextDatumGetCString(said));
      return true;
    }))
      names.emplace_back(NameStr(name));
    Call([scan, slot] {
      table_endscan(scan);
      ExecDropSingleTupleTableSlot(slot);
      PopActiveSnapshot();
    });
  }
  Call([relation] { relation_close(relation, AccessShareLock); });
  return names;
}

}  // namespace

std::optional<std::vector<std::string>> read_own_rules(Oid space) {
  constexpr std::string_view kPrefix = "product_identity_";
  const Oid product = Call([space] { return get_relname_relid("product", space); });
  if (product == InvalidOid) return std::nullopt;
  const Relation relation = Call([product] { return table_open(product, AccessShareLock); });
  const List* const indexes = Call([relation] { return RelationGetIndexList(relation); });
  struct Index {
    NameData name;
    bool is_rule;  // unique, but not the primary key
  };
  std::vector<std::string> rules{"id"};  // the rule of the primary key
  bool others = false;
  for (int i = 0; i < list_length(indexes); ++i) {
    const Index index = Call([id = list_nth_oid(indexes, i)] {
      Index found{};
      const HeapTuple tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(id));
      if (!HeapTupleIsValid(tuple)) return found;
      const auto* const form = reinterpret_cast<Form_pg_index>(GETSTRUCT(tuple));
      found.is_rule = form->indisunique && !form->indisprimary;
      ReleaseSysCache(tuple);
      const char* const name = get_rel_name(id);
      if (name != nullptr) namestrcpy(&found.name, name);
      return found;
    });
    if (!index.is_rule) continue;
    const std::string_view name(NameStr(index.name));
    if (name.starts_with(kPrefix)) rules.emplace_back(name.substr(kPrefix.size()));
    else others = true;
  }
  Call([relation] { table_close(relation, NoLock); });
  const std::vector<std::string> names = read_rule_names(space);
  const bool built =
      !names.empty() && std::all_of(names.begin(), names.end(), [&](const std::string& name) {
        return std::find(rules.begin(), rules.end(), name) != rules.end();
      });
  return built && !others ? std::optional(std::move(rules)) : std::nullopt;
}

}  // namespace product_upsert
