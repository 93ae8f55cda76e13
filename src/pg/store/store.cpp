#include "pg/store/store.hpp"

#include "pg/boundary/boundary.hpp"
#include "pg/boundary/wait_point.hpp"
#include "pg/direct/citus.hpp"
#include "pg/direct/partition.hpp"
#include "pg/direct/table_reader.hpp"
#include "pg/direct/table_writer.hpp"
#include "pg/sql/parameters.hpp"
#include "pg/store/deferrable_keys.hpp"
#include "pg/store/direct_rows.hpp"
#include "pg/store/id_sequence.hpp"
#include "pg/store/key_join.hpp"
#include "pg/store/product_rows.hpp"
#include "pg/store/released_keys.hpp"
#include "pg/store/rows_name.hpp"
#include "pg/types/datetime.hpp"
#include "pg/types/tid.hpp"

extern "C" {
#include "catalog/pg_class.h"
#include "storage/bufmgr.h"
#include "storage/lmgr.h"
#include "utils/snapmgr.h"
}

namespace product_upsert {

namespace {

// The number of groups of keys in one statement. Planning time grows faster than this number.
constexpr std::size_t kMostGroups = 50;
// With this many keys, a statement that finds out the best way to look for them is worth its cost.
constexpr std::size_t kManyKeys = 500;
// Reading a page of the table costs as much as looking up this many keys in an index, and reading
// their rows (doc/performance.md, "What was tried").
constexpr std::size_t kKeysPerPage = 1;
// Ids are drawn from the sequence in advance, even if the column is GENERATED ALWAYS.
constexpr const char* kOurIds = " OVERRIDING SYSTEM VALUE";

// The condition that row `p` is still the one that was read. A scan by tid does not check it again
// after waiting for another writer; the second half does. `version`: given if another row version
// may stand at the tid by now.
std::string still_there(const std::string& id, const std::string& tid, const std::string& version) {
  return " AND p.id OPERATOR(pg_catalog.=) " + id + " AND p.ctid OPERATOR(pg_catalog.=) " + tid +
         " AND (p.ctid OPERATOR(pg_catalog.<>) " + tid + ") IS NOT TRUE" +
         (version.empty() ? "" : " AND p.version OPERATOR(pg_catalog.=) " + version);
}

std::string add_ids(std::span<const std::int64_t> ids, Parameters& parameters) {
  return parameters.add_column(ColumnType::bigint, ids.size(),
                               [&](std::size_t i) { return Value::integer(ids[i]); });
}

std::vector<std::uint64_t> tids_of(std::span<const ReadRow> read) {
  std::vector<std::uint64_t> tids;
  tids.reserve(read.size());
  for (const ReadRow& row : read) tids.push_back(row.tid);
  return tids;
}

std::string add_tids(std::span<const ReadRow> read, Parameters& parameters) {
  return read.size() == 1
             ? parameters.add(TIDOID, PointerGetDatum(make_tid(read[0].tid)))
             : "pg_catalog.unnest(" + parameters.add(TIDARRAYOID, tid_array(tids_of(read))) + ")";
}

// Citus may have moved the rows to another server since they were read. A copy has tids of its own
// there, so a later version of a row may stand at the very tid of the one that was read.
std::string add_versions(Oid table, std::span<const ReadRow> read, JoinedRows& given,
                         Parameters& parameters) {
  if (!Call([table] { return is_distributed(table); })) return {};
  return given.add("version",
                   parameters.add_column(ColumnType::integer, read.size(), [&](std::size_t i) {
                     return Value::integer(read[i].version);
                   }));
}

std::vector<std::string> add_columns(const Writes& writes, Parameters& parameters) {
  std::vector<ColumnType> types;
  writes.columns.each([&](Column c) { types.push_back(info(c).type); });
  auto expressions = parameters.add_columns(types, writes.rows, writes.fill);
  std::size_t next = 0;
  writes.columns.each([&](Column c) {
    expressions[next] = cast_to(info(c), std::move(expressions[next]));
    ++next;
  });
  return expressions;
}

// Columns in the form that view_datum reads.
std::string list(const ColumnSet& columns, const char* qualifier) {
  std::string sql;
  columns.each([&](Column c) { sql += ", " + shown(info(c), qualifier); });
  return sql;
}

std::string list_names(const ColumnSet& columns) {
  std::string sql;
  columns.each([&](Column c) { sql += ", " + quoted(info(c).name); });
  return sql;
}

// While it lives, reads use the active snapshot.
class FixedReads {
 public:
  explicit FixedReads(bool& fixed) : fixed_(fixed) { fixed_ = true; }
  FixedReads(const FixedReads&) = delete;
  FixedReads& operator=(const FixedReads&) = delete;
  ~FixedReads() { fixed_ = false; }

