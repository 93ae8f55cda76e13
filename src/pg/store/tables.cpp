#include "pg/store/tables.hpp"

#include <algorithm>
#include <map>
#include <vector>

#include "pg/boundary/boundary.hpp"
#include "pg/sql/statement.hpp"
#include "pg/types/array.hpp"

extern "C" {
#include "utils/inval.h"
}

namespace product_upsert {

namespace {

// What a session has found of the tables in one schema.
struct Checked {
  Oid space = InvalidOid;
  std::vector<Oid> tables;  // sorted; none while they are being looked at
  bool is_current = false;
  bool has_changed = false;  // since it was last looked at
};

// Never destroyed: the session's end frees it.
std::map<std::string, Checked, std::less<>>& all_checked() {
  static auto* const all = new std::map<std::string, Checked, std::less<>>;
  return *all;
}

// PostgreSQL calls it in the middle of anything: nothing here allocates or throws. 0 is every
// table.
extern "C" void note_table_change(Datum, Oid relation) {
  for (auto& [schema, checked] : all_checked()) {
    const auto& tables = checked.tables;
    if (relation != InvalidOid && !tables.empty() &&
        !std::binary_search(tables.begin(), tables.end(), relation))
      continue;
    checked.is_current = false;
    checked.has_changed = true;
  }
}

class Tables final : public RowSink {
 public:
  explicit Tables(std::vector<Oid>& tables) : tables_(tables) {}
  void row(const Row& row) override {
    const Datum array = row.datum(0);
    Oid* oids;
    int count;
    Call([array, &oids, &count] {
      ArrayType* const all = DatumGetArrayTypeP(array);
      oids = reinterpret_cast<Oid*>(ARR_DATA_PTR(all));
      count = ArrayGetNItems(ARR_NDIM(all), ARR_DIMS(all));
    });
    tables_.assign(oids, oids + count);
    std::sort(tables_.begin(), tables_.end());
  }

 private:
  std::vector<Oid>& tables_;
};

}  // namespace

void raise_no_tables() {
  Call([] {
    ereport(ERROR,
            (errcode(ERRCODE_UNDEFINED_TABLE), errmsg("the catalogue's tables do not exist"),
             errdetail_internal("%s", R"({"errors": [{"field": null, "code": "precondition", )"
                                      R"("message": "the catalogue's tables do not exist"}]})"),
             errhint("SELECT product_tables_create();")));
  });
  pg_unreachable();
}

void check_tables(const std::string& schema, Oid space) {
  Checked& checked = all_checked()[schema];
  static bool watching = false;
  if (!watching) {
    Call([] { CacheRegisterRelcacheCallback(note_table_change, Datum{0}); });
    watching = true;
  }
  if (checked.is_current && checked.space == space) return;
  checked = {.space = space, .tables = {}};
  std::vector<Oid> tables;
  Tables found(tables);
  execute(Statement("SELECT " + schema + ".product_tables_check()", {}), {}, {}, false, &found);
  checked.tables = std::move(tables);
  // What changed meanwhile is looked at again next time.
  checked.is_current = !checked.has_changed;
}

}  // namespace product_upsert
