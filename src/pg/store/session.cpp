#include "pg/store/session.hpp"

#include <algorithm>
#include <map>

#include "core/http/http.hpp"
#include "core/value/failure.hpp"
#include "core/value/text.hpp"
#include "pg/boundary/boundary.hpp"
#include "pg/direct/plain_table.hpp"
#include "pg/sql/moment.hpp"
#include "pg/sql/relation_changes.hpp"
#include "pg/sql/statement.hpp"
#include "pg/store/own_columns.hpp"
#include "pg/types/array.hpp"
#include "pg/types/jsonb.hpp"
#include "pg/types/varlena.hpp"

extern "C" {
#include "access/table.h"
#include "access/tableam.h"
#include "storage/bufmgr.h"
#include "utils/snapmgr.h"
}

namespace product_upsert {

namespace {

std::vector<Column> columns_of(const std::string& rule, Datum names, const OwnColumns& own,
                               Arena& arena) {
  std::vector<Column> columns;
  const Value all = read_datum(ColumnType::text_array, names, false, arena);
  for (const Value& name : all.items()) {
    const auto column = own.find(name.as_text());
    if (!column) {
      throw Refusal(Refused::precondition,
                    "identity rule \"" + rule + "\" is for column \"" + name.printed() +
                        "\", which does not exist in product or has a type that cannot identify",
                    "Drop the rule with product_identity_drop, and create it again.");
    }
    columns.push_back(*column);
  }
  return columns;
}

// Empty if all fields are compared exactly.
std::vector<Fold> folds_of(const std::string& rule, const Value& names) {
  std::vector<Fold> folds;
  if (names.kind() != Kind::list) return folds;
  for (const Value& name : names.items()) {
    const auto fold = find_fold(name.printed());
    if (!fold) {
      throw Refusal(Refused::precondition,
                    "identity rule \"" + rule + "\" folds a field by \"" + name.printed() +
                        "\", which this library does not know",
                    "Valid are " + list_folds() + ".");
    }
    folds.push_back(*fold);
  }
  if (std::all_of(folds.begin(), folds.end(), [](Fold f) { return f == Fold::exact; }))
    folds.clear();
  return folds;
}

class Texts final : public RowSink {
 public:
  void row(const Row& row) override {
    Arena arena;
    add_to_list(joined, view_text(row.datum(0), arena));
  }
  std::string joined;
};

}  // namespace

struct Session::Impl {
  struct Compiled {
    // Where the profile's row is: its table and the table's file. VACUUM FULL writes a new file,
    // where another row may have the same tid.
    Oid table = InvalidOid;
    Oid file = InvalidOid;
    TransactionId xmin = InvalidTransactionId;
    CommandId cmin = InvalidCommandId;
    ItemPointerData tid{};
    Moment as_of;  // when it was last seen there
    std::shared_ptr<const Profile> profile;
    std::uint64_t columns = 0;  // the Impl::columns_number that it was compiled for
  };
  static bool is_current(const Compiled& kept);
  explicit Impl(const std::string& schema)
      : find_profile("SELECT definition, xmin, cmin, ctid, tableoid FROM " + schema +
                         ".product_profile WHERE name OPERATOR(pg_catalog.=) $1",
                     {TEXTOID}),
        list_profiles("SELECT name FROM " + schema + ".product_profile ORDER BY name", {}),
        // Tables of the version before have no folds.
        find_rules(
            "SELECT name, fields, COALESCE(required_fields, fields), nulls_equal, "
            "pg_catalog.to_jsonb(r) OPERATOR(pg_catalog.->) 'folds' FROM " +
                schema +
                ".product_identity r ORDER BY "
                "pg_catalog.array_position('{id,uuid,external_id,reference,handle,number,"
                "natural}'::pg_catalog.text[], name), name",
            {}) {}
  Statement find_profile, list_profiles, find_rules;
  std::map<std::string, Compiled, std::less<>> profiles;
  Oid space = InvalidOid;
  OwnColumns columns;
  std::uint64_t columns_as_of = 0;
  std::uint64_t columns_number = 0;  // grows whenever the columns change
  std::shared_ptr<const IdentityRules> rules;
  std::uint64_t rules_as_of = 0;
};

// Whether a statement would still find the row unchanged in the same place. This looks at the row's
// page, for a tenth of the cost of the statement. If it returns false, the statement is run.
bool Session::Impl::is_current(const Compiled& kept) {
  if (!OidIsValid(kept.file)) return false;
  return Call([table = kept.table, file = kept.file, xmin = kept.xmin, cmin = kept.cmin,
               tid = kept.tid]() -> bool {
    const Relation relation = try_table_open(table, AccessShareLock);
    if (relation == nullptr) return false;
    bool same = false;
    ItemPointerData place = tid;
    if (compat::file_of(relation) == file &&
        ItemPointerGetBlockNumber(&place) < RelationGetNumberOfBlocks(relation)) {
      // As SPI does, to see the transaction's own changes and those just committed.
      CommandCounterIncrement();
      PushActiveSnapshot(GetTransactionSnapshot());
      TupleTableSlot* const slot = table_slot_create(relation, nullptr);
      if (table_tuple_fetch_row_version(relation, &place, GetActiveSnapshot(), slot)) {
        // A transaction that truncates the table again writes another row of its own at this place.
        bool is_null;
        same =
            xmin == DatumGetTransactionId(
                        slot_getsysattr(slot, MinTransactionIdAttributeNumber, &is_null)) &&
            cmin == DatumGetCommandId(slot_getsysattr(slot, MinCommandIdAttributeNumber, &is_null));
      }
      ExecDropSingleTupleTableSlot(slot);
      PopActiveSnapshot();
    }
    table_close(relation, AccessShareLock);
    return same;
  });
}

Session::Session(const std::string& schema) : impl_(new Impl(schema)) {}

Session& Session::of(const std::string& schema, Oid space) {
  // Never destroyed: all is freed when the session ends.
  static auto* const sessions = new std::map<std::string, Session*, std::less<>>;
  auto it = sessions->find(schema);
  if (it == sessions->end()) it = sessions->emplace(schema, new Session(schema)).first;
  Impl& impl = *it->second->impl_;
  if (impl.space != space) impl.columns_as_of = 0;
  impl.space = space;
  return *it->second;
}

// Read again after any relation has changed; usually they are the same.
const OwnColumns& Session::own_columns() {
  const std::uint64_t as_of = relation_changes();
  if (impl_->columns_as_of == as_of) return impl_->columns;
  OwnColumns columns = read_own_columns(impl_->space);
  if (impl_->columns_number == 0 || !(columns == impl_->columns)) {
    impl_->columns = std::move(columns);
    ++impl_->columns_number;
  }
  impl_->columns_as_of = as_of;
  return impl_->columns;
}

namespace {

// A profile needs the column if it records, or shows, which source has written a field.
std::shared_ptr<const Profile> checked(const std::shared_ptr<const Profile>& profile,
                                       const OwnColumns& own) {
  if (own.has_sources ||
      (profile->precedence.empty() && !profile->columns.has(Column::field_sources)))
    return profile;
  throw Refusal(Refused::precondition, "sources of fields need the catalogue's tables of version 4",
                "SELECT product_tables_upgrade();",
                {{Code::precondition, "", "needs column field_sources of product", {}}});
}

// The table, if the caller may read all of it; InvalidOid: only a statement tells what he may read.
Oid shown_table(const char* name, Oid space) {
  return Call([name, space]() -> Oid {
    const Oid table = get_relname_relid(name, space);
    return OidIsValid(table) && is_shown_whole(table) ? table : InvalidOid;
  });
}

}  // namespace

std::shared_ptr<const Profile> Session::profile(const std::string& name) {
  class Refresh final : public RowSink {
   public:
    Refresh(const std::string& name, const OwnColumns& own) : name_(name), own_(own) {}
    void row(const Row& row) override {
      Arena arena;
      read.profile = compile_contract(name_, read_jsonb(row.datum(0), arena), own_);
      read.xmin = DatumGetTransactionId(row.datum(1));
      read.cmin = DatumGetCommandId(row.datum(2));
      read.tid = *reinterpret_cast<const ItemPointerData*>(DatumGetPointer(row.datum(3)));
      read.table = DatumGetObjectId(row.datum(4));
      read.file = Call([table = read.table] {
        // A tid of a table on another server means nothing here.
        const Relation relation = try_relation_open(table, AccessShareLock);
        if (relation == nullptr) return InvalidOid;
        const Oid file =
            relation->rd_rel->relkind == RELKIND_RELATION ? compat::file_of(relation) : InvalidOid;
        relation_close(relation, AccessShareLock);
        return file;
      });
    }
    Impl::Compiled read;  // without a profile if there is none of that name

   private:
    const std::string& name_;
    const OwnColumns& own_;
  };
  const OwnColumns& own = own_columns();
  const std::uint64_t columns = impl_->columns_number;
  const Oid table = shown_table("product_profile", impl_->space);
  const Moment now = Moment::now();
  if (const auto it = impl_->profiles.find(name); it != impl_->profiles.end()) {
    Impl::Compiled& kept = it->second;
    if (kept.columns == columns && kept.table == table &&
        (kept.as_of == now || Impl::is_current(kept))) {
      kept.as_of = now;
      return checked(kept.profile, own);
    }
  }
  // A policy of the owner may lead back here, so nothing that is kept is changed meanwhile.
  Refresh refresh(name, own);
  const Datum parameter = make_text(name);
  execute(impl_->find_profile, {&parameter, 1}, {}, SnapshotKind::fresh, &refresh);
  if (const auto profile = refresh.read.profile) {
    refresh.read.columns = columns;
    impl_->profiles.insert_or_assign(name, std::move(refresh.read));
    return checked(profile, own);
  }
  impl_->profiles.erase(name);
  Texts valid;
  execute(impl_->list_profiles, {}, {}, SnapshotKind::fresh, &valid);
  throw Refusal(Refused::invalid, "profile \"" + name + "\" is not known",
                "Valid are " + valid.joined + ".",
                {{Code::enumeration, "profile", "must be one of " + valid.joined, {}}});
}

std::shared_ptr<const IdentityRules> Session::rules() {
  // An identity rule exists as long as its index of product does. The counter is read first, so
  // that a change during the reading is noticed the next time.
  const std::uint64_t as_of = relation_changes();
  const bool is_shown = OidIsValid(shown_table("product_identity", impl_->space));
  if (is_shown && impl_->rules && impl_->rules_as_of == as_of) return impl_->rules;
  class Reading final : public RowSink {
   public:
    explicit Reading(const OwnColumns& own) : own_(own) {}
    void row(const Row& row) override {
      Arena arena;
      IdentityRule rule;
      rule.name = view_text(row.datum(0), arena);
      rule.fields = columns_of(rule.name, row.datum(1), own_, arena);
      rule.required = columns_of(rule.name, row.datum(2), own_, arena);
      rule.nulls_equal = DatumGetBool(row.datum(3));
      if (!row.is_null(4)) rule.folds = folds_of(rule.name, read_jsonb(row.datum(4), arena));
      if (!rule.folds.empty() && rule.folds.size() != rule.fields.size()) {
        throw Refusal(Refused::precondition,
                      "identity rule \"" + rule.name + "\" must have one fold for each field",
                      "Drop the rule with product_identity_drop, and create it again.");
      }
      if (!rule.fields.empty() && !rule.required.empty()) rules.rules.push_back(std::move(rule));
    }
    IdentityRules rules;

   private:
    const OwnColumns& own_;
  } reading(own_columns());
  // The indexes hold the current rules, whatever snapshot the caller has.
  read_latest(impl_->find_rules, {}, {}, &reading);
  auto rules = std::make_shared<const IdentityRules>(std::move(reading.rules));
  if (is_shown) {
    impl_->rules = rules;
    impl_->rules_as_of = as_of;
  }
  return rules;
}

}  // namespace product_upsert
