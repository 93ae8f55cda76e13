#include "pg/store/own_types.hpp"

#include <string>

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
    execute(statement, {&type, 1}, {}, true, &all);
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
        if (!ExecCheck(constraint->check_exprstate, state->context)) return constraint->name;
      }
      return nullptr;
    });
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

 private:
  struct State {
    DomainConstraintRef constraints;
    ExprContext* context;
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

}  // namespace

void check_own_type(const ColumnInfo& column, std::span<const Value> values,
                    const std::function<void(std::size_t place, Failure failure)>& broken) {
  if (values.empty()) return;
  const Oid base = Call([type = column.type_id] { return getBaseType(type); });
  const bool is_enum = !column.cast.empty();
  Labels labels(base);
  std::optional<Domain> domain;
  if (base != column.type_id) domain.emplace(column.type_id);
  Maker maker(column.type);
  for (std::size_t i = 0; i < values.size(); ++i) {
    check_interrupts();
    const Value& value = values[i];
    Datum datum = 0;
    if (value.has_value() && is_enum) {
      const Oid label = labels.find(std::string(value.as_text()));
      if (label == InvalidOid) {
        broken(i, labels.refuse());
        continue;
      }
      datum = ObjectIdGetDatum(label);
    } else if (value.has_value() && domain) {
      datum = maker.make(value);
    }
    if (!domain) continue;
    if (const char* const constraint = domain->broken(datum, !value.has_value()))
      broken(i, domain->refuse(constraint));
  }
}

}  // namespace product_upsert
