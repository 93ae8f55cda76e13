#include "pg/boundary/boundary.hpp"

#include <exception>
#include <new>
#include <string_view>

#include "pg/boundary/wait_point.hpp"

extern "C" {
#include "lib/stringinfo.h"
#include "utils/json.h"
}

namespace product_upsert {

namespace {

// What Run hands to Enter: plain data, strings in PostgreSQL's memory.
struct Outcome {
  enum Kind : unsigned char { value, pending, failed } kind;
  int sqlstate = 0;
  Datum datum = 0;
  const char* message = nullptr;
  const char* hint = nullptr;
  const char* detail = nullptr;
};

int sqlstate_of(Refused kind) {
  switch (kind) {
    case Refused::invalid: return ERRCODE_INVALID_PARAMETER_VALUE;
    case Refused::null_argument: return ERRCODE_NULL_VALUE_NOT_ALLOWED;
    case Refused::permission: return ERRCODE_INSUFFICIENT_PRIVILEGE;
    case Refused::not_found: return ERRCODE_NO_DATA_FOUND;
    case Refused::unknown_reference: return ERRCODE_FOREIGN_KEY_VIOLATION;
    case Refused::collision: return ERRCODE_UNIQUE_VIOLATION;
    case Refused::precondition: return ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE;
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
  outcome.message = keep(refusal.what());
  if (!refusal.hint.empty()) outcome.hint = keep(refusal.hint);
  const std::string detail = "{\"errors\": " + errors_json(refusal.errors) + "}";
  outcome.detail = keep(detail);
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

// A privilege that PostgreSQL finds missing is told in the same words as one that we do.
[[noreturn]] void raise_again() {
  if (geterrcode() != ERRCODE_INSUFFICIENT_PRIVILEGE) PG_RE_THROW();
  ErrorData* const error = CopyErrorData();
  FlushErrorState();
  if (error->detail == nullptr) {
    StringInfoData message;
    initStringInfo(&message);
    escape_json(&message, error->message);
    error->detail = psprintf(
        R"({"errors": [{"field": null, "code": "permission", "message": %s}]})", message.data);
  }
  ReThrowError(error);
  pg_unreachable();
}

[[noreturn, gnu::noinline]] void raise(const Outcome& outcome) {
  if (outcome.kind == Outcome::pending) raise_again();
  ereport(ERROR, (errcode(outcome.sqlstate), errmsg_internal("%s", outcome.message),
                  outcome.detail != nullptr ? errdetail_internal("%s", outcome.detail) : 0,
                  outcome.hint != nullptr ? errhint("%s", outcome.hint) : 0));
  pg_unreachable();
}

}  // namespace

Datum Enter(Body body, FunctionCallInfo fcinfo) {
  const Outcome outcome = Run(body, fcinfo);
  if (outcome.kind != Outcome::value) raise(outcome);
  return outcome.datum;
}

namespace boundary {

namespace {

void roll_back(MemoryContext memory, ResourceOwner owner) {
  Call([memory, owner] {
    RollbackAndReleaseCurrentSubTransaction();
    MemoryContextSwitchTo(memory);
    CurrentResourceOwner = owner;
  });
}

}  // namespace

int in_subtransaction(void (*run)(void*), void* body, bool (*expects)(const ErrorData&, void*),
                      void* context, AtEnd at_end) {
  // As PL/pgSQL does: the caller's memory context inside, its resource owner back afterwards.
  const MemoryContext memory = CurrentMemoryContext;
  const ResourceOwner owner = CurrentResourceOwner;
  Call([memory] {
    BeginInternalSubTransaction(nullptr);
    MemoryContextSwitchTo(memory);
  });

  bool raised = false;
  std::exception_ptr thrown;
  try {
    run(body);
    if (at_end == AtEnd::release) {
      PRODUCT_UPSERT_WAIT_POINT("release");
      Call([memory, owner] {
        ReleaseCurrentSubTransaction();
        MemoryContextSwitchTo(memory);
        CurrentResourceOwner = owner;
      });
      return 0;
    }
  } catch (const ErrorPending&) {
    raised = true;
  } catch (...) {
    thrown = std::current_exception();
  }

  if (!raised) {
    MemoryContextSwitchTo(memory);
    roll_back(memory, owner);
    if (thrown) std::rethrow_exception(thrown);
    return 0;
  }

  MemoryContextSwitchTo(memory);
  ErrorData* const error = Call([] {
    ErrorData* const copy = CopyErrorData();
    FlushErrorState();
    return copy;
  });
  roll_back(memory, owner);
  const int sqlstate = error->sqlerrcode;
  if (!expects(*error, context)) Call([error] { ReThrowError(error); });
  Call([error] { FreeErrorData(error); });
  return sqlstate;
}

}  // namespace boundary

}  // namespace product_upsert
