#include "pg/store/change_values.hpp"

#include <vector>

#include "pg/boundary/boundary.hpp"
#include "pg/direct/citus.hpp"
#include "pg/types/datum.hpp"

extern "C" {
#include "catalog/namespace.h"
#include "utils/varlena.h"
}

namespace product_upsert {

namespace {

class Changes final : public RowSink {
 public:
  void row(const Row& row) override {
    ids.push_back(DatumGetInt64(row.datum(1)));
    actions.push_back(read_datum(ColumnType::text, row.datum(2), row.is_null(2), arena_));
    changed.push_back(read_datum(ColumnType::jsonb, row.datum(3), row.is_null(3), arena_));
    versions.push_back(DatumGetInt32(row.datum(4)));
  }
  std::vector<std::int64_t> ids;
  std::vector<Value> actions, changed;
  std::vector<std::int32_t> versions;

 private:
  Arena arena_;
};

bool is_spread(const std::string& schema) {
  return Call([schema = schema.c_str()] {
    const RangeVar* const name = makeRangeVarFromNameList(
        textToQualifiedNameList(cstring_to_text(psprintf("%s.product_change", schema))));
    const Oid table = RangeVarGetRelid(name, NoLock, true);
    return OidIsValid(table) && is_distributed(table);
  });
}

}  // namespace

bool note_by_values(const std::string& schema, std::int64_t organization_id,
                    const Parameters& parameters, const std::string& changes) {
  if (!is_spread(schema)) return false;
  Changes read;
  parameters.run(changes, Guard::plain, &read);
  const std::size_t rows = read.ids.size();
  if (rows == 0) return true;
  Parameters written(schema);
  std::string values = written.add(INT8OID, Int64GetDatum(organization_id));
  values += ", " + written.add_column(ColumnType::bigint, rows,
                                      [&](std::size_t i) { return Value::integer(read.ids[i]); });
  values += ", " + written.add_column(ColumnType::text, rows,
                                      [&](std::size_t i) { return read.actions[i]; });
  values += ", " + written.add_column(ColumnType::jsonb, rows,
                                      [&](std::size_t i) { return read.changed[i]; });
  values += ", " + written.add_column(ColumnType::integer, rows, [&](std::size_t i) {
    return Value::integer(read.versions[i]);
  });
  written.run("INSERT INTO " + schema +
                  ".product_change (organization_id, product_id, action, changed, version)" +
                  inserted(values, rows),
              Guard::plain, nullptr);
  Parameters told;
  const std::string organization = told.add_text(std::to_string(organization_id));
  told.run("SELECT pg_catalog.pg_notify('product_change', " + organization + ")", Guard::plain,
           nullptr);
  return true;
}

}  // namespace product_upsert
