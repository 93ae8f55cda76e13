#include "pg/boundary/boundary.hpp"

#include <algorithm>
#include <exception>
#include <iterator>
#include <new>
#include <string_view>

#include "pg/boundary/wait_point.hpp"

extern "C" {
#include "lib/stringinfo.h"
#include "utils/fmgrprotos.h"
#include "utils/json.h"
}

namespace product_upsert {

namespace {

// What Run returns to Enter. It is plain data; the strings are in PostgreSQL's memory.
struct Outcome {
  enum Kind : unsigned char { value, pending, failed } kind;
  int sqlstate = 0;
  Datum datum = 0;
  const char* message = nullptr;
  const char* hint = nullptr;
  const char* detail = nullptr;
  const char* constraint = nullptr;
};

constexpr std::size_t kLongestPrimaryMessage = 2000;

// recipe: kind
int sqlstate_of(Refused kind) {
  switch (kind) {
    case Refused::invalid: return ERRCODE_INVALID_PARAMETER_VALUE;
    case Refused::null_argument: return ERRCODE_NULL_VALUE_NOT_ALLOWED;
    case Refused::permission: return ERRCODE_INSUFFICIENT_PRIVILEGE;
    case Refused::not_found: return ERRCODE_NO_DATA_FOUND;
    case Refused::unknown_reference: return ERRCODE_FOREIGN_KEY_VIOLATION;
    case Refused::collision: return ERRCODE_UNIQUE_VIOLATION;
    case Refused::precondition: return ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE;
    case Refused::no_table: return ERRCODE_UNDEFINED_TABLE;
    case Refused::standby: return ERRCODE_READ_ONLY_SQL_TRANSACTION;
    case Refused::serialization: return ERRCODE_T_R_SERIALIZATION_FAILURE;
    case Refused::limit: return ERRCODE_PROGRAM_LIMIT_EXCEEDED;
  }
  return ERRCODE_INTERNAL_ERROR;
}

const char* keep(std::string_view text) {
  return Call([text] { return pnstrdup(text.data(), text.size()); });
}

Outcome refused(const Refusal& refusal) {
  Outcome outcome{Outcome::failed};
  outcome.sqlstate = sqlstate_of(refusal.kind);
  if (const std::string& s = refusal.sqlstate; s.size() == 5)
    outcome.sqlstate = MAKE_SQLSTATE(s[0], s[1], s[2], s[3], s[4]);
  if (!refusal.constraint.empty()) outcome.constraint = keep(refusal.constraint);
  outcome.message = keep(shortened(std::string(refusal.what()), kLongestPrimaryMessage));
  if (!refusal.hint.empty()) outcome.hint = keep(refusal.hint);
  outcome.detail = keep(detail_json(refusal));
  return outcome;
}

Outcome describe(std::exception_ptr thrown) {
  try {
    std::rethrow_exception(std::move(thrown));
  } catch (const Refusal& refusal) {
    return refused(refusal);
  } catch (const ErrorPending&) {
    return {Outcome::pending};
  } catch (const std::bad_alloc&) {
    return {Outcome::failed, ERRCODE_OUT_OF_MEMORY, 0, "out of memory"};
  } catch (const std::exception& e) {
    return {Outcome::failed, ERRCODE_INTERNAL_ERROR, 0, keep(e.what())};
  } catch (...) {
    return {Outcome::failed, ERRCODE_INTERNAL_ERROR, 0, "unknown C++ exception"};
  }
}

[[gnu::noinline]] Outcome Run(Body body, FunctionCallInfo fcinfo) noexcept {
  try {
    try {
      return {Outcome::value, 0, body(fcinfo)};
    } catch (...) {
      return describe(std::current_exception());
    }
  } catch (const ErrorPending&) {  // from the description
    return {Outcome::pending};
  } catch (...) {
    return {Outcome::failed, ERRCODE_OUT_OF_MEMORY, 0, "out of memory"};
  }
}

// Whether the owner's constraint, policy or trigger may have raised the error for a row: data
// exceptions, violated constraints, a missing privilege, RAISE, and codes that only users raise.
bool may_be_of_a_row(int sqlstate) {
  const char first = *unpack_sql_state(sqlstate);
  switch (ERRCODE_TO_CATEGORY(sqlstate)) {
    case ERRCODE_TO_CATEGORY(ERRCODE_DATA_EXCEPTION):
    case ERRCODE_TO_CATEGORY(ERRCODE_INTEGRITY_CONSTRAINT_VIOLATION):
    case ERRCODE_TO_CATEGORY(ERRCODE_TRIGGERED_DATA_CHANGE_VIOLATION):
    case ERRCODE_TO_CATEGORY(ERRCODE_WITH_CHECK_OPTION_VIOLATION):
    case ERRCODE_TO_CATEGORY(ERRCODE_RAISE_EXCEPTION): return true;
    case ERRCODE_TO_CATEGORY(ERRCODE_INTERNAL_ERROR): return false;
    default:
      return sqlstate == ERRCODE_INSUFFICIENT_PRIVILEGE || (first >= 'I' && first <= 'Z') ||
             (first >= '6' && first <= '9');
  }
}

// Of the error that is on its way.
bool has_position = false;
const char* field_of_error = nullptr;  // in PostgreSQL's memory, like those of Outcome

int current_trigger_depth() { return DatumGetInt32(DirectFunctionCall1(pg_trigger_depth, 0)); }

// PostgreSQL calls this while it raises an error, before it leaves the trigger that caused it.
void note_trigger_depth(void* depth) { *static_cast<int*>(depth) = current_trigger_depth(); }

void append_member(StringInfo json, const char* member, const char* text) {
  if (text == nullptr || *text == '\0') return;
  appendStringInfo(json, ", \"%s\": ", member);
  escape_json(json, text);
}

// An error that PostgreSQL raises for a row gets a DETAIL of the same shape as our own errors (rule
// 60), and so does whatever a trigger of the owner raises.
// recipe: error
[[noreturn]] void raise_again(int trigger_depth) {
  const int code = geterrcode();
  const bool of_a_trigger = trigger_depth > current_trigger_depth() && !is_no_rows_fault(code) &&
                            ERRCODE_TO_CATEGORY(code) != ERRCODE_TRANSACTION_ROLLBACK;
  if (!of_a_trigger && !may_be_of_a_row(code)) PG_RE_THROW();
  ErrorData* const error = CopyErrorData();
  FlushErrorState();
  constexpr char kOurs[] = "{\"errors\"";
  if (error->detail == nullptr || strncmp(error->detail, kOurs, sizeof kOurs - 1) != 0) {
    StringInfoData json;
    initStringInfo(&json);
    appendStringInfoString(&json, R"({"errors": [{"field": )");
    if (field_of_error == nullptr) appendStringInfoString(&json, "null");
    else escape_json(&json, field_of_error);
    append_member(
        &json, "code",
        error->sqlerrcode == ERRCODE_INSUFFICIENT_PRIVILEGE ? "permission" : "constraint");
    if (error->message == nullptr) error->message = pstrdup("error");
    append_member(&json, "message", error->message);
    append_member(&json, "constraint", error->constraint_name);
    append_member(&json, "sqlstate", unpack_sql_state(error->sqlerrcode));
    append_member(&json, "detail", error->detail);
    if (has_position) {
      appendStringInfoString(&json, R"(, "position": 1)");
      error->message = psprintf("document 1: %s", error->message);
    }
    appendStringInfoString(&json, "}]}");
    error->detail = json.data;
  }
  ReThrowError(error);
  pg_unreachable();
}

[[noreturn, gnu::noinline]] void raise(const Outcome& outcome, int trigger_depth) {
  if (outcome.kind == Outcome::pending) raise_again(trigger_depth);
  ereport(ERROR, (errcode(outcome.sqlstate), errmsg_internal("%s", outcome.message),
                  outcome.detail != nullptr ? errdetail_internal("%s", outcome.detail) : 0,
                  outcome.constraint != nullptr
                      ? err_generic_string(PG_DIAG_CONSTRAINT_NAME, outcome.constraint)
                      : 0,
                  outcome.hint != nullptr ? errhint("%s", outcome.hint) : 0));
  pg_unreachable();
}

}  // namespace

void NoteOnlyDocument(const OnlyDocument& document) {
  has_position = document.has_position;
  field_of_error = document.field.empty() ? nullptr : keep(document.field);
}

std::string column_of_pending_error(const char* table) {
  ErrorData* const error = Call([] { return CopyErrorData(); });
  const bool names = error->table_name != nullptr && error->column_name != nullptr &&
                     std::string_view(error->table_name) == table;
  std::string column = names ? error->column_name : "";
  Call([error] { FreeErrorData(error); });
  return column;
}

Datum Enter(Body body, FunctionCallInfo fcinfo) {
  has_position = false;
  field_of_error = nullptr;
  int trigger_depth = 0;  // at which the last error was raised
  ErrorContextCallback noting{error_context_stack, note_trigger_depth, &trigger_depth};
  error_context_stack = &noting;
  const Outcome outcome = Run(body, fcinfo);
  error_context_stack = noting.previous;
  if (outcome.kind != Outcome::value) raise(outcome, trigger_depth);
  return outcome.datum;
}

bool is_no_rows_fault(int sqlstate) {
  if (sqlstate == ERRCODE_T_R_DEADLOCK_DETECTED) return false;
  if (sqlstate == ERRCODE_LOCK_NOT_AVAILABLE) return true;
  // The stack is full: triggers that call us without an end. Each call on it would try again.
  if (sqlstate == ERRCODE_STATEMENT_TOO_COMPLEX) return true;
  constexpr int kClasses[] = {ERRCODE_CONNECTION_EXCEPTION,     ERRCODE_INVALID_TRANSACTION_STATE,
                              ERRCODE_TRANSACTION_ROLLBACK,     ERRCODE_INSUFFICIENT_RESOURCES,
                              ERRCODE_OPERATOR_INTERVENTION,    ERRCODE_SYSTEM_ERROR,
                              ERRCODE_CONFIG_FILE_ERROR,        ERRCODE_INTERNAL_ERROR,
                              ERRCODE_READ_ONLY_SQL_TRANSACTION};
  return std::any_of(std::begin(kClasses), std::end(kClasses), [&](int c) {
    return ERRCODE_TO_CATEGORY(sqlstate) == ERRCODE_TO_CATEGORY(c);
  });
}

namespace {

std::string text_or_nothing(const char* text) {
  return text == nullptr ? std::string() : std::string(text);
}

}  // namespace

Raised::Raised(const ErrorData& error)
    : sqlstate(error.sqlerrcode),
      message(text_or_nothing(error.message)),
      detail(text_or_nothing(error.detail)),
      hint(text_or_nothing(error.hint)),
      constraint(text_or_nothing(error.constraint_name)),
      table(text_or_nothing(error.table_name)),
      column(text_or_nothing(error.column_name)) {}

std::string Raised::code() const { return unpack_sql_state(sqlstate); }

namespace boundary {

namespace {

// The state before a subtransaction, to return to after it.
struct Outside {
  MemoryContext memory = CurrentMemoryContext;
  ResourceOwner owner = CurrentResourceOwner;
  int level = GetCurrentTransactionNestLevel();
};

void begin(const Outside& outside) {
  Call([memory = outside.memory] {
    BeginInternalSubTransaction(nullptr);
    MemoryContextSwitchTo(memory);
  });
}

// Like PL/pgSQL, keeps the caller's memory context inside the subtransaction and restores its
// resource owner afterwards.
void release(const Outside& outside) {
  PRODUCT_UPSERT_WAIT_POINT("release");
  Call([outside] {
    ReleaseCurrentSubTransaction();
    MemoryContextSwitchTo(outside.memory);
    CurrentResourceOwner = outside.owner;
    Assert(GetCurrentTransactionNestLevel() == outside.level);
  });
}

// Works wherever the error came from: while the subtransaction began, inside it, or after its
// release.
void roll_back(const Outside& outside) {
#ifdef PRODUCT_UPSERT_FAULTS
  const faults::Pause undoing;  // all others rely on a rollback that succeeds
#endif
  Call([outside] {
    MemoryContextSwitchTo(outside.memory);
    if (GetCurrentTransactionNestLevel() > outside.level) RollbackAndReleaseCurrentSubTransaction();
    MemoryContextSwitchTo(outside.memory);
    CurrentResourceOwner = outside.owner;
    Assert(GetCurrentTransactionNestLevel() == outside.level);
  });
}

}  // namespace

void in_subtransaction(void (*run)(void*), void* body, bool (*expects)(const ErrorData&, void*),
                       void* context, AtEnd at_end) {
  const Outside outside;
  bool raised = false;
  std::exception_ptr thrown;
  try {
    begin(outside);
    run(body);
    if (at_end == AtEnd::release) {
      release(outside);
      return;
    }
  } catch (const ErrorPending&) {
    raised = true;
  } catch (...) {
    thrown = std::current_exception();
  }

  // The error stays on PostgreSQL's stack during the rollback, as in the rollback of a whole
  // transaction. Copying it first could fail for lack of memory and leave the subtransaction open.
  roll_back(outside);
  if (thrown) std::rethrow_exception(thrown);
  if (!raised) return;
  ErrorData* const error = Call([] { return CopyErrorData(); });
  if (!expects(*error, context)) {
    Call([error] { FreeErrorData(error); });
    throw ErrorPending{};
  }
  Call([error] {
    FlushErrorState();
    FreeErrorData(error);
  });
}

bool is_raised(int sqlstate, void (*run)(void*), void* body) {
  bool raised = false;
  try {
    run(body);
  } catch (const ErrorPending&) {
    raised = true;
  }
  if (!raised) return false;
  const bool expected = Call([sqlstate] {
    ErrorData* const error = CopyErrorData();
    const bool same = error->sqlerrcode == sqlstate;
    FreeErrorData(error);
    if (same) FlushErrorState();
    return same;
  });
  if (!expected) throw ErrorPending{};
  return true;
}

}  // namespace boundary

}  // namespace product_upsert
