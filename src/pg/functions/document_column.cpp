#include "pg/functions/document_column.hpp"

#include "pg/boundary/boundary.hpp"

namespace product_upsert {

namespace {

bool is_text_type(Oid type) {
  return type == TEXTOID || type == JSONOID || type == VARCHAROID || type == BPCHAROID;
}

bool is_document_type(Oid type) { return type == JSONBOID || is_text_type(type); }

std::string list_document_columns(TupleDesc columns) {
  std::string names;
  for (int i = 0; i < columns->natts; ++i) {
    const FormData_pg_attribute* const column = TupleDescAttr(columns, i);
    if (column->attisdropped) continue;
    const Oid type = Call([type = column->atttypid] { return getBaseType(type); });
    if (!is_document_type(type)) continue;
    names += (names.empty() ? "\"" : ", \"") + std::string(NameStr(column->attname)) + '"';
  }
  return names;
}

}  // namespace

Refusal no_column(Relation relation, const std::string& name, const std::string& hint,
                  const Failure& failure) {
  return Refusal(Refused::invalid, column_in_words(relation, name) + " does not exist", hint,
                 {failure})
      .with_sqlstate("42703");
}

std::string column_in_words(Relation relation, const std::string& column) {
  return "column \"" + column + "\" of \"" + RelationGetRelationName(relation) + '"';
}

DocumentColumn find_document_column(Relation relation, const std::string& name) {
  const TupleDesc columns = RelationGetDescr(relation);
  const int number =
      Call([columns, wanted = name.c_str()] { return SPI_fnumber(columns, wanted); });
  const Oid type =
      number <= 0 ? InvalidOid
                  : Call([columns, number] { return getBaseType(SPI_gettypeid(columns, number)); });
  if (is_document_type(type)) return {static_cast<AttrNumber>(number), is_text_type(type)};

  const std::string candidates = list_document_columns(columns);
  const std::string hint = candidates.empty()
                               ? "It has no column of type jsonb, json or text."
                               : "Its columns of type jsonb, json or text: " + candidates + ".";
  if (number <= 0) {
    throw no_column(relation, name, hint,
                    {Code::enumeration, "document_column", "names no column of the relation", {}});
  }
  const char* const type_name = Call(
      [column = TupleDescAttr(columns, number - 1)] { return format_type_be(column->atttypid); });
  throw Refusal(
      Refused::invalid,
      column_in_words(relation, name) + " must be jsonb, json or text, not " + type_name, hint,
      {{Code::type, "document_column", "must name a column of type jsonb, json or text", {}}})
      .with_sqlstate(kDatatypeMismatch);
}

std::string select_documents(const std::string& name, const std::string& from) {
  std::string sql = "SELECT s.";
  sql += Call([text = name.c_str()] { return quote_identifier(text); });
  return sql + " FROM " + from + " s";
}

}  // namespace product_upsert
