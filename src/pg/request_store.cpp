#include "pg/request_store.hpp"

#include <string_view>

#include "pg/array.hpp"
#include "pg/boundary.hpp"
#include "pg/statement.hpp"

namespace product_upsert {

namespace {

Datum text_datum(std::string_view text) {
  return Call([data = text.data(), size = text.size()] {
    return PointerGetDatum(cstring_to_text_with_len(data, static_cast<int>(size)));
  });
}

std::string quoted(Column column) { return "p.\"" + std::string(info(column).name) + "\""; }

class Ids final : public RowSink {
 public:
  void row(const Row& row) override { all.push_back(DatumGetInt64(row.datum(0))); }
  std::vector<std::int64_t> all;
};

}  // namespace

std::optional<std::int64_t> RequestStore::find_organization(const std::string& reference) {
  const Datum parameter = text_datum(reference);
  Ids ids;
  execute(Statement("SELECT organization_id FROM " + schema_ +
                        ".product_organization WHERE reference OPERATOR(pg_catalog.=) $1 LIMIT 2",
                    {TEXTOID}),
          {&parameter, 1}, {}, false, &ids);
  if (ids.all.size() != 1) return std::nullopt;
  return ids.all.front();
}

bool RequestStore::is_known(std::int64_t organization_id) {
  const Datum parameter = Int64GetDatum(organization_id);
  Ids ids;
  execute(Statement("SELECT $1 WHERE EXISTS (SELECT FROM " + schema_ +
                        ".product_organization o WHERE o.organization_id "
                        "OPERATOR(pg_catalog.=) $1) OR EXISTS (SELECT FROM " +
                        schema_ + ".product p WHERE p.organization_id OPERATOR(pg_catalog.=) $1)",
                    {INT8OID}, Guard::index_only),
          {&parameter, 1}, {}, false, &ids);
  return !ids.all.empty();
}

std::vector<std::int64_t> RequestStore::list(std::int64_t organization_id,
                                             const RoutedRequest& request) {
  std::vector<Oid> types = {INT8OID, INT8OID, INT8OID};
  std::vector<Datum> values = {Int64GetDatum(organization_id), Int64GetDatum(request.limit),
                               Int64GetDatum(request.offset)};
  std::string sql = "SELECT p.id FROM " + schema_ +
                    ".product p WHERE p.organization_id OPERATOR(pg_catalog.=) $1";
  for (const ListCondition* condition : request.where) {
    const bool flag = condition->value.kind() == Kind::boolean;
    types.push_back(flag ? BOOLOID : TEXTOID);
    values.push_back(flag ? BoolGetDatum(condition->value.as_boolean())
                          : text_datum(condition->value.as_text()));
    const std::string column = quoted(condition->column);
    const std::string parameter = "$" + std::to_string(types.size());
    // What has no value has not this one. (IS DISTINCT FROM would look its operator up.)
    sql += condition->equals ? " AND " + column + " OPERATOR(pg_catalog.=) " + parameter
                             : " AND (" + column + " IS NULL OR " + column +
                                   " OPERATOR(pg_catalog.<>) " + parameter + ")";
  }
  sql += " ORDER BY ";
  for (const Column column : request.route->order) sql += quoted(column) + " NULLS LAST, ";
  sql += "p.id LIMIT $2 OFFSET $3";
  Ids ids;
  execute(Statement(std::move(sql), std::move(types)), values, {}, false, &ids);
  return ids.all;
}

bool RequestStore::remove(std::int64_t organization_id, std::int64_t id, const Route& route) {
  std::vector<Oid> types = {INT8OID, INT8OID};
  std::vector<Datum> values = {Int64GetDatum(organization_id), Int64GetDatum(id)};
  std::string sql = "DELETE FROM " + schema_ +
                    ".product p WHERE p.organization_id OPERATOR(pg_catalog.=) $1 AND "
                    "p.id OPERATOR(pg_catalog.=) $2";
  if (route.only_column) {
    ArrayBuilder allowed(ColumnType::text, route.only_values.size());
    for (const std::string& value : route.only_values) allowed.append(Value::text(value));
    types.push_back(TEXTARRAYOID);
    values.push_back(allowed.finish());
    sql += " AND " + quoted(*route.only_column) + " OPERATOR(pg_catalog.=) ANY ($3)";
  }
  Ids ids;
  execute(Statement(sql + " RETURNING p.id", std::move(types), Guard::index_only), values, {},
          false, &ids);
  return !ids.all.empty();
}

}  // namespace product_upsert
