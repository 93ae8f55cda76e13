#include "pg/functions/document_column.hpp"

#include "core/value/failure.hpp"
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
  const std::string detail =
      "{\"errors\": " +
      errors_json({number <= 0 ? Failure{Code::enumeration,
                                         "document_column",
                                         "names no column of the relation",
                                         {}}
                               : Failure{Code::type,
                                         "document_column",
                                         "must name a column of type jsonb, json or text",
                                         {}}}) +
      "}";
  Call([=, wanted = name.c_str(), text = hint.c_str(), told = detail.c_str()] {
    const char* const of = RelationGetRelationName(relation);
    if (number <= 0) {
      ereport(ERROR, (errcode(ERRCODE_UNDEFINED_COLUMN),
                      errmsg("column \"%s\" of \"%s\" does not exist", wanted, of),
                      errdetail_internal("%s", told), errhint("%s", text)));
    }
    ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
                    errmsg("column \"%s\" of \"%s\" must be jsonb, json or text, not %s", wanted,
                           of, format_type_be(TupleDescAttr(columns, number - 1)->atttypid)),
                    errdetail_internal("%s", told), errhint("%s", text)));
  });
  return {};
}

void check_key_column(Relation relation, const std::string& name) {
  Call([relation, name = name.c_str()] {
    if (SPI_fnumber(RelationGetDescr(relation), name) != SPI_ERROR_NOATTRIBUTE) return;
    ereport(ERROR, (errcode(ERRCODE_UNDEFINED_COLUMN),
                    errmsg("column \"%s\" of \"%s\" does not exist", name,
                           RelationGetRelationName(relation)),
                    errdetail_internal("%s", R"({"errors": [{"field": "key_column", "code": )"
                                             R"("not_found", "message": "names no column"}]})")));
  });
}

std::string select_documents(const std::string& name, const std::string& from) {
  std::string sql = "SELECT ";
  sql += Call([text = name.c_str()] { return quote_identifier(text); });
  return sql + " FROM " + from;
}

}  // namespace product_upsert
