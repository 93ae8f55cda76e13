#include "pg/store/parked_documents.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "pg/boundary/boundary.hpp"
#include "pg/direct/citus.hpp"
#include "pg/sql/parameters.hpp"

extern "C" {
#include "access/table.h"
#include "access/xact.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "utils/acl.h"
#include "utils/lsyscache.h"
}

namespace product_upsert {

namespace {

// An index cannot hold long keys.
std::string short_key(const std::string& key) {
  return "CASE WHEN pg_catalog.octet_length(" + key +
         ") OPERATOR(pg_catalog.>) 500 THEN pg_catalog.md5(" + key + ") ELSE " + key + " END";
}

class Versions final : public RowSink {
 public:
  void row(const Row& row) override {
    of[DatumGetInt64(row.datum(0))] = DatumGetInt32(row.datum(1));
  }
  std::map<std::int64_t, std::int32_t> of;
};

}  // namespace

ParkedDocuments::ParkedDocuments(std::string schema, Oid space, std::int64_t organization_id,
                                 const std::string& profile)
    : schema_(std::move(schema)), organization_id_(organization_id), profile_(profile) {
  table_ = Call([space] { return get_relname_relid("product", space); });
  const Oid parked = Call([space] { return get_relname_relid("product_parked", space); });
  if (parked == InvalidOid) {
    throw Refusal(Refused::precondition,
                  "parked documents need table product_parked, which the catalogue's tables do "
                  "not have yet",
                  "SELECT product_tables_upgrade();",
                  {{Code::precondition, "", "needs table product_parked", {}}});
  }
  has_versions_ =
      Call([parked] { return get_attnum(parked, "product_version") != InvalidAttrNumber; });
  has_indexes_ = Call([space] {
    return OidIsValid(get_relname_relid("product_parked_key_idx", space)) &&
           OidIsValid(get_relname_relid("product_parked_product_idx", space));
  });
}

bool ParkedDocuments::may_be_some(Oid space) {
  return Call([space] {
    const Oid parked = get_relname_relid("product_parked", space);
    if (parked == InvalidOid || XactReadOnly) return false;
    for (const AclMode right : {AclMode{ACL_SELECT}, AclMode{ACL_UPDATE}, AclMode{ACL_DELETE}}) {
      if (pg_class_aclcheck(parked, GetUserId(), right) != ACLCHECK_OK) return false;
    }
    const Relation table = table_open(parked, AccessShareLock);
    const bool some = table->rd_rel->relkind != RELKIND_RELATION || is_distributed(parked) ||
                      RelationGetNumberOfBlocks(table) > 0;
    table_close(table, AccessShareLock);
    return some;
  });
}

// Deletes the rows t that the rows d name, each found by its index.
void ParkedDocuments::drop(Parameters& parameters, const std::string& rows,
                           const std::string& named, Locked locked) const {
  const std::string organization = parameters.add(INT8OID, Int64GetDatum(organization_id_));
  const std::string table = schema_ + ".product_parked t";
  const std::string of_organization =
      " WHERE t.organization_id OPERATOR(pg_catalog.=) " + organization + " AND ";
  std::string sql = "DELETE FROM " + table + " USING " + rows + of_organization + named;
  if (locked == Locked::left) {
    sql = "WITH free AS MATERIALIZED (SELECT t.profile, t.key FROM " + rows + ", " + table +
          of_organization + named + " FOR UPDATE OF t SKIP LOCKED) DELETE FROM " + table +
          " USING free" + of_organization +
          "t.profile OPERATOR(pg_catalog.=) free.profile AND t.key OPERATOR(pg_catalog.=) free.key";
  }
  parameters.run(sql, has_indexes_ ? Guard::index_only : Guard::plain, nullptr);
}

void ParkedDocuments::forget(std::span<const std::string> keys,
                             std::span<const std::int64_t> products, Locked locked) {
  if (!keys.empty()) {
    Parameters parameters(schema_);
    const std::string key = parameters.add_column(
        ColumnType::text, keys.size(), [&](std::size_t i) { return Value::text(keys[i]); });
    drop(parameters,
         "(SELECT " + short_key("k.key") + " AS key FROM (SELECT " + key + " AS key) k) d",
         "t.key OPERATOR(pg_catalog.=) d.key", locked);
  }
  if (!products.empty()) {
    Parameters parameters(schema_);
    const std::string id =
        parameters.add_column(ColumnType::bigint, products.size(),
                              [&](std::size_t i) { return Value::integer(products[i]); });
    drop(parameters, "(SELECT " + id + " AS id) d", "t.product_id OPERATOR(pg_catalog.=) d.id",
         locked);
  }
}

// The version of its product that each document follows; 0 if it has no product. The product is
// locked, so that nobody writes it before all can see that the document waits. If another session
// is just writing it, this does not wait, which might end in a deadlock: the document then follows
// that version.
std::vector<std::int32_t> ParkedDocuments::versions_of(
    std::span<const ParkedDocument> documents) const {
  std::vector<std::int64_t> ids;
  for (const ParkedDocument& d : documents) {
    if (d.product_id != 0) ids.push_back(d.product_id);
  }
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  Versions free;
  Versions all;
  const auto read = [&](const char* clause, Versions& versions) {
    Parameters parameters(schema_);
    const std::string organization = parameters.add(INT8OID, Int64GetDatum(organization_id_));
    const std::string id = parameters.add_column(
        ColumnType::bigint, ids.size(), [&](std::size_t i) { return Value::integer(ids[i]); });
    parameters.run("SELECT p.id, p.version FROM (SELECT " + id + " AS id) d JOIN " + schema_ +
                       ".product p ON p.organization_id OPERATOR(pg_catalog.=) " + organization +
                       " AND p.id OPERATOR(pg_catalog.=) d.id" + clause,
                   Guard::index_only, &versions);
  };
  const bool locks = Call([product = table_] {
    return !IsolationUsesXactSnapshot() &&
           pg_class_aclcheck(product, GetUserId(), ACL_UPDATE) == ACLCHECK_OK;
  });
  if (!ids.empty() && locks) read(" FOR SHARE OF p SKIP LOCKED", free);
  if (free.of.size() < ids.size()) read("", all);
  std::vector<std::int32_t> versions;
  for (const ParkedDocument& d : documents) {
    const auto found = free.of.find(d.product_id);
    if (found != free.of.end()) versions.push_back(found->second);
    else if (const auto it = all.of.find(d.product_id); it == all.of.end()) versions.push_back(0);
    else versions.push_back(it->second + (locks ? 1 : 0));
  }
  return versions;
}

void ParkedDocuments::keep(std::vector<ParkedDocument> documents, const std::string& options) {
  // All writers use the same order.
  std::sort(documents.begin(), documents.end(),
            [](const ParkedDocument& a, const ParkedDocument& b) { return a.key < b.key; });
  const std::vector<ParkedDocument>& each = documents;
  const std::vector<std::int32_t> versions =
      has_versions_ ? versions_of(each) : std::vector<std::int32_t>();
  Parameters parameters(schema_);
  const std::string organization = parameters.add(INT8OID, Int64GetDatum(organization_id_));
  const std::string profile = parameters.add_text(profile_);
  const std::string said = parameters.add_text(options);
  const auto texts = [&](std::string ParkedDocument::*member) {
    return parameters.add_column(ColumnType::text, each.size(),
                                 [&](std::size_t i) { return Value::text(each[i].*member); });
  };
  const std::string key = texts(&ParkedDocument::key);
  const std::string json = texts(&ParkedDocument::json);
  const std::string errors = texts(&ParkedDocument::errors);
  const std::string product =
      parameters.add_column(ColumnType::bigint, each.size(), [&](std::size_t i) {
        return each[i].product_id == 0 ? Value::null() : Value::integer(each[i].product_id);
      });
  std::string column, value, assignment;
  if (has_versions_) {
    column = ", product_version";
    value = parameters.add_column(ColumnType::integer, each.size(), [&](std::size_t i) {
      return versions[i] == 0 ? Value::null() : Value::integer(versions[i]);
    });
    assignment = ", product_version = EXCLUDED.product_version";
  }
  parameters.run(
      "INSERT INTO " + schema_ +
          ".product_parked AS t (organization_id, profile, key, document, options, errors, "
          "product_id, tried_at" +
          column + ") SELECT DISTINCT ON (3) " + organization + ", " + profile +
          ", CASE WHEN d.key OPERATOR(pg_catalog.=) '' THEN "
          "pg_catalog.md5(d.json::pg_catalog.jsonb::pg_catalog.text) ELSE " +
          short_key("d.key") + " END, d.json::pg_catalog.jsonb, " + said +
          "::pg_catalog.jsonb, d.errors::pg_catalog.jsonb, d.product_id, "
          "pg_catalog.clock_timestamp()" +
          (column.empty() ? "" : ", d.version") + " FROM (SELECT " + key + " AS key, " + json +
          " AS json, " + errors + " AS errors, " + product + " AS product_id" +
          (column.empty() ? "" : ", " + value + " AS version") +
          ") d ORDER BY 3 ON CONFLICT (organization_id, profile, key) DO UPDATE SET "
          "document = EXCLUDED.document, options = EXCLUDED.options, errors = EXCLUDED.errors, "
          "product_id = EXCLUDED.product_id, tried_at = EXCLUDED.tried_at, tries = t.tries "
          "OPERATOR(pg_catalog.+) 1" +
          assignment,
      Guard::plain, nullptr);
}

}  // namespace product_upsert
