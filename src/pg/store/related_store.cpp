#include "pg/store/related_store.hpp"

#include <numeric>
#include <unordered_set>

#include "core/value/hash.hpp"
#include "pg/boundary/boundary.hpp"
#include "pg/boundary/wait_point.hpp"
#include "pg/direct/table_reader.hpp"
#include "pg/direct/table_writer.hpp"
#include "pg/sql/parameters.hpp"
#include "pg/store/deferrable_keys.hpp"
#include "pg/store/id_sequence.hpp"
#include "pg/store/own_columns.hpp"
#include "pg/store/rows_name.hpp"
#include "pg/types/tid.hpp"

extern "C" {
#include "access/xact.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/snapmgr.h"
}

namespace product_upsert {

namespace {

// The columns that Rows expects of a row `t`, after the item's number.
std::string list(std::span<const ColumnInfo> columns) {
  std::string sql = ", t.ctid";
  for (const ColumnInfo& c : columns) sql += ", " + shown(c, "t.");
  return sql;
}

// Passes an item's number, the row's tid and all its columns on.
class Rows final : public RowSink {
 public:
  Rows(std::span<const ColumnInfo> columns, TableSink& sink)
      : columns_(columns), sink_(sink), values_(columns_.size()) {}
  void row(const Row& row) override {
    for (; checked_ < columns_.size(); ++checked_)
      check_type(row, static_cast<int>(checked_) + 2, columns_[checked_].name,
                 columns_[checked_].type);
    arena_.reset();
    const auto* tid = reinterpret_cast<const ItemPointerData*>(DatumGetPointer(row.datum(1)));
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const int at = static_cast<int>(i) + 2;
      values_[i] = view_datum(columns_[i].type, row.datum(at), row.is_null(at), arena_);
    }
    sink_.row(static_cast<std::uint32_t>(DatumGetInt32(row.datum(0))), {pack_tid(*tid), values_});
  }

 private:
  std::span<const ColumnInfo> columns_;
  TableSink& sink_;
  std::vector<Value> values_;
  Arena arena_;
  std::size_t checked_ = 0;
};

// Adds the rows to write. Returns an expression for each of their columns.
std::vector<std::string> add_columns(const TableWrites& writes, std::span<const ColumnInfo> columns,
                                     Parameters& parameters) {
  std::vector<ColumnType> types;
  for (unsigned c : writes.columns) types.push_back(columns[c].type);
  auto expressions = parameters.add_columns(types, writes.rows, writes.fill);
  for (std::size_t i = 0; i < expressions.size(); ++i)
    expressions[i] = cast_to(columns[writes.columns[i]], std::move(expressions[i]));
  return expressions;
}

// The same for a writer below SQL.
TableRows table_rows(const TableWrites& writes) {
  return {writes.organization_id, writes.rows, writes.columns, {}, writes.fill, {}, true};
}

// The snapshot to read by: the active one, a new one as a statement takes it, or one that shows all
// that is committed by now.
enum class ReadBy : std::uint8_t { active, own, latest };

// Returns false if SQL has to read the rows.
bool read_without_statement(Oid table, std::span<const ColumnInfo> columns,
                            std::int64_t organization_id, std::span<const TableKeys> keys,
                            ReadBy by, TableSink& sink) {
  if (table == InvalidOid) return false;
  if (by != ReadBy::active) {
    Call([by, table] {
      // See Store::at_one_time().
      LockRelationOid(table, AccessShareLock);
      CommandCounterIncrement();
      PushActiveSnapshot(by == ReadBy::latest ? GetLatestSnapshot() : GetTransactionSnapshot());
    });
  }
  const bool read = TableReader(table).read(organization_id, columns, keys, sink);
  if (by != ReadBy::active) Call([] { PopActiveSnapshot(); });
  return read;
}

}  // namespace

std::string unqualified_name(Table table) {
  return table == Table::product ? "product" : "product_" + std::string(info(table).name);
}

std::string RelatedStore::name(Table table) const {
  return schema_ + "." + unqualified_name(table);
}

