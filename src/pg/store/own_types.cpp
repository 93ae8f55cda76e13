#include "pg/store/own_types.hpp"

#include <optional>
#include <string>
#include <utility>

#include "core/value/interrupts.hpp"
#include "core/value/text.hpp"
#include "pg/boundary/boundary.hpp"
#include "pg/sql/statement.hpp"
#include "pg/types/array.hpp"
#include "pg/types/varlena.hpp"

extern "C" {
#include "catalog/pg_enum.h"
#include "executor/executor.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"
#include "utils/typcache.h"
}

namespace product_upsert {

namespace {

// The labels of an enum at present.
class Labels {
 public:
  explicit Labels(Oid type) : type_(type) {}

  // The label's oid, or InvalidOid.
  Oid find(const std::string& label) const {
    if (label.size() >= NAMEDATALEN) return InvalidOid;
    return Call([type = type_, name = label.c_str()]() -> Oid {
      const HeapTuple tuple =
          SearchSysCache2(ENUMTYPOIDNAME, ObjectIdGetDatum(type), CStringGetDatum(name));
      if (!HeapTupleIsValid(tuple)) return InvalidOid;
      const Oid oid = reinterpret_cast<Form_pg_enum>(GETSTRUCT(tuple))->oid;
      ReleaseSysCache(tuple);
      return oid;
    });
  }

  Failure refuse() {
    if (listed_.empty()) list();
    return {Code::enumeration, {}, "must be one of " + listed_, Details().texts("valid", labels_)};
  }

 private:
  void list() {
    class All final : public RowSink {
     public:
      explicit All(Labels& labels) : labels_(labels) {}
      void row(const Row& row) override {
        Arena arena;
        std::string label(view_text(row.datum(0), arena));
        add_to_list(labels_.listed_, label);
        labels_.labels_.push_back(std::move(label));
      }

     private:
      Labels& labels_;
    } all(*this);
    static const Statement statement(
        "SELECT enumlabel::pg_catalog.text FROM pg_catalog.pg_enum WHERE enumtypid "
        "OPERATOR(pg_catalog.=) $1 ORDER BY enumsortorder",
        {OIDOID});
    const Datum type = ObjectIdGetDatum(type_);
    execute(statement, {&type, 1}, {}, SnapshotKind::active, &all);
  }

  Oid type_;
  std::string listed_;
  std::vector<std::string> labels_;
};

// The constraints of a domain and of the domains below it, prepared for evaluation.
class Domain {
 public:
  explicit Domain(Oid type) : type_(type) {
    state_ = Call([type] {
      auto* const state = static_cast<State*>(palloc0(sizeof(State)));
      InitDomainConstraintRef(type, &state->constraints, CurrentMemoryContext, true);
      state->context = CreateStandaloneExprContext();
      state->length = get_typlen(type);
      return state;
    });
  }

  // The name of the first constraint that the value violates, "" for NOT NULL; null if it violates
  // none.
  const char* broken(Datum value, bool is_null) const {
    return Call([state = state_, value, is_null]() -> const char* {
      state->evaluated = nullptr;
      ResetExprContext(state->context);
      ListCell* cell;
      foreach (cell, state->constraints.constraints) {
        auto* const constraint = static_cast<DomainConstraintState*>(lfirst(cell));
        if (constraint->constrainttype == DOM_CONSTRAINT_NOTNULL) {
          if (is_null) return "";
          continue;
        }
        state->context->domainValue_datum =
            MakeExpandedObjectReadOnly(value, is_null, state->length);
        state->context->domainValue_isNull = is_null;
        state->evaluated = constraint->name;
        if (!ExecCheck(constraint->check_exprstate, state->context)) return constraint->name;
        state->evaluated = nullptr;
      }
      return nullptr;
    });
  }

