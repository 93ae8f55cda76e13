#include "pg/store/change_feed.hpp"

#include "pg/boundary/boundary.hpp"
#include "pg/boundary/settings.hpp"
#include "pg/sql/parameters.hpp"
#include "pg/store/change_values.hpp"
#include "pg/store/changed_rows.hpp"
#include "pg/store/passed_ids.hpp"

extern "C" {
#include "commands/async.h"
}

namespace product_upsert {

namespace {

// New values are read from the row, since the owner's triggers may have changed them. A created
// product is noted with all of its values, a changed one with those that have changed. In the order
// of the products, as below SQL, whatever order PostgreSQL joins them in.
// recipe: feed
std::string changes_sql(const std::string& schema, Parameters& parameters,
                        std::int64_t organization_id, std::span<const NotedProduct> products,
                        std::span<const std::string> instants) {
  const std::string organization = parameters.add(INT8OID, Int64GetDatum(organization_id));
  const std::string id =
      parameters.add_column(ColumnType::bigint, products.size(),
                            [&](std::size_t i) { return Value::integer(products[i].id); });
  std::string json;
  const std::string old =
      parameters.add_column(ColumnType::text, products.size(), [&](std::size_t i) -> Value {
        if (products[i].old.is_absent()) return {};
        json = products[i].old.json();
        return Value::text(json);
      });
  // In the same notation as the new value.
  std::string old_value = "e.value";
  if (!instants.empty()) {
    ArrayBuilder names(ColumnType::text, instants.size());
    for (const std::string& name : instants) names.append(Value::text(name));
    old_value = "CASE WHEN e.key OPERATOR(pg_catalog.=) ANY (" +
                parameters.add(TEXTARRAYOID, names.finish()) +
                ") THEN pg_catalog.to_jsonb((e.value OPERATOR(pg_catalog.#>>) "
                "'{}')::pg_catalog.timestamptz) ELSE e.value END";
  }
  return "SELECT " + organization +
         ", p.id, CASE WHEN c.old IS NULL THEN 'created' ELSE 'updated' END,"
         " CASE WHEN c.old IS NULL THEN (SELECT pg_catalog.jsonb_object_agg(e.key, "
         "pg_catalog.jsonb_build_object('new', e.value)) FROM "
         "pg_catalog.jsonb_each(r.new OPERATOR(pg_catalog.-) "
         "'{organization_id,id,version,created_at,updated_at,field_sources}'::pg_catalog.text[]) e "
         "WHERE "
         "pg_catalog.jsonb_typeof(e.value) OPERATOR(pg_catalog.<>) 'null')"
         " ELSE (SELECT pg_catalog.jsonb_object_agg(e.key, CASE WHEN r.new "
         "OPERATOR(pg_catalog.?) e.key THEN pg_catalog.jsonb_build_object('old', " +
         old_value +
         ", 'new', "
         "r.new OPERATOR(pg_catalog.->) e.key) ELSE '{}' END) FROM "
         "pg_catalog.jsonb_each(c.old::pg_catalog.jsonb) e) END, p.version FROM (SELECT " +
         id + " AS id, " + old + " AS old) c JOIN " + schema +
         ".product p ON p.id OPERATOR(pg_catalog.=) c.id AND p.organization_id "
         "OPERATOR(pg_catalog.=) " +
         organization +
         " CROSS JOIN LATERAL (SELECT pg_catalog.to_jsonb(p.*) OPERATOR(pg_catalog.||) CASE WHEN "
         "c.old IS NULL OR c.old::pg_catalog.jsonb OPERATOR(pg_catalog.?) 'variants' THEN "
         "pg_catalog.jsonb_build_object('variants', (SELECT pg_catalog.jsonb_agg("
         "pg_catalog.to_jsonb(v.*) OPERATOR(pg_catalog.-) "
         "'{organization_id,product_id}'::pg_catalog.text[] ORDER BY v.id) FROM " +
         schema +
         ".product_variant v WHERE v.organization_id OPERATOR(pg_catalog.=) p.organization_id AND "
         "v.product_id OPERATOR(pg_catalog.=) p.id)) ELSE '{}' END AS new) r ORDER BY p.id";
}

// Listeners are notified when the transaction commits. PostgreSQL sends equal notifications of a
// transaction only once.
void announce(std::int64_t organization_id) {
  const std::string payload = std::to_string(organization_id);
  Call([said = payload.c_str()] { Async_Notify("product_change", said); });
}

}  // namespace

void ChangeFeed::note_changes(std::int64_t organization_id, std::span<const NotedProduct> products,
                              std::span<const std::string> instants) const {
  const Oid table = pass_taken(organization_id, products.size());
  products = products.subspan(write_directly(organization_id, products));
  if (!products.empty()) note_changes_by_sql(organization_id, products, instants);
  confirm_ids(table, organization_id);
}

void ChangeFeed::note_changes_by_sql(std::int64_t organization_id,
                                     std::span<const NotedProduct> products,
                                     std::span<const std::string> instants) const {
  Parameters parameters(schema_);
  const std::string changes = changes_sql(schema_, parameters, organization_id, products, instants);
  if (note_by_values(schema_, organization_id, parameters, changes)) return;
  parameters.run("WITH noted AS (INSERT INTO " + schema_ +
                     ".product_change (organization_id, product_id, action, changed, version) " +
                     changes + " RETURNING 1) SELECT pg_catalog.pg_notify('product_change', " +
                     "$1::pg_catalog.text) WHERE EXISTS (SELECT FROM noted)",
                 Guard::plain, nullptr);
}

// Returns the number of changes written; SQL has to write the rest.
std::size_t ChangeFeed::write_directly(std::int64_t organization_id,
                                       std::span<const NotedProduct> products) const {
  ChangedRows changed;
  if (!direct_writes() || !changed.open(space_, organization_id, products)) return 0;
  const std::size_t done = changed.write(products);
  changed.close();
  if (done > 0) announce(organization_id);
  return done;
}

void ChangeFeed::note_deletions(std::int64_t organization_id,
                                std::span<const DeletedProduct> products) const {
  const Oid table = pass_taken(organization_id, products.size());
  note_deletions_by_sql(organization_id, products);
  confirm_ids(table, organization_id);
}

Oid ChangeFeed::pass_taken(std::int64_t organization_id, std::size_t rows) const {
  const Oid table = Call([space = space_] { return get_relname_relid("product_change", space); });
  if (OidIsValid(table)) pass_taken_ids(table, organization_id, rows);
  return table;
}

void ChangeFeed::note_deletions_by_sql(std::int64_t organization_id,
                                       std::span<const DeletedProduct> products) const {
  Parameters parameters(schema_);
  const std::string organization = parameters.add(INT8OID, Int64GetDatum(organization_id));
  const std::string id =
      parameters.add_column(ColumnType::bigint, products.size(),
                            [&](std::size_t i) { return Value::integer(products[i].id); });
  const std::string version =
      parameters.add_column(ColumnType::integer, products.size(),
                            [&](std::size_t i) { return Value::integer(products[i].version); });
  if (note_by_values(
          schema_, organization_id, parameters,
          "SELECT " + organization + ", " + id + ", 'deleted', NULL::pg_catalog.jsonb, " + version))
    return;
  std::string sql = "WITH noted AS (INSERT INTO " + schema_ +
                    ".product_change (organization_id, product_id, action, version) SELECT " +
                    organization + ", " + id + ", 'deleted', " + version +
                    " RETURNING 1) SELECT pg_catalog.pg_notify('product_change', " + organization +
                    "::pg_catalog.text) WHERE EXISTS (SELECT FROM noted)";
  parameters.run(std::move(sql), Guard::plain, nullptr);
}

}  // namespace product_upsert
