#include "pg/store/request_store.hpp"

#include <algorithm>
#include <string_view>

#include "pg/boundary/boundary.hpp"
#include "pg/direct/index_walk.hpp"
#include "pg/sql/parameters.hpp"
#include "pg/types/jsonb.hpp"

namespace product_upsert {

namespace {

std::string of_product(Column column) { return shown(info(column), "p."); }

// Finds products whose custom field `key` has this value, alone or in a list: as text, or as the
// number or boolean that the text stands for. Containment can use an index over jsonb.
std::string holds_custom_value(Parameters& parameters, std::string_view key,
                               std::string_view said) {
  Arena arena;
  std::vector<Value> values{Value::text(said)};
  if (said == "true" || said == "false") values.push_back(Value::boolean(said == "true"));
  else if (const auto number = Value::parse_number(said, arena)) values.push_back(*number);
  std::string sql;
  const auto holds = [&](const Value& value) {
    Member member{key, value};
    sql += (sql.empty() ? "" : " OR ") + std::string("p.custom_fields OPERATOR(pg_catalog.@>) ") +
           parameters.add(JSONBOID, make_jsonb(make_object({&member, 1}, arena)));
  };
  for (const Value& value : values) {
    holds(value);
    holds(Value::list({&value, 1}));
  }
  return "(" + sql + ")";
}

// Finds products whose column lies in one of the ranges, whose first and last values stand by
// turns.
std::string in_ranges(Parameters& parameters, const ColumnInfo& column, const std::string& type,
                      const std::vector<std::string>& values) {
  const auto bound = [&](const char* comparison, const std::string& value) {
    return shown(column, "p.") + " OPERATOR(pg_catalog." + comparison + ") CAST(" +
           parameters.add_text(value) + " AS pg_catalog." + type + ")";
  };
  std::string sql;
  for (std::size_t i = 0; i < values.size(); i += 2)
    sql +=
        (sql.empty() ? "" : " OR ") + bound(">=", values[i]) + " AND " + bound("<=", values[i + 1]);
  return sql;
}

// Up to this offset, SQL is as fast as walking an index.
constexpr std::int64_t kFarForSql = 1000;

// Whether the list contains every product of the organization.
bool is_whole(const RoutedRequest& request) {
  return request.where.empty() && request.filters.empty() && request.after == 0;
}

// PostgreSQL looks up the values of an array by hash if there are so many, and its plan knows them.
constexpr std::size_t kManyValues = 9;

Guard planning_of(const RoutedRequest& request) {
  return std::any_of(request.filters.begin(), request.filters.end(),
                     [](const RoutedRequest::Filter& filter) {
                       return filter.filter->column && filter.comparison != '-' &&
                              filter.values.size() >= kManyValues;
                     })
             ? Guard::by_values
             : Guard::plain;
}

class Ids final : public RowSink {
 public:
  void row(const Row& row) override { all.push_back(DatumGetInt64(row.datum(0))); }
  std::vector<std::int64_t> all;
};

}  // namespace

RequestStore::RequestStore(std::string schema, Oid space)
    : schema_(std::move(schema)),
      table_(Call([space] { return get_relname_relid("product", space); })) {}

std::optional<std::int64_t> RequestStore::find_organization(const std::string& reference) {
  Parameters parameters(schema_);
  const std::string wanted = parameters.add_text(reference);
  Ids ids;
  parameters.run("SELECT organization_id FROM " + schema_ +
                     ".product_organization WHERE reference OPERATOR(pg_catalog.=) " + wanted +
                     " LIMIT 2",
                 Guard::plain, &ids);
  if (ids.all.size() != 1) return std::nullopt;
  return ids.all.front();
}

bool RequestStore::is_known(std::int64_t organization_id) {
  Parameters parameters(schema_);
  const std::string id = parameters.add(INT8OID, Int64GetDatum(organization_id));
  const auto has = [&](const char* table) {
    return "EXISTS (SELECT FROM " + schema_ + table +
           " t WHERE t.organization_id OPERATOR(pg_catalog.=) " + id + ")";
  };
  Ids ids;
  parameters.run(
      "SELECT " + id + " WHERE " + has(".product_organization") + " OR " + has(".product"),
      Guard::index_only, &ids);
  return !ids.all.empty();
}

std::string RequestStore::listed(Parameters& parameters, std::int64_t organization_id,
                                 const RoutedRequest& request) {
  std::string sql = " FROM " + schema_ +
                    ".product p WHERE p.organization_id OPERATOR(pg_catalog.=) " +
                    parameters.add(INT8OID, Int64GetDatum(organization_id));
  for (const ListCondition* condition : request.where) {
    const Value& value = condition->value;
    const std::string parameter = value.kind() == Kind::boolean
                                      ? parameters.add(BOOLOID, BoolGetDatum(value.as_boolean()))
                                      : parameters.add_text(value.as_text());
    const std::string column = of_product(condition->column);
    // A product without a value differs from this value. (IS DISTINCT FROM would look up its
    // operator by name.)
    sql += condition->equals ? " AND " + column + " OPERATOR(pg_catalog.=) " + parameter
                             : " AND (" + column + " IS NULL OR " + column +
                                   " OPERATOR(pg_catalog.<>) " + parameter + ")";
  }
  for (const RoutedRequest::Filter& filter : request.filters) {
    if (!filter.filter->column) {
      std::string any;
      for (std::size_t i = 0; i < filter.values.size(); i += 2)
        any += (any.empty() ? "" : " OR ") +
               holds_custom_value(parameters, filter.values[i], filter.values[i + 1]);
      sql += " AND (" + any + ")";
      continue;
    }
    const ColumnInfo& column = info(*filter.filter->column);
    const std::string type(column.type == ColumnType::integer   ? "int4"
                           : column.type == ColumnType::bigint  ? "int8"
                           : column.type == ColumnType::boolean ? "bool"
                                                                : sql_name(column.type));
    // Casts the text to the column's own type; a text that cannot be cast was refused before. An
    // index returns its order after a single value, but not after an array.
    if (filter.comparison == '-') {
      sql += " AND (" + in_ranges(parameters, column, type, filter.values) + ")";
      continue;
    }
    sql += " AND " + of_product(*filter.filter->column) + " OPERATOR(pg_catalog." +
           filter.comparison + ") ";
    if (filter.values.size() == 1) {
      sql += "CAST(" + parameters.add_text(filter.values[0]) + " AS pg_catalog." + type + ")";
      continue;
    }
    ArrayBuilder values(ColumnType::text, filter.values.size());
    for (const std::string& v : filter.values) values.append(Value::text(v));
    sql += "ANY (CAST(" + parameters.add(TEXTARRAYOID, values.finish()) + " AS pg_catalog." + type +
           "[]))";
  }
  return sql;
}

std::optional<std::vector<std::int64_t>> RequestStore::walk_to(std::int64_t organization_id,
                                                               const RoutedRequest& request) const {
  if (!is_whole(request)) return std::nullopt;
  std::vector<OrderedColumn> order;
  const auto add = [&](Column column, bool descends) {
    const std::string name(info(column).name);
    order.push_back(
        {Call([table = table_, text = name.c_str()] { return get_attnum(table, text); }),
         descends});
  };
  for (const auto& [column, descends] : request.order) {
    if (!info(column).cast.empty()) return std::nullopt;  // its list is ordered by text
    add(column, descends);
  }
  if (request.order.empty() || request.order.back().first != Column::id) add(Column::id, false);
  if (order.back().descends) return std::nullopt;
  return ids_behind(table_, organization_id, order, request.offset, request.limit);
}

std::vector<std::int64_t> RequestStore::list(std::int64_t organization_id,
                                             const RoutedRequest& request,
                                             std::optional<std::int64_t> total) {
  // A page nearer to the end is counted from the end, so that the last page costs as much as the
  // first.
  const std::int64_t left = total ? std::max<std::int64_t>(0, *total - request.offset) : 0;
  const bool backwards = total && left < request.offset;
  if ((backwards ? left : request.offset) > kFarForSql) {
    if (auto ids = walk_to(organization_id, request)) return std::move(*ids);
  }
  const std::int64_t limit = backwards ? std::min(left, request.limit) : request.limit;
  Parameters parameters(schema_);
  std::string sql = "SELECT p.id" + listed(parameters, organization_id, request);
  if (request.after != 0)
    sql +=
        " AND p.id OPERATOR(pg_catalog.>) " + parameters.add(INT8OID, Int64GetDatum(request.after));
  sql += " ORDER BY ";
  bool by_id = false;
  for (const auto& [column, descends] : request.order) {
    sql += of_product(column) + (descends != backwards ? " DESC" : "") +
           (backwards ? " NULLS FIRST, " : " NULLS LAST, ");
    by_id |= column == Column::id;
  }
  sql += std::string(by_id ? "1" : "p.id") + (backwards ? " DESC" : "") + " LIMIT " +
         parameters.add(INT8OID, Int64GetDatum(limit)) + " OFFSET " +
         parameters.add(INT8OID, Int64GetDatum(backwards ? left - limit : request.offset));
  Ids ids;
  parameters.run(std::move(sql), planning_of(request), &ids);
  if (backwards) std::reverse(ids.all.begin(), ids.all.end());
  return ids.all;
}

std::int64_t RequestStore::count(std::int64_t organization_id, const RoutedRequest& request) {
  if (is_whole(request)) {
    if (const auto rows = count_rows(table_, organization_id)) return *rows;
  }
  Parameters parameters(schema_);
  std::string sql = "SELECT pg_catalog.count(*)" + listed(parameters, organization_id, request);
  Ids ids;
  parameters.run(std::move(sql), planning_of(request), &ids);
  return ids.all.front();
}

void RequestStore::give_uuids(std::int64_t organization_id, std::span<const std::int64_t> ids,
                              std::span<const Value> uuids) {
  Parameters parameters(schema_);
  const std::string organization = parameters.add(INT8OID, Int64GetDatum(organization_id));
  const std::string id = parameters.add_column(
      ColumnType::bigint, ids.size(), [&](std::size_t i) { return Value::integer(ids[i]); });
  const std::string uuid = parameters.add_column(ColumnType::uuid, uuids.size(),
                                                 [&](std::size_t i) { return uuids[i]; });
  parameters.run("UPDATE " + schema_ + ".product p SET uuid = d.uuid FROM (SELECT " + id +
                     " AS id, " + uuid +
                     " AS uuid) d WHERE p.organization_id OPERATOR(pg_catalog.=) " + organization +
                     " AND p.id OPERATOR(pg_catalog.=) d.id AND p.uuid IS NULL",
                 Guard::index_only, nullptr);
}

bool RequestStore::remove(std::int64_t organization_id, std::int64_t id, std::int32_t version,
                          const Route& route) {
  Parameters parameters(schema_);
  std::string sql =
      "DELETE FROM " + schema_ + ".product p WHERE p.organization_id OPERATOR(pg_catalog.=) " +
      parameters.add(INT8OID, Int64GetDatum(organization_id)) +
      " AND p.id OPERATOR(pg_catalog.=) " + parameters.add(INT8OID, Int64GetDatum(id)) +
      " AND p.version OPERATOR(pg_catalog.=) " + parameters.add(INT4OID, Int32GetDatum(version));
  ArrayBuilder allowed(ColumnType::text, route.only_values.size());
  if (route.only_column) {
    for (const std::string& value : route.only_values) allowed.append(Value::text(value));
    sql += " AND " + of_product(*route.only_column) + " OPERATOR(pg_catalog.=) ANY (" +
           parameters.add(TEXTARRAYOID, allowed.finish()) + ")";
  }
  Ids ids;
  parameters.run(sql + " RETURNING p.id", Guard::index_only, &ids);
  return !ids.all.empty();
}

}  // namespace product_upsert