void RelatedStore::read(std::int64_t organization_id, Table table, std::span<const TableKeys> keys,
                        TableSink& sink) {
  const ReadBy by = reads_fixed_ ? ReadBy::active : ReadBy::own;
  if (read_without_statement(find(table), columns(table), organization_id, keys, by, sink)) return;
  Parameters parameters(schema_);
  const std::string organization = parameters.add(INT8OID, Int64GetDatum(organization_id));
  const std::string rows_of = rows_name(name(table), find(table), organization_id);
  std::string sql;
  for (const TableKeys& k : keys) {
    const std::size_t width = k.columns.size();
    JoinedRows given(k.items.size());
    const std::string item = given.add(
        "item", parameters.add_column(ColumnType::integer, k.items.size(),
                                      [&](std::size_t i) { return Value::integer(k.items[i]); }));
    std::string condition;
    for (std::size_t c = 0; c < width; ++c) {
      const ColumnInfo& column = columns(table)[k.columns[c]];
      const std::string key = parameters.add_column(
          column.type, k.items.size(), [&](std::size_t i) { return k.keys[i * width + c]; });
      condition += " AND t." + quoted(column.name) + " OPERATOR(pg_catalog.=) " +
                   given.add("k" + std::to_string(c), key);
    }
    if (!sql.empty()) sql += " UNION ALL ";
    sql += "SELECT " + item + list(columns(table)) + " FROM " + given.joined() + rows_of +
           " t WHERE t.organization_id OPERATOR(pg_catalog.=) " + organization + condition;
  }
  Rows rows(columns(table), sink);
  parameters.read(std::move(sql), Guard::index_only, reads_fixed_, rows);
}

void RelatedStore::read_all(std::int64_t organization_id, Table table, TableSink& sink) {
  const TableKeys all{{}, {0}, {}};
  if (read_without_statement(find(table), columns(table), organization_id, {&all, 1},
                             ReadBy::latest, sink))
    return;
  Parameters parameters(schema_);
  const std::string organization = parameters.add(INT8OID, Int64GetDatum(organization_id));
  Rows rows(columns(table), sink);
  parameters.read_latest("SELECT 0" + list(columns(table)) + " FROM " + name(table) +
                             " t WHERE t.organization_id OPERATOR(pg_catalog.=) " + organization,
                         rows);
}

Oid RelatedStore::find(Table table) const {
  const std::string name = unqualified_name(table);
  return Call([name = name.c_str(), space = space_] { return get_relname_relid(name, space); });
}

// Returns false if SQL has to insert the rows.
bool RelatedStore::insert_directly(const TableWrites& writes) const {
  if (!writes.may_fail) return false;
  TableRows rows = table_rows(writes);
  if (const int product = find_column(writes.table, "product_id"); product >= 0)
    rows.written = {find(Table::product), static_cast<unsigned>(product)};
  class : public WrittenSink {
    void written(const StoredProduct&) override {}
  } nobody;
  return TableWriter(find(writes.table), columns(writes.table)).insert(rows, nobody);
}

std::size_t RelatedStore::insert_rows(const TableWrites& writes) {
  attempts_.take_locks(2 * writes.rows);
  PRODUCT_UPSERT_WAIT_POINT("beside");
  if (insert_directly(writes)) return writes.rows;
  Parameters parameters(schema_);
  const std::string organization = parameters.add(INT8OID, Int64GetDatum(writes.organization_id));
  std::string names;
  for (unsigned c : writes.columns) names += ", " + quoted(columns(writes.table)[c].name);
  std::string values = organization;
  for (const std::string& value : add_columns(writes, columns(writes.table), parameters))
    values += ", " + value;
  const bool raises = writes.may_fail || has_deferrable_keys(find(writes.table));
  // Our ids come from the sequence, even if the column is GENERATED ALWAYS.
  return parameters.run("INSERT INTO " + name(writes.table) + " (organization_id" + names +
                            ") OVERRIDING SYSTEM VALUE" + inserted(values, writes.rows) +
                            (raises ? "" : " ON CONFLICT DO NOTHING"),
                        Guard::plain, nullptr);
}