 private:
  bool& fixed_;
};

}  // namespace

Store::Store(std::string schema, Oid space, std::span<const ColumnInfo> variant_columns)
    : schema_(std::move(schema)),
      product_(schema_ + ".product"),
      attempts_(space),
      related_(schema_, space, variant_columns, reads_fixed_, attempts_) {
  table_ = Call([space] { return get_relname_relid("product", space); });
  variants_ = Call([space] { return get_relname_relid("product_variant", space); });
}

// All reads use one snapshot, which an abort drops. A table that is rewritten looks empty to one
// from before: those that have a user's columns are locked first, as a statement does.
void Store::at_one_time(const std::function<void()>& body, Seen seen) {
  const FixedReads fixed(reads_fixed_);
  Call([seen, table = table_, variants = variants_] {
    if (OidIsValid(table)) LockRelationOid(table, AccessShareLock);
    if (OidIsValid(variants)) LockRelationOid(variants, AccessShareLock);
    CommandCounterIncrement();
    PushActiveSnapshot(seen == Seen::now ? GetLatestSnapshot() : GetTransactionSnapshot());
  });
  body();
  Call([] { PopActiveSnapshot(); });
  PRODUCT_UPSERT_WAIT_POINT("decided");
}

void Store::find(std::int64_t organization_id, std::span<const KeyGroup> groups,
                 const ColumnSet& columns, FoundSink& sink) {
  std::size_t keys = 0;
  for (const KeyGroup& group : groups) keys += group.items.size();
  if (keys >= kManyKeys) {
    if (const std::size_t pages = count_pages(organization_id);
        pages > 0 && pages * kKeysPerPage < keys)
      return scan(organization_id, groups, columns, sink);
    if (!has_products(organization_id)) return;
  }
  // Without a snapshot of our own, the statement's is used.
  if (reads_fixed_ && TableReader(table_).find(organization_id, groups, columns, sink)) return;
  for (; groups.size() > kMostGroups; groups = groups.subspan(kMostGroups))
    find_few(organization_id, groups.first(kMostGroups), columns, sink);
  find_few(organization_id, groups, columns, sink);
}

void Store::find_few(std::int64_t organization_id, std::span<const KeyGroup> groups,
                     const ColumnSet& columns, FoundSink& sink) {
  Parameters parameters(schema_);
  Assert(!groups.empty() && groups.size() <= kMostGroups);
  const std::string organization = parameters.add(INT8OID, Int64GetDatum(organization_id));
  const std::string product = rows_name(product_, table_, organization_id);
  std::string sql;
  for (const KeyGroup& group : groups) {
    const KeyJoin join = join_keys(group, schema_, parameters);
    if (!sql.empty()) sql += " UNION ALL ";
    sql += "SELECT " + join.item + ", " + std::to_string(group.rule) + ", p.ctid, p.id, p.version" +
           list(columns, "p.") + " FROM " + join.keys.joined() + product +
           " p WHERE p.organization_id OPERATOR(pg_catalog.=) " + organization + join.condition;
  }
  FindRows rows(columns, sink);
  parameters.read(std::move(sql), Guard::index_only, reads_fixed_, rows);
}

bool Store::has_products(std::int64_t organization_id) {
  Parameters parameters(schema_);
  const std::string organization = parameters.add(INT8OID, Int64GetDatum(organization_id));
  FlagRow flag;
  parameters.read("SELECT EXISTS (SELECT FROM " + rows_name(product_, table_, organization_id) +
                      " p WHERE p.organization_id OPERATOR(pg_catalog.=) " + organization + ")",
                  Guard::index_only, reads_fixed_, flag);
  return flag.value;
}

// The pages of the table, or of the partition that has the organization's rows; 0 if they are on
// another server.
std::size_t Store::count_pages(std::int64_t organization_id) const {
  return Call([table = table_, organization_id]() -> std::size_t {
    const Relation relation = relation_open(table, AccessShareLock);
    const Oid partition = partition_of(relation, organization_id);
    const Relation rows =
        OidIsValid(partition) ? relation_open(partition, AccessShareLock) : relation;
    const std::size_t pages = rows->rd_rel->relkind == RELKIND_RELATION
                                  ? RelationGetNumberOfBlocks(rows)
                                  : BlockNumber{0};
    if (rows != relation) relation_close(rows, AccessShareLock);
    relation_close(relation, AccessShareLock);
    return pages;
  });
}

void Store::scan(std::int64_t organization_id, std::span<const KeyGroup> groups,
                 const ColumnSet& columns, FoundSink& sink) {
  KeyScan scan(groups, sink);
  // As in find().
  if (reads_fixed_ && TableReader(table_).scan(organization_id, scan.columns(), columns, scan))
    return;
  ScanRows rows(scan, columns);
  Parameters parameters(schema_);
  const std::string organization = parameters.add(INT8OID, Int64GetDatum(organization_id));
  parameters.read("SELECT p.ctid, p.id, p.version" + list(columns, "p.") +
                      list(scan.columns(), "p.") + " FROM " +
                      rows_name(product_, table_, organization_id) +
                      " p WHERE p.organization_id OPERATOR(pg_catalog.=) " + organization,
                  Guard::scan, reads_fixed_, rows);
}

void Store::find_existing(std::int64_t organization_id, std::span<const KeyGroup> groups,
                          const std::function<void(std::uint32_t item)>& exists) {
  for (; groups.size() > kMostGroups; groups = groups.subspan(kMostGroups))
    find_existing(organization_id, groups.first(kMostGroups), exists);
  Parameters parameters(schema_);
  const std::string organization = parameters.add(INT8OID, Int64GetDatum(organization_id));
  const std::string product = rows_name(product_, table_, organization_id);
  std::string sql;
  for (const KeyGroup& group : groups) {
    const KeyJoin join = join_keys(group, schema_, parameters);
    if (!sql.empty()) sql += " UNION ALL ";
    const std::string of = product + " p WHERE p.organization_id OPERATOR(pg_catalog.=) " +
                           organization + join.condition;
    // Returns each key once, however many products have it.
    sql += "SELECT " + join.item +
           (groups.size() == 1 && group.items.size() == 1
                ? " FROM " + of + " LIMIT 1"
                : join.keys.from(" FROM ") + " WHERE EXISTS (SELECT FROM " + of + ")");
  }
  ExistingRows rows(exists);
  parameters.read(std::move(sql), Guard::index_only, reads_fixed_, rows);
}

void Store::lock(std::int64_t organization_id, std::span<const std::int64_t> ids) {
  attempts_.take_locks(ids.size());
  Parameters parameters(schema_);
  const std::string organization = parameters.add(INT8OID, Int64GetDatum(organization_id));
  JoinedRows given(ids.size());
  const std::string id = given.add("id", add_ids(ids, parameters));
  parameters.run("SELECT p.id FROM " + given.joined() + product_ +
                     " p WHERE p.organization_id OPERATOR(pg_catalog.=) " + organization +
                     " AND p.id OPERATOR(pg_catalog.=) " + id + " FOR NO KEY UPDATE OF p",
                 Guard::index_only, nullptr);
}

std::vector<std::int64_t> Store::reserve_ids(std::size_t count) { return draw_ids(table_, count); }

void Store::insert(const Writes& writes, Conflicts conflicts, WrittenSink& sink) {
  attempts_.take_locks(2 * writes.rows);
  if (conflicts == Conflicts::raise &&
      TableWriter(table_, writer_columns(writes)).insert(table_rows(writes), sink))
    return;
  Parameters parameters(schema_);
  const std::string organization = parameters.add(INT8OID, Int64GetDatum(writes.organization_id));
  std::string values = organization;
  for (const std::string& column : add_columns(writes, parameters)) values += ", " + column;
  const std::string into = writes.columns.has(Column::id)
                               ? inserts_name(product_, table_, writes.organization_id)
                               : product_;
  std::string sql = "INSERT INTO " + into + " (organization_id" + list_names(writes.columns) + ")" +
                    kOurIds + inserted(values, writes.rows);
  if (conflicts == Conflicts::skip && leaves_out_taken()) sql += " ON CONFLICT DO NOTHING";
  sql += " RETURNING id, version" + list(writes.returning, "");
  WrittenRows rows(writes.returning, sink);
  parameters.run(std::move(sql), Guard::plain, &rows);
}

bool Store::leaves_out_taken() { return !has_deferrable_keys(table_); }

bool Store::update(const Writes& writes, std::span<const ReadRow> read, WrittenSink& sink) {
  Assert(read.size() == writes.rows && writes.columns.has(Column::id));
  // A row is held already while it waits for a key.
  attempts_.take_locks(writes.rows + (writes.takes_keys ? 1 : 0));
  const TimestampTz time = GetCurrentTimestamp();
  if (TableWriter(table_, writer_columns(writes))
          .update(table_rows(writes), tids_of(read), time, sink))
    return true;
  Parameters parameters(schema_);
  const std::string organization = parameters.add(INT8OID, Int64GetDatum(writes.organization_id));
  const std::string now = parameters.add(TIMESTAMPTZOID, TimestampTzGetDatum(time));
  JoinedRows given(writes.rows);
  const std::string tid = given.add("tid", add_tids(read, parameters));
  const std::string version = add_versions(table_, read, given, parameters);
  std::string set;
  std::string id;
  const auto arrays = add_columns(writes, parameters);
  auto next = arrays.begin();
  writes.columns.each([&](Column c) {
    const std::string name = quoted(info(c).name);
    const std::string value = given.add(name, *next++);
    if (c == Column::id) {
      id = value;
    } else {
      set += name + " = " + value + ", ";
    }
  });
  const std::string sql =
      "UPDATE " + product_ + " p SET " + set +
      "version = p.version OPERATOR(pg_catalog.+) 1, updated_at = " + now + given.from(" FROM ") +
      " WHERE p.organization_id OPERATOR(pg_catalog.=) " + organization +
      still_there(id, tid, version) + " RETURNING p.id, p.version" + list(writes.returning, "p.");
  WrittenRows rows(writes.returning, sink);
  const auto run = [&] {
    parameters.run(sql, Guard::index_only, &rows);
    return true;
  };
  // SQL waits for any row, so the statement must be undoable.
  WriteError ignored;
  return writes.may_wait ? run() : atomically(run, Catching::deadlocks, ignored) == Attempt::done;
}

void Store::release(std::int64_t organization_id, const ColumnSet& columns,
                    std::span<const std::int64_t> ids, std::span<const ReadRow> read,
                    WrittenSink& sink) {
  Assert(ids.size() == read.size() && !columns.empty());
  attempts_.take_locks(ids.size());
  Parameters parameters;
  const std::string organization = parameters.add(INT8OID, Int64GetDatum(organization_id));
  JoinedRows given(ids.size());
  const std::string id = given.add("id", add_ids(ids, parameters));
  const std::string tid = given.add("tid", add_tids(read, parameters));
  const std::string version = add_versions(table_, read, given, parameters);
  const std::string set = set_free(table_, columns);
  class Moved final : public RowSink {
   public:
    explicit Moved(WrittenSink& sink) : sink_(sink) {}
    void row(const Row& row) override {
      const auto* place = reinterpret_cast<const ItemPointerData*>(DatumGetPointer(row.datum(1)));
      sink_.written({DatumGetInt64(row.datum(0)), pack_tid(*place), 0, {}});
    }

   private:
    WrittenSink& sink_;
  } moved(sink);
  parameters.run("UPDATE " + product_ + " p SET " + set + given.from(" FROM ") +
                     " WHERE p.organization_id OPERATOR(pg_catalog.=) " + organization +
                     still_there(id, tid, version) + " RETURNING p.id, p.ctid",
                 Guard::index_only, &moved);
}

void Store::remove(std::int64_t organization_id, std::span<const std::int64_t> ids,
                   std::span<const ReadRow> read, WrittenSink& sink) {
  Assert(ids.size() == read.size());
  attempts_.take_locks(ids.size());
  Parameters parameters;
  const std::string organization = parameters.add(INT8OID, Int64GetDatum(organization_id));
  JoinedRows given(ids.size());
  const std::string id = given.add("id", add_ids(ids, parameters));
  const std::string tid = given.add("tid", add_tids(read, parameters));
  const std::string version = add_versions(table_, read, given, parameters);
  class Gone final : public RowSink {
   public:
    explicit Gone(WrittenSink& sink) : sink_(sink) {}
    void row(const Row& row) override { sink_.written({DatumGetInt64(row.datum(0)), 0, 0, {}}); }

   private:
    WrittenSink& sink_;
  } gone(sink);
  parameters.run("DELETE FROM " + product_ + " p" + given.from(" USING ") +
                     " WHERE p.organization_id OPERATOR(pg_catalog.=) " + organization +
                     still_there(id, tid, version) + " RETURNING p.id",
                 Guard::index_only, &gone);
}

Attempt Store::atomically(const std::function<bool()>& body, Catching catching, WriteError& error) {
  return attempts_.run(body, catching, error);
}

bool Store::sees_one_time() { return IsolationUsesXactSnapshot(); }

Value Store::new_uuid(Arena& arena) {
  const auto* const uuid =
      Call([] { return DatumGetUUIDP(DirectFunctionCall1(gen_random_uuid, Datum{0})); });
  return read_uuid(uuid, arena);
}

}  // namespace product_upsert
