#include "pg/store/parked_documents.hpp"

#include <algorithm>
#include <utility>

#include "pg/boundary/boundary.hpp"
#include "pg/sql/parameters.hpp"

extern "C" {
#include "utils/lsyscache.h"
}

namespace product_upsert {

namespace {

// An index holds no long ones.
std::string short_key(const std::string& key) {
  return "CASE WHEN pg_catalog.octet_length(" + key +
         ") OPERATOR(pg_catalog.>) 500 THEN pg_catalog.md5(" + key + ") ELSE " + key + " END";
}

}  // namespace

ParkedDocuments::ParkedDocuments(std::string schema, Oid space, std::int64_t organization_id,
                                 const std::string& profile)
    : schema_(std::move(schema)), organization_id_(organization_id), profile_(profile) {
  if (Call([space] { return get_relname_relid("product_parked", space); }) != InvalidOid) return;
  throw Refusal(Refused::precondition,
                "documents that wait need table product_parked, which the catalogue's tables do "
                "not have yet",
                "SELECT product_tables_upgrade();",
                {{Code::precondition, "", "needs table product_parked", {}}});
}

void ParkedDocuments::forget(std::span<const std::string> keys,
                             std::span<const std::int64_t> products) {
  Parameters parameters(schema_);
  const std::string organization = parameters.add(INT8OID, Int64GetDatum(organization_id_));
  const std::string key = parameters.add_column(
      ColumnType::text, keys.size(), [&](std::size_t i) { return Value::text(keys[i]); });
  const std::string product =
      parameters.add_column(ColumnType::bigint, products.size(),
                            [&](std::size_t i) { return Value::integer(products[i]); });
  parameters.run("DELETE FROM " + schema_ +
                     ".product_parked t WHERE t.organization_id OPERATOR(pg_catalog.=) " +
                     organization + " AND (t.key OPERATOR(pg_catalog.=) ANY (ARRAY(SELECT " +
                     short_key("d.key") + " FROM (SELECT " + key +
                     " AS key) d)) OR t.product_id OPERATOR(pg_catalog.=) ANY (ARRAY(SELECT " +
                     product + ")))",
                 Guard::plain, nullptr);
}

void ParkedDocuments::keep(std::vector<ParkedDocument> documents, const std::string& options) {
  // In an order that all writers share.
  std::sort(documents.begin(), documents.end(),
            [](const ParkedDocument& a, const ParkedDocument& b) { return a.key < b.key; });
  const std::vector<ParkedDocument>& each = documents;
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
  parameters.run(
      "INSERT INTO " + schema_ +
          ".product_parked AS t (organization_id, profile, key, document, options, errors, "
          "product_id, tried_at) SELECT DISTINCT ON (3) " +
          organization + ", " + profile +
          ", CASE WHEN d.key OPERATOR(pg_catalog.=) '' THEN "
          "pg_catalog.md5(d.json::pg_catalog.jsonb::pg_catalog.text) ELSE " +
          short_key("d.key") + " END, d.json::pg_catalog.jsonb, " + said +
          "::pg_catalog.jsonb, d.errors::pg_catalog.jsonb, d.product_id, "
          "pg_catalog.clock_timestamp() FROM (SELECT " +
          key + " AS key, " + json + " AS json, " + errors + " AS errors, " + product +
          " AS product_id) d ORDER BY 3 ON CONFLICT (organization_id, profile, key) DO UPDATE SET "
          "document = EXCLUDED.document, options = EXCLUDED.options, errors = EXCLUDED.errors, "
          "product_id = EXCLUDED.product_id, tried_at = EXCLUDED.tried_at, tries = t.tries "
          "OPERATOR(pg_catalog.+) 1",
      Guard::plain, nullptr);
}

}  // namespace product_upsert
