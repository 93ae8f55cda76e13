// product_upsert_from: upserts a table or view of any size.
#include "pg/boundary/boundary.hpp"
#include "pg/functions/document_column.hpp"
#include "pg/functions/feed.hpp"
#include "pg/functions/key_column.hpp"
#include "pg/functions/rows.hpp"

extern "C" {
#include "catalog/objectaddress.h"
#include "catalog/pg_class.h"
#include "utils/acl.h"
#include "utils/lsyscache.h"
}

namespace product_upsert {

namespace {

// The lock is kept until the transaction ends, so that names do not change. A caller who may not
// read the relation learns nothing about it.
Relation open_source(Oid source) {
  const Relation relation = Call([source] { return try_relation_open(source, AccessShareLock); });
  if (relation == nullptr) {
    throw Refusal(Refused::no_table,
                  "relation with OID " + std::to_string(source) + " does not exist", "",
                  {{Code::not_found, "source", "does not exist", {}}});
  }
  const char kind = relation->rd_rel->relkind;
  const char* const name = RelationGetRelationName(relation);
  Call([=] {
    if (pg_class_aclcheck(source, GetUserId(), ACL_SELECT) != ACLCHECK_OK &&
        pg_attribute_aclcheck_all(source, GetUserId(), ACL_SELECT, ACLMASK_ANY) != ACLCHECK_OK)
      aclcheck_error(ACLCHECK_NO_PRIV, get_relkind_objtype(kind), name);
  });
  if (kind != RELKIND_RELATION && kind != RELKIND_PARTITIONED_TABLE && kind != RELKIND_VIEW &&
      kind != RELKIND_MATVIEW && kind != RELKIND_FOREIGN_TABLE) {
    throw Refusal(Refused::invalid, '"' + std::string(name) + "\" is not a table or view", "",
                  {{Code::type, "source", "must be a table or view", {}}})
        .with_sqlstate("42809");
  }
  return relation;
}

struct Source {
  std::string query;
  bool is_text;
};

// Stands for the column's name if the rows themselves are the documents.
constexpr std::string_view kWholeRow = "*";

std::string quoted(const std::string& name) {
  return Call([text = name.c_str()] { return quote_identifier(text); });
}

// `apart`: the key of a row does not belong to its document.
std::string select_rows(const std::string& from, const std::optional<std::string>& key,
                        bool apart) {
  std::string sql = "SELECT pg_catalog.to_jsonb(s.*)";
  if (apart) {
    const char* const literal = Call([text = key->c_str()] { return quote_literal_cstr(text); });
    sql += std::string(" OPERATOR(pg_catalog.-) ") + literal + "::pg_catalog.text";
  }
  if (key) sql += ", s." + quoted(*key) + "::pg_catalog.text";
  return sql + " FROM " + from + " s";
}

std::string select_keyed(const std::string& column, const std::string& from,
                         const std::string& key) {
  return "SELECT s." + quoted(column) + ", s." + quoted(key) + "::pg_catalog.text FROM " + from +
         " s";
}

Source open(Oid source, const std::string& column, const std::optional<std::string>& key,
            const Upsert& call) {
  const Relation relation = open_source(source);
  const bool whole = column == kWholeRow;
  const bool is_text = !whole && find_document_column(relation, column).is_text;
  const bool finds = key && finds_products(relation, find_key_column(relation, *key),
                                           call.profile(), call.rules());
  const char* const name = Call([relation] {
    return quote_qualified_identifier(get_namespace_name(RelationGetNamespace(relation)),
                                      RelationGetRelationName(relation));
  });
  Source opened{whole ? select_rows(name, key, key && !finds)
                : key ? select_keyed(column, name, *key)
                      : select_documents(column, name),
                is_text};
  Call([relation] { relation_close(relation, NoLock); });
  return opened;
}

class Rows final : public Feed::Answer {
 public:
  Rows(RowWriter& rows, const Feed& feed) : rows_(rows), feed_(feed) {}
  void batch(const Batch& batch) override { rows_.write(batch, feed_.keys()); }
  void restart() override { rows_.clear(); }
  void put_in_order() override { rows_.sort(); }

 private:
  RowWriter& rows_;
  const Feed& feed_;
};

constexpr const char* kPositions = "position";
// A table does not keep its rows in the order in which they were inserted: a short one goes to an
// earlier page in which a longer one did not fit.
constexpr const char* kInOrder = " ORDER BY s.\"position\"";

// A batch of an import, ordered by its column "position". `before`: the number of documents before
// the first of this source; if it is unknown, the column contains their positions. `cells`:
// documents are rows of a table, though they come in a column.
struct FromImport {
  std::optional<std::uint64_t> before = 0;
  bool cells = false;
};

Datum upsert_source(FunctionCallInfo fcinfo, const std::optional<std::string>& key,
                    const FromImport* import) {
  const NullableDatum& source_given =
      fcinfo->args[position_of(argument::source, arguments::kSource)];
  const NullableDatum& column_given =
      fcinfo->args[position_of(argument::document_column, arguments::kSource)];
  if (source_given.isnull) throw null_argument("source", "Pass the name of a table or view.");
  if (column_given.isnull)
    throw null_argument("document_column",
                        "Pass the name of a column of type jsonb, json or text, or * where the "
                        "rows themselves are the documents.");
  const std::string column = NameStr(*DatumGetName(column_given.value));
  RowWriter rows(fcinfo);
  Upsert call(fcinfo, arguments::kSource);
  call.options.wants_levels = true;
  if ((import != nullptr && import->cells) || column == kWholeRow) call.take_cells();
  Source source = open(DatumGetObjectId(source_given.value), column, key, call);
  if (import != nullptr) source.query += kInOrder;
  QueryDocuments documents(std::move(source.query));
  const std::optional<std::uint64_t> before = import == nullptr ? 0 : import->before;
  Feed feed(call, documents, source.is_text, before.value_or(0),
            before ? Feed::Positions::follow : Feed::Positions::are_the_keys);
  Rows answer(rows, feed);
  feed.run(answer);
  call.finish();
  fcinfo->isnull = true;
  return 0;
}

}  // namespace

PRODUCT_UPSERT_FUNCTION(product_upsert_from) {
  check_arity(fcinfo, arguments::kFrom);
  const NullableDatum& given = fcinfo->args[position_of(argument::key_column, arguments::kFrom)];
  std::optional<std::string> key;
  if (!given.isnull) key = NameStr(*DatumGetName(given.value));
  return upsert_source(fcinfo, key, nullptr);
}

// recipe: import
// A batch of product_import: the same, with the positions that its documents have in the import.
PRODUCT_UPSERT_FUNCTION(product_import_rows) {
  using arguments::kImportRows;
  check_arity(fcinfo, kImportRows);
  const NullableDatum& before = fcinfo->args[position_of(argument::before, kImportRows)];
  const NullableDatum& cells = fcinfo->args[position_of(argument::cells, kImportRows)];
  FromImport import;
  if (before.isnull) import.before = std::nullopt;
  else import.before = static_cast<std::uint64_t>(DatumGetInt64(before.value));
  import.cells = !cells.isnull && DatumGetBool(cells.value);
  std::optional<std::string> key;
  if (!import.before) key = kPositions;
  return upsert_source(fcinfo, key, &import);
}

}  // namespace product_upsert