std::vector<std::int64_t> RelatedStore::reserve_row_ids(Table table, std::size_t count) {
  return draw_ids(find(table), count);
}

// Returns the rows that SQL has to update: all, or those that another writer has moved.
std::vector<std::size_t> RelatedStore::update_directly(const TableWrites& writes,
                                                       TimestampTz now) const {
  std::vector<std::size_t> left(writes.rows);
  std::iota(left.begin(), left.end(), std::size_t{0});
  if (writes.tids.size() != writes.rows) return left;
  class Ids final : public WrittenSink {
   public:
    void written(const StoredProduct& row) override { all.insert(row.id); }
    std::unordered_set<std::int64_t, WordHash> all;
  } ids;
  if (TableWriter(find(writes.table), columns(writes.table))
          .update(table_rows(writes), writes.tids, now, ids)) {
    std::vector<Value> values(writes.columns.size());
    std::erase_if(left, [&](std::size_t row) {
      writes.fill(row, values);
      return ids.all.contains(values[0].as_integer().value_or(0));
    });
  }
  return left;
}

std::size_t RelatedStore::update_rows(const TableWrites& writes) {
  attempts_.take_locks(2 * writes.rows);
  PRODUCT_UPSERT_WAIT_POINT("beside");
  const TimestampTz now = GetCurrentTimestamp();
  const auto left = update_directly(writes, now);
  const std::size_t written = writes.rows - left.size();
  if (left.empty()) return written;
  TableWrites rest = writes;
  rest.rows = left.size();
  rest.fill = [&](std::size_t row, std::span<Value> values) { writes.fill(left[row], values); };
  Parameters parameters(schema_);
  const std::string organization = parameters.add(INT8OID, Int64GetDatum(writes.organization_id));
  JoinedRows given(rest.rows);
  std::string set;
  std::string id;
  const auto values = add_columns(rest, columns(writes.table), parameters);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::string_view column = columns(writes.table)[writes.columns[i]].name;
    const std::string value = given.add(quoted(column), values[i]);
    if (column == "id") {
      id = value;
    } else {
      set += (set.empty() ? "" : ", ") + quoted(column) + " = " + value;
    }
  }
  if (find_column(writes.table, "updated_at") >= 0) {
    set += (set.empty() ? "" : ", ") + std::string("updated_at = ") +
           parameters.add(TIMESTAMPTZOID, TimestampTzGetDatum(now));
  }
  return written +
         parameters.run("UPDATE " + name(writes.table) + " t SET " + set + given.from(" FROM ") +
                            " WHERE t.organization_id OPERATOR(pg_catalog.=) " + organization +
                            " AND t.id OPERATOR(pg_catalog.=) " + id,
                        Guard::index_only, nullptr);
}

std::size_t RelatedStore::delete_rows(const TableWrites& writes) {
  attempts_.take_locks(2 * writes.rows);
  PRODUCT_UPSERT_WAIT_POINT("beside");
  Parameters parameters(schema_);
  const std::string organization = parameters.add(INT8OID, Int64GetDatum(writes.organization_id));
  JoinedRows given(writes.rows);
  std::string condition;
  const auto values = add_columns(writes, columns(writes.table), parameters);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::string column = quoted(columns(writes.table)[writes.columns[i]].name);
    condition += " AND t." + column + " OPERATOR(pg_catalog.=) " + given.add(column, values[i]);
  }
  return parameters.run("DELETE FROM " + name(writes.table) + " t" + given.from(" USING ") +
                            " WHERE t.organization_id OPERATOR(pg_catalog.=) " + organization +
                            condition,
                        Guard::index_only, nullptr);
}

// This waits for a definition that is being changed, and then the foreign key fails.
std::optional<std::size_t> RelatedStore::insert_uses(const TableWrites& writes) {
  std::size_t inserted = 0;
  if (IsRaised(ERRCODE_FOREIGN_KEY_VIOLATION, [&] { inserted = insert_rows(writes); }))
    return std::nullopt;
  return inserted;
}

