#include "pg/direct/whole_rows.hpp"

#include <algorithm>
#include <string>

#include "pg/boundary/boundary.hpp"
#include "pg/types/array.hpp"
#include "pg/types/datetime.hpp"
#include "pg/types/datum.hpp"
#include "pg/types/numeric.hpp"
#include "pg/types/varlena.hpp"

extern "C" {
#include "catalog/pg_cast.h"
#include "catalog/pg_type.h"
#include "parser/parse_coerce.h"
#include "storage/lmgr.h"
#include "utils/json.h"
}

namespace product_upsert {

namespace {

// What PostgreSQL knows of a column. PostgreSQL's frames fill it, so it is plain data.
struct Described {
  const char* name;
  bool is_there;
  bool is_known;
  bool is_enum;
  ColumnType type;
};

// Whether a user has created a cast to json, which to_jsonb() would use.
bool has_own_json(Oid type) {
  Oid function = InvalidOid;
  return find_coercion_pathway(JSONOID, type, COERCION_EXPLICIT, &function) == COERCION_PATH_FUNC;
}

Described describe(Form_pg_attribute column) {
  Described described{NameStr(column->attname), !column->attisdropped, true, false,
                      ColumnType::text};
  if (column->attisdropped) return described;
  const Oid type = getBaseType(column->atttypid);
  switch (type) {
    case TEXTOID:
    case VARCHAROID:
    case BPCHAROID: break;
    case INT4OID: described.type = ColumnType::integer; break;
    case INT8OID: described.type = ColumnType::bigint; break;
    case NUMERICOID: described.type = ColumnType::numeric; break;
    case BOOLOID: described.type = ColumnType::boolean; break;
    case DATEOID: described.type = ColumnType::date; break;
    case TIMESTAMPTZOID: described.type = ColumnType::timestamptz; break;
    case UUIDOID: described.type = ColumnType::uuid; break;
    case TEXTARRAYOID: described.type = ColumnType::text_array; break;
    case JSONBOID: described.type = ColumnType::jsonb; break;
    default:
      described.is_enum = get_typtype(type) == TYPTYPE_ENUM;
      described.is_known = described.is_enum && !has_own_json(type);
  }
  return described;
}

Value print_instant(Datum datum, Oid type, Arena& arena) {
  char text[MAXDATELEN + 1];
  Call([datum, type, to = text] { JsonEncodeDateTime(to, datum, type, nullptr); });
  return Value::text(arena.copy(std::string_view(text)));
}

Value print_enum(Datum datum, Arena& arena) {
  char* const text =
      Call([datum] { return DatumGetCString(DirectFunctionCall1(enum_out, datum)); });
  const Value value = Value::text(arena.copy(std::string_view(text)));
  Call([text] { pfree(text); });
  return value;
}

// An array of several dimensions becomes a list of lists.
Value read_array(Datum datum, Arena& arena) {
  const char* const plain = copy_varlena(datum, arena);
  const auto* const array = reinterpret_cast<const ArrayType*>(plain);
  Value items = view_datum(ColumnType::text_array, PointerGetDatum(plain), false, arena);
  for (int dimension = ARR_NDIM(array) - 1; dimension > 0; --dimension) {
    const auto width = static_cast<std::size_t>(ARR_DIMS(array)[dimension]);
    const auto all = items.items();
    const auto rows = arena.array<Value>(all.size() / width);
    for (std::size_t i = 0; i < rows.size(); ++i)
      rows[i] = Value::list(all.subspan(i * width, width));
    items = Value::list(rows);
  }
  return items;
}

}  // namespace

bool WholeRows::open(Oid table, std::int64_t organization_id, std::string_view key, bool dense) {
  if (table == InvalidOid) return false;
  key_ = {key, ColumnType::bigint};
  const bool is_open = Call([this, table, organization_id] {
    // Before the snapshot, to which a table that is rewritten meanwhile would look empty.
    LockRelationOid(table, AccessShareLock);
    CommandCounterIncrement();
    PushActiveSnapshot(GetTransactionSnapshot());
    if (open_source(table, organization_id, {&key_, 1}, &key_attribute_, &source_)) {
      KeyShape shape{};
      shape.count = 1;
      if (begin_descent(source_, shape, organization_id, &descent_)) return true;
      close_source(source_);
    }
    PopActiveSnapshot();
    return false;
  });
  if (!is_open) return false;
  Call([this] { source_.slot = table_slot_create(source_.relation, nullptr); });
  is_walking_ = false;
  walks_ = dense && Call([this] { return make_walk(descent_); });
  if (read_columns()) return true;
  close();
  return false;
}

bool WholeRows::read_columns() {
  columns_.clear();
  const TupleDesc described = RelationGetDescr(source_.relation);
  source_.last = static_cast<AttrNumber>(described->natts);
  for (int i = 0; i < described->natts; ++i) {
    const Form_pg_attribute column = TupleDescAttr(described, i);
    const Described one = Call([column] { return describe(column); });
    if (!one.is_there || column->attnum == source_.organization) continue;
    if (!one.is_known) return false;
    columns_.push_back({one.name, column->attnum, one.type, one.is_enum});
  }
  std::sort(columns_.begin(), columns_.end(),
            [](const JsonColumn& a, const JsonColumn& b) { return key_before(a.name, b.name); });
  return true;
}

void WholeRows::close() {
  Call([this] {
    end_descent(descent_);
    close_source(source_);
    PopActiveSnapshot();
  });
}

void WholeRows::seek(std::int64_t key) {
  if (is_walking_ && key > sought_) {
    sought_ = key;
    return;
  }
  sought_ = key;
  descent_.keys[1].sk_argument = Int64GetDatum(key);
  is_walking_ = walks_;
  Call([this] {
    if (walks_) begin_walk(descent_);
    else descend(descent_);
  });
}

bool WholeRows::next() {
  return Call([this] {
    return walks_ ? next_row_on_walk(source_, descent_, sought_) : next_row(source_, descent_);
  });
}

Value WholeRows::value(const JsonColumn& column, Arena& arena) const {
  const int at = column.attribute - 1;
  const Datum datum = source_.slot->tts_values[at];
  if (source_.slot->tts_isnull[at]) return Value::null();
  if (column.is_enum) return print_enum(datum, arena);
  switch (column.type) {
    case ColumnType::date: return print_instant(datum, DATEOID, arena);
    case ColumnType::timestamptz: return print_instant(datum, TIMESTAMPTZOID, arena);
    case ColumnType::text_array: return read_array(datum, arena);
    default: break;
  }
  const Value value = read_datum(column.type, datum, false, arena);
  if (column.type == ColumnType::numeric && !is_finite(value)) return Value::text(value.as_text());
  return value;
}

Value old_as_json(const JsonColumn& column, const Value& read, Arena& arena) {
  if (column.type != ColumnType::timestamptz || read.kind() != Kind::text) return read;
  return print_instant(TimestampTzGetDatum(parse_timestamp(read.as_text())), TIMESTAMPTZOID, arena);
}

}  // namespace product_upsert
