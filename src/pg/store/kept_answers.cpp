#include "pg/store/kept_answers.hpp"

#include "core/value/events.hpp"
#include "pg/boundary/boundary.hpp"
#include "pg/sql/parameters.hpp"
#include "pg/types/jsonb.hpp"

namespace product_upsert {

namespace {

class Count final : public RowSink {
 public:
  void row(const Row&) override { ++rows; }
  int rows = 0;
};

// The columns are: whether the call is the same, status, body, headers.
class Kept final : public RowSink {
 public:
  explicit Kept(Arena& arena) : arena_(arena) {}
  void row(const Row& row) override {
    found = true;
    same = DatumGetBool(row.datum(0));
    if (row.is_null(1)) return;
    answer.status = DatumGetInt32(row.datum(1));
    if (!row.is_null(2)) answer.body = read_jsonb(row.datum(2), arena_).json();
    const Value headers = row.is_null(3) ? Value() : read_jsonb(row.datum(3), arena_);
    if (headers.kind() != Kind::object) return;
    for (const Member& m : headers.members()) answer.headers.emplace_back(m.key, m.value.printed());
  }
  bool found = false, same = false;
  HttpAnswer answer;

 private:
  Arena& arena_;
};

}  // namespace

void KeptAnswers::check_table(Oid space, const std::string& key_name) {
  if (Call([space] { return get_relname_relid("product_idempotency", space); }) != InvalidOid)
    return;
  throw Refusal(Refused::no_table,
                "an idempotency key needs table product_idempotency, which the catalogue's tables "
                "do not have yet",
                "SELECT product_tables_upgrade();",
                {{Code::precondition, key_name, "needs table product_idempotency", {}}});
}

std::optional<HttpAnswer> KeptAnswers::find_or_claim(std::optional<Datum> body, Oid type,
                                                     Arena& arena) {
  Parameters parameters(schema_);
  const std::string organization = parameters.add(INT8OID, Int64GetDatum(organization_id_));
  const std::string key = parameters.add_text(call_.key);
  const std::string asked = parameters.add_text(call_.asked);
  const std::string said = parameters.add(type, body.value_or(Datum{0}), !body);
  const std::string hours = parameters.add(INT4OID, Int32GetDatum(call_.hours));
  const std::string table = schema_ + ".product_idempotency";
  const std::string call = "pg_catalog.sha256(pg_catalog.convert_to(pg_catalog.concat(" + asked +
                           ", CAST(" + said + " AS pg_catalog.text)), 'UTF8'))";
  Count claimed;
  parameters.run(
      "INSERT INTO " + table + " AS t (organization_id, caller, key, call) VALUES (" +
          organization + ", CURRENT_USER, " + key + ", " + call +
          ") ON CONFLICT (organization_id, caller, key) DO UPDATE SET call = EXCLUDED.call, status "
          "= NULL, body = NULL, headers = NULL, created_at = EXCLUDED.created_at WHERE "
          "t.created_at OPERATOR(pg_catalog.<=) (pg_catalog.now() OPERATOR(pg_catalog.-) "
          "pg_catalog.make_interval(0, 0, 0, 0, " +
          hours + ")) RETURNING true",
      Guard::index_only, &claimed);
  if (claimed.rows > 0) {
    forget_expired();
    return std::nullopt;
  }
  Kept kept(arena);
  parameters.run("SELECT t.call OPERATOR(pg_catalog.=) " + call +
                     ", t.status, t.body, t.headers FROM " + table +
                     " t WHERE t.organization_id OPERATOR(pg_catalog.=) " + organization +
                     " AND t.caller OPERATOR(pg_catalog.=) CURRENT_USER AND t.key "
                     "OPERATOR(pg_catalog.=) " +
                     key,
                 Guard::index_only, &kept);
  if (!kept.found || !kept.same) throw OtherCall{};
  return kept.answer;
}

void KeptAnswers::keep(const HttpAnswer& answer) {
  Parameters parameters(schema_);
  const std::string organization = parameters.add(INT8OID, Int64GetDatum(organization_id_));
  const std::string key = parameters.add_text(call_.key);
  const std::string status = parameters.add(INT4OID, Int32GetDatum(answer.status));
  const bool no_body = answer.body.empty();
  const std::string body =
      parameters.add(JSONBOID, no_body ? Datum{0} : make_jsonb(answer.body), no_body);
  const std::string headers = parameters.add(JSONBOID, make_jsonb(headers_json(answer.headers)));
  parameters.run("UPDATE " + schema_ + ".product_idempotency t SET status = " + status +
                     ", body = " + body + ", headers = " + headers +
                     " WHERE t.organization_id OPERATOR(pg_catalog.=) " + organization +
                     " AND t.caller OPERATOR(pg_catalog.=) CURRENT_USER AND t.key "
                     "OPERATOR(pg_catalog.=) " +
                     key,
                 Guard::index_only, nullptr);
}

// Each new key removes a few expired ones, so that they never pile up and no call has to remove
// many.
void KeptAnswers::forget_expired() {
  Parameters parameters(schema_);
  const std::string organization = parameters.add(INT8OID, Int64GetDatum(organization_id_));
  const std::string hours = parameters.add(INT4OID, Int32GetDatum(call_.hours));
  const std::string table = schema_ + ".product_idempotency";
  parameters.run(
      "DELETE FROM " + table + " t USING (SELECT o.caller, o.key FROM " + table +
          " o WHERE o.organization_id OPERATOR(pg_catalog.=) " + organization +
          " AND o.created_at OPERATOR(pg_catalog.<=) (pg_catalog.now() OPERATOR(pg_catalog.-) "
          "pg_catalog.make_interval(0, 0, 0, 0, " +
          hours +
          ")) LIMIT 10 FOR UPDATE SKIP LOCKED) e WHERE t.organization_id OPERATOR(pg_catalog.=) " +
          organization +
          " AND t.caller OPERATOR(pg_catalog.=) e.caller AND t.key OPERATOR(pg_catalog.=) e.key",
      Guard::index_only, nullptr);
}

}  // namespace product_upsert