  // Whether the error that was raised is one of a check of the last value, and thus of its
  // document.
  bool has_raised(const ErrorData& error) const {
    return state_->evaluated != nullptr && error.sqlerrcode != ERRCODE_T_R_DEADLOCK_DETECTED &&
           !is_no_rows_fault(error.sqlerrcode);
  }

  Failure refuse(const char* constraint) const {
    if (*constraint == '\0') return {Code::type, {}, "must not be null", {}};
    const std::string name = Call([type = type_] { return format_type_be(type); });
    return {Code::constraint,
            {},
            "violates check constraint \"" + std::string(constraint) + "\" of domain " + name,
            Details().text("constraint", constraint),
            "23514",
            constraint};
  }

  // For a check that was not false but raised an error.
  Failure refuse(const Raised& raised) const {
    Failure failure = refuse(state_->evaluated);
    if (raised.sqlstate == ERRCODE_INSUFFICIENT_PRIVILEGE) failure.code = Code::permission;
    failure.message += ": " + raised.message;
    failure.sqlstate = raised.code();
    failure.details = Details(std::move(failure.details)).text("sqlstate", failure.sqlstate);
    return failure;
  }

 private:
  struct State {
    DomainConstraintRef constraints;
    ExprContext* context;
    const char* evaluated;  // the check that is evaluated, or that raised an error
    std::int16_t length;
  };
  Oid type_;
  State* state_;
};

// Converts values to datums. Each is valid until the next.
class Maker {
 public:
  explicit Maker(ColumnType type)
      : is_array_(type == ColumnType::text_array),
        builder_(is_array_ ? ColumnType::text : type, 1) {}

  Datum make(const Value& value) {
    builder_.clear();
    if (!is_array_) {
      builder_.append(value);
      return builder_.only_element();
    }
    for (const Value& item : value.items()) builder_.append(item);
    return builder_.finish();
  }

 private:
  bool is_array_;
  ArrayBuilder builder_;
};

// Checks the values of one column.
class Check {
 public:
  explicit Check(const ColumnInfo& column)
      : base_(Call([type = column.type_id] { return getBaseType(type); })),
        is_enum_(!column.cast.empty()),
        labels_(base_),
        maker_(column.type) {
    if (base_ != column.type_id) domain_.emplace(column.type_id);
  }

  void run(std::span<const Value> values,
           const std::function<void(std::size_t place, Failure failure)>& broken) {
    std::size_t next = 0;
    const auto rest = [&] {
      for (; next < values.size(); ++next) {
        check_interrupts();
        if (std::optional<Failure> failure = judge(values[next])) broken(next, std::move(*failure));
      }
    };
    if (!domain_) return rest();
    // A check may raise an error: then what it did is undone, and the values behind it are checked.
    while (next < values.size()) {
      const Raised raised = CatchInSubtransaction(
          rest, [this](const ErrorData& error) { return !domain_->has_raised(error); });
      if (raised.sqlstate != 0) broken(next++, domain_->refuse(raised));
    }
  }

 private:
  std::optional<Failure> judge(const Value& value) {
    Datum datum = 0;
    if (value.has_value() && is_enum_) {
      const Oid label = labels_.find(std::string(value.as_text()));
      if (label == InvalidOid) return labels_.refuse();
      datum = ObjectIdGetDatum(label);
    } else if (value.has_value() && domain_) {
      datum = maker_.make(value);
    }
    if (!domain_) return std::nullopt;
    const char* const constraint = domain_->broken(datum, !value.has_value());
    if (constraint == nullptr) return std::nullopt;
    return domain_->refuse(constraint);
  }

  Oid base_;
  bool is_enum_;
  Labels labels_;
  std::optional<Domain> domain_;
  Maker maker_;
};

}  // namespace

void check_own_type(const ColumnInfo& column, std::span<const Value> values,
                    const std::function<void(std::size_t place, Failure failure)>& broken) {
  if (!values.empty()) Check(column).run(values, broken);
}

}  // namespace product_upsert
