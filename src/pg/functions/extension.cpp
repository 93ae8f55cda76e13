#include "pg/functions/extension.hpp"

#include <string_view>

#include "core/value/hash.hpp"
#include "core/value/interrupts.hpp"
#include "core/value/text.hpp"
#include "core/value/unicode.hpp"
#include "pg/boundary/boundary.hpp"
#include "pg/boundary/settings.hpp"
#include "pg/boundary/statistics.hpp"
#include "pg/types/varlena.hpp"

extern "C" {
#include "utils/fmgroids.h"

// In PostgreSQL 15, the macro does not export it.
__attribute__((visibility("default"))) const Pg_magic_struct* PG_MAGIC_FUNCTION_NAME(void);
PRODUCT_UPSERT_MODULE_MAGIC;
// NOLINTNEXTLINE(bugprone-reserved-identifier): by which PostgreSQL calls it
__attribute__((visibility("default"))) void _PG_init(void);
}

namespace product_upsert {

namespace {

// Throws if the call is cancelled or timed out.
void answer_interrupts() {
  if (INTERRUPTS_PENDING_CONDITION()) Call([] { CHECK_FOR_INTERRUPTS(); });
}

// Once in a session: provides PostgreSQL's functions to the core, which does not know them.
void set_up() {
  define_settings();
  prepare_statistics();
  HashSecret secret;
  if (!pg_strong_random(secret.words.data(), sizeof secret.words))
    ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR), errmsg("could not generate random values")));
  set_hash_secret(secret);
  set_interrupt_check(answer_interrupts);
}

}  // namespace

std::string schema_of(FunctionCallInfo fcinfo) {
  const char* const quoted = Call([function = fcinfo->flinfo->fn_oid] {
    char* const name = get_namespace_name(get_func_namespace(function));
    if (name == nullptr) elog(ERROR, "cache lookup failed for the schema of function %u", function);
    return quote_identifier(name);
  });
  return quoted;
}

Oid schema_oid(FunctionCallInfo fcinfo) {
  return Call([function = fcinfo->flinfo->fn_oid] { return get_func_namespace(function); });
}

PRODUCT_UPSERT_FUNCTION(product_text_array) {
  return Call([fcinfo] {
    FmgrInfo* const function = fcinfo->flinfo;
    if (function->fn_extra == nullptr) {
      auto* const made = MemoryContextAlloc(function->fn_mcxt, sizeof(FmgrInfo));
      fmgr_info_cxt(F_ARRAY_IN, static_cast<FmgrInfo*>(made), function->fn_mcxt);
      function->fn_extra = made;
    }
    return InputFunctionCall(static_cast<FmgrInfo*>(function->fn_extra),
                             text_to_cstring(PG_GETARG_TEXT_PP(0)), TEXTOID, -1);
  });
}

// True if the text is a valid identifier (C8): not empty, without white space at either end.
PRODUCT_UPSERT_FUNCTION(product_identity_text) {
  if (PG_ARGISNULL(0)) PG_RETURN_NULL();
  Arena arena;
  const std::string_view text = view_text(PG_GETARG_DATUM(0), arena);
  PG_RETURN_BOOL(is_identity_text(text));
}

PRODUCT_UPSERT_FUNCTION(product_identity_trimmed) {
  Arena arena;
  return make_text(trim(view_text(PG_GETARG_DATUM(0), arena)));
}

// The expression in the index of a rule that folds. The matcher uses the same.
PRODUCT_UPSERT_FUNCTION(product_identity_fold) {
  Arena arena;
  const std::string_view fold = view_text(PG_GETARG_DATUM(1), arena);
  const auto by = find_fold(fold);
  if (!by) {
    throw Refusal(Refused::invalid, "fold \"" + std::string(fold) + "\" is not known",
                  "Valid are " + list_folds() + ".",
                  {{Code::enumeration, "fold", "must be one of " + list_folds(), {}}});
  }
  return make_text(folded(*by, view_text(PG_GETARG_DATUM(0), arena)));
}

PRODUCT_UPSERT_FUNCTION(product_identity_fold_names) { return make_text(list_folds()); }

// The latest version of the tables that this library supports.
PRODUCT_UPSERT_FUNCTION(product_tables_library) { PG_RETURN_INT32(PRODUCT_TABLES_VERSION); }

}  // namespace product_upsert

void _PG_init() { product_upsert::set_up(); }
