#include "pg/functions/extension.hpp"

#include <charconv>
#include <cstring>
#include <string_view>

#include "core/value/hash.hpp"
#include "core/value/interrupts.hpp"
#include "core/value/text.hpp"
#include "pg/boundary/boundary.hpp"
#include "pg/boundary/wait_point.hpp"
#include "pg/types/varlena.hpp"

extern "C" {
#include "utils/fmgroids.h"

// 15 does not export it by itself.
__attribute__((visibility("default"))) const Pg_magic_struct* PG_MAGIC_FUNCTION_NAME(void);
PRODUCT_UPSERT_MODULE_MAGIC;
__attribute__((visibility("default"))) void _PG_init(void);
}

namespace product_upsert {

namespace {

char* profile_setting = nullptr;
char* organization_setting = nullptr;
std::int64_t organization_id = 1;
bool direct_writes_setting = true;

extern "C" {

// PostgreSQL has no bigint settings: text, checked and parsed when it is set.
bool check_organization(char** text, void** extra, GucSource) {
  const std::string_view value(*text);
  std::int64_t parsed = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), parsed);
  if (error != std::errc{} || end != value.data() + value.size() || parsed < 1) {
    GUC_check_errdetail("An organization id is a whole number from 1 to 9223372036854775807.");
    return false;
  }
  *extra = compat::guc_extra(sizeof parsed);
  if (*extra == nullptr) return false;
  std::memcpy(*extra, &parsed, sizeof parsed);
  return true;
}

void assign_organization(const char*, void* extra) {
  std::memcpy(&organization_id, extra, sizeof organization_id);
}

}  // extern "C"

}  // namespace

void answer_interrupts() {
  if (INTERRUPTS_PENDING_CONDITION()) Call([] { CHECK_FOR_INTERRUPTS(); });
}

const char* default_profile() { return profile_setting; }
std::int64_t default_organization_id() { return organization_id; }
bool direct_writes() { return direct_writes_setting; }

std::string schema_of(FunctionCallInfo fcinfo) {
  const char* const quoted = Call([function = fcinfo->flinfo->fn_oid] {
    char* const name = get_namespace_name(get_func_namespace(function));
    if (name == nullptr) elog(ERROR, "cache lookup failed for the schema of function %u", function);
    return quote_identifier(name);
  });
  return quoted;
}

// True where the text is an identifier as C8 wants it: not empty, no white space at either end.
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

PRODUCT_UPSERT_FUNCTION(product_identity_text) {
  if (PG_ARGISNULL(0)) PG_RETURN_NULL();
  Arena arena;
  const std::string_view text = view_text(PG_GETARG_DATUM(0), arena);
  PG_RETURN_BOOL(is_identity_text(text));
}

// The newest tables that this library knows.
PRODUCT_UPSERT_FUNCTION(product_tables_library) { PG_RETURN_INT32(PRODUCT_TABLES_VERSION); }

}  // namespace product_upsert

void _PG_init() {
  namespace pu = product_upsert;
  DefineCustomStringVariable("product_upsert.profile", "The profile of calls that name none.",
                             nullptr, &pu::profile_setting, "catalog", PGC_USERSET, 0, nullptr,
                             nullptr, nullptr);
  DefineCustomStringVariable("product_upsert.organization_id",
                             "The organization of calls that name none.", nullptr,
                             &pu::organization_setting, "1", PGC_USERSET, 0, pu::check_organization,
                             pu::assign_organization, nullptr);
  DefineCustomBoolVariable("product_upsert.direct_writes",
                           "Writes products without SQL statements where that comes to the same.",
                           nullptr, &pu::direct_writes_setting, true, PGC_USERSET, 0, nullptr,
                           nullptr, nullptr);
  PRODUCT_UPSERT_DEFINE_WAIT_POINTS();
  MarkGUCPrefixReserved("product_upsert");
  pu::HashSecret secret;
  if (!pg_strong_random(secret.words.data(), sizeof secret.words))
    ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR), errmsg("could not generate random values")));
  pu::set_hash_secret(secret);
  pu::set_interrupt_check(pu::answer_interrupts);
}
