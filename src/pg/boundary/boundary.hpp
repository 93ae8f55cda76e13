#pragma once

#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/value/failure.hpp"
#include "core/value/faults.hpp"
#include "pg/boundary/compat.hpp"

// Where C++ and PostgreSQL meet: C++ exceptions never cross PostgreSQL's frames, and a longjmp
// never skips a destructor.

// Defines a function that SQL can call. The macro is followed by the body, which may throw. Use it
// in namespace product_upsert.
#define PRODUCT_UPSERT_FUNCTION(sql_name)                                                       \
  static Datum sql_name##_body(FunctionCallInfo fcinfo);                                        \
  extern "C" {                                                                                  \
  __attribute__((visibility("default"))) const Pg_finfo_record* pg_finfo_##sql_name(void);      \
  __attribute__((visibility("default"))) Datum sql_name(PG_FUNCTION_ARGS);                      \
  PG_FUNCTION_INFO_V1(sql_name);                                                                \
  Datum sql_name(PG_FUNCTION_ARGS) { return ::product_upsert::Enter(sql_name##_body, fcinfo); } \
  }                                                                                             \
  static Datum sql_name##_body([[maybe_unused]] FunctionCallInfo fcinfo)

namespace product_upsert {

// Says that a PostgreSQL error has been raised and is complete on PostgreSQL's own error stack.
// Catch it only to raise that error or another one instead, or to roll back its subtransaction.
struct ErrorPending {};

using Body = Datum (*)(FunctionCallInfo fcinfo);

// Runs the body. An exception becomes a PostgreSQL error when no C++ frame is left.
Datum Enter(Body body, FunctionCallInfo fcinfo);

// Whether an error is not about a written row: an error of the transaction, the server or its
// resources, or a cancel. A trigger, for example, may raise any other error about a row.
bool is_no_rows_fault(int sqlstate);

// What is known of the only document that an error on its way to Enter is about. Its DETAIL says
// it as those of several documents do (fine point f, rule 60).
struct OnlyDocument {
  bool has_position = false;  // in a bulk call
  std::string_view field;     // of the column that the error names; empty: none
};
void NoteOnlyDocument(const OnlyDocument& document);
// The column of this table that the pending error names; empty where it names none.
std::string column_of_pending_error(const char* table);

enum class AtEnd : bool { release, roll_back };

namespace boundary {

// `expects` says whether an error is dropped or raised again.
void in_subtransaction(void (*run)(void*), void* body, bool (*expects)(const ErrorData&, void*),
                       void* context, AtEnd at_end);
bool is_raised(int sqlstate, void (*run)(void*), void* body);

// Restores what a longjmp relies on, even if C++ unwinds the stack.
class Frame {
 public:
  Frame() = default;
  Frame(const Frame&) = delete;
  Frame& operator=(const Frame&) = delete;
  ~Frame() {
    PG_exception_stack = exceptions_;
    error_context_stack = contexts_;
  }

 private:
  sigjmp_buf* exceptions_ = PG_exception_stack;
  ErrorContextCallback* contexts_ = error_context_stack;
};

#ifdef PRODUCT_UPSERT_FAULTS
// Raises an error if this call is the one to fail; see core/value/faults.hpp.
void raise_if_due(faults::Kind kind);

template <typename F>
std::invoke_result_t<F&> fallible(F& f) {
  raise_if_due(faults::before_call);
  if constexpr (std::is_void_v<std::invoke_result_t<F&>>) {
    f();
    raise_if_due(faults::after_call);
  } else {
    const auto result = f();
    raise_if_due(faults::after_call);
    return result;
  }
}
#endif

}  // namespace boundary

// Runs `f`, which calls PostgreSQL; throws ErrorPending if PostgreSQL raises an error. `f` makes
// one call or a few, and constructs nothing: a longjmp would skip its destructor.
template <typename F>
[[gnu::noinline]] std::invoke_result_t<F&> Call(F f) {
  using Result = std::invoke_result_t<F&>;
  static_assert(std::is_trivially_destructible_v<F>, "a longjmp would skip the destructor");
  static_assert(std::is_void_v<Result> || std::is_trivially_copyable_v<Result>,
                "what comes out of PostgreSQL's frames is plain data");
  const boundary::Frame frame;
  const MemoryContext memory = CurrentMemoryContext;
  sigjmp_buf here;
  if (sigsetjmp(here, 0) != 0) {
    MemoryContextSwitchTo(memory);
    throw ErrorPending{};
  }
  PG_exception_stack = &here;
#ifdef PRODUCT_UPSERT_FAULTS
  return boundary::fallible(f);
#else
  return f();
#endif
}

// Runs `body`, which may throw, in a subtransaction. Afterwards its work is kept, or undone with
// AtEnd::roll_back. If anything is thrown or raised, the subtransaction is undone and the error
// continues to the caller.
template <typename F>
void InSubtransaction(F&& body, AtEnd at_end = AtEnd::release) {
  boundary::in_subtransaction([](void* f) { (*static_cast<std::remove_reference_t<F>*>(f))(); },
                              const_cast<void*>(static_cast<const void*>(&body)),
                              [](const ErrorData&, void*) { return false; }, nullptr, at_end);
}

// Runs `body`, which may throw. Returns true if this SQLSTATE was raised; the error is then
// dropped. Nothing is undone: the caller has to end its subtransaction, or the call, with an error
// of its own.
template <typename F>
bool IsRaised(int sqlstate, F&& body) {
  return boundary::is_raised(
      sqlstate, [](void* f) { (*static_cast<std::remove_reference_t<F>*>(f))(); },
      const_cast<void*>(static_cast<const void*>(&body)));
}

// An error that PostgreSQL raised, copied.
struct Raised {
  Raised() = default;
  explicit Raised(const ErrorData& error);
  Raised(int sqlstate, std::string message) : sqlstate(sqlstate), message(std::move(message)) {}
  std::string code() const;  // the SQLSTATE's five characters

  int sqlstate = 0;  // 0: none
  std::string message, detail, hint;
  std::string constraint, table, column;  // empty if the error names none
};

// Runs `body`, which may throw, in a subtransaction, and keeps its work. If PostgreSQL raises an
// error, the subtransaction is undone and the error returned; but one that `passes(const
// ErrorData&)` accepts continues to the caller, and so does what `body` throws.
template <typename F, typename Passes>
Raised CatchInSubtransaction(F&& body, Passes&& passes) {
  struct Context {
    Passes& passes;
    Raised raised;
  } context{passes, {}};
  boundary::in_subtransaction([](void* f) { (*static_cast<std::remove_reference_t<F>*>(f))(); },
                              const_cast<void*>(static_cast<const void*>(&body)),
                              [](const ErrorData& error, void* given) {
                                auto& c = *static_cast<Context*>(given);
                                if (c.passes(error)) return false;
                                c.raised = Raised(error);
                                return true;
                              },
                              &context, AtEnd::release);
  return std::move(context.raised);
}

}  // namespace product_upsert
