#include "pg/types/datum.hpp"

#include "pg/types/datetime.hpp"
#include "pg/types/jsonb.hpp"
#include "pg/types/numeric.hpp"
#include "pg/types/varlena.hpp"

namespace product_upsert {

namespace {

Value read_text_array(const char* varlena, Arena& arena) {
  auto* const array = reinterpret_cast<ArrayType*>(const_cast<char*>(varlena));
  std::size_t count = ARR_NDIM(array) > 0 ? 1 : 0;
  for (int i = 0; i < ARR_NDIM(array); ++i) count *= static_cast<std::size_t>(ARR_DIMS(array)[i]);
  const auto items = arena.array<Value>(count);
  const unsigned char* const bitmap = ARR_NULLBITMAP(array);
  const char* at = ARR_DATA_PTR(array);
  for (std::size_t i = 0; i < count; ++i) {
    if (bitmap != nullptr && (bitmap[i / 8] & (1U << (i % 8))) == 0) {
      items[i] = Value::null();
      continue;
    }
    at = reinterpret_cast<const char*>(INTALIGN(reinterpret_cast<std::uintptr_t>(at)));
    items[i] = Value::text({VARDATA_ANY(at), VARSIZE_ANY_EXHDR(at)});
    at += VARSIZE_ANY(at);
  }
  return Value::list(items);
}

}  // namespace

Value view_datum(ColumnType type, Datum datum, bool is_null, Arena& arena) {
  if (is_null) return Value::null();
  switch (type) {
    case ColumnType::text: return Value::text(view_text(datum, arena));
    case ColumnType::integer: return Value::integer(DatumGetInt32(datum));
    case ColumnType::bigint: return Value::whole(DatumGetInt64(datum), arena);
    case ColumnType::numeric: {
      const char* at = compat::bytes_of(datum);
      if (!is_inline(at)) at = copy_varlena(datum, arena);
      return read_numeric(at, arena);
    }
    case ColumnType::boolean: return Value::boolean(DatumGetBool(datum));
    case ColumnType::date: return read_date(DatumGetDateADT(datum), arena);
    case ColumnType::timestamptz: return read_timestamp(DatumGetTimestampTz(datum), arena);
    case ColumnType::uuid: return read_uuid(DatumGetUUIDP(datum), arena);
    case ColumnType::text_array: return read_text_array(plain_varlena(datum, arena), arena);
    case ColumnType::jsonb:
      return read_jsonb(reinterpret_cast<const Jsonb*>(plain_varlena(datum, arena)), arena);
  }
  return {};
}

Value read_datum(ColumnType type, Datum datum, bool is_null, Arena& arena) {
  if (is_null) return Value::null();
  switch (type) {
    case ColumnType::text: {
      const char* const at = compat::bytes_of(datum);
      const std::string_view view = view_text(datum, arena);
      const bool copied = view.data() != VARDATA_ANY(at);
      return Value::text(copied ? view : arena.copy(view));
    }
    case ColumnType::text_array: return read_text_array(copy_varlena(datum, arena), arena);
    case ColumnType::jsonb: return read_jsonb(datum, arena);
    default: return view_datum(type, datum, is_null, arena);
  }
}

}  // namespace product_upsert