void RelatedStore::find_values(
    std::int64_t organization_id, std::span<const std::string> keys,
    const std::function<void(std::size_t key, std::int64_t product)>& found) {
  class Holders final : public RowSink {
   public:
    explicit Holders(const std::function<void(std::size_t, std::int64_t)>& found) : found_(found) {}
    void row(const Row& row) override {
      found_(static_cast<std::size_t>(DatumGetInt32(row.datum(0))), DatumGetInt64(row.datum(1)));
    }

   private:
    const std::function<void(std::size_t, std::int64_t)>& found_;
  } holders(found);
  Parameters parameters(schema_);
  const std::string organization = parameters.add(INT8OID, Int64GetDatum(organization_id));
  const std::string number = parameters.add_column(
      ColumnType::integer, keys.size(),
      [](std::size_t i) { return Value::integer(static_cast<std::int64_t>(i)); });
  const std::string key = parameters.add_column(
      ColumnType::text, keys.size(), [&](std::size_t i) { return Value::text(keys[i]); });
  parameters.read("SELECT d.item, h.id FROM (SELECT " + number + " AS item, " + key +
                      " AS key) d CROSS JOIN LATERAL (SELECT p.id FROM " + name(Table::product) +
                      " p WHERE p.organization_id OPERATOR(pg_catalog.=) " + organization +
                      " AND pg_catalog.jsonb_typeof(pg_catalog.jsonb_object_field(p.custom_fields, "
                      "d.key)) OPERATOR(pg_catalog.<>) 'null' LIMIT 1) h",
                  Guard::plain, reads_fixed_, holders);
}

// If the caller has the privilege on some of the columns, PostgreSQL itself reports what is
// missing.
bool RelatedStore::may_insert(Table table) {
  return Call([relation = find(table)] {
    const Oid user = GetUserId();
    return pg_class_aclcheck(relation, user, ACL_INSERT) == ACLCHECK_OK ||
           pg_attribute_aclcheck_all(relation, user, ACL_INSERT, ACLMASK_ANY) == ACLCHECK_OK;
  });
}

void RelatedStore::read_ancestors(std::int64_t organization_id, std::span<const std::int64_t> ids,
                                  TableSink& sink) {
  Parameters parameters(schema_);
  const std::string organization = parameters.add(INT8OID, Int64GetDatum(organization_id));
  const std::string id = parameters.add_column(
      ColumnType::bigint, ids.size(), [&](std::size_t i) { return Value::integer(ids[i]); });
  Rows rows(columns(Table::product), sink);
  // Each row is looked up by its key, however small or large the table was when the statement was
  // planned: a join could be planned as one pass over the organization's products for each level.
  const auto by_key = [&](const std::string& selected, const std::string& key) {
    return " CROSS JOIN LATERAL (SELECT " + selected + " FROM " + name(Table::product) +
           " t WHERE t.organization_id OPERATOR(pg_catalog.=) " + organization +
           " AND t.id OPERATOR(pg_catalog.=) " + key + " LIMIT 1";
  };
  const std::string selected = list(columns(Table::product)).substr(2);
  // UNION instead of UNION ALL, so that a cycle made by direct SQL ends the walk.
  std::string sql = "WITH RECURSIVE a AS (SELECT t.id, t.parent_product_id FROM (SELECT " + id +
                    " AS id) d" + by_key("t.id, t.parent_product_id", "d.id") +
                    ") t UNION SELECT t.id, t.parent_product_id FROM a" +
                    by_key("t.id, t.parent_product_id", "a.parent_product_id") +
                    ") t) SELECT 0, t.* FROM a" + by_key(selected, "a.id");
  // Uses a new snapshot, to see what the previous writer did while we waited for the lock. If the
  // transaction has one old snapshot, it may not show which parents the previous writer added; then
  // locking a row that has changed since raises 40001.
  if (locks_parents_ && IsolationUsesXactSnapshot()) sql += " FOR SHARE OF t";
  sql += ") t";
  parameters.run(std::move(sql), Guard::recursive, &rows);
}

}  // namespace product_upsert
