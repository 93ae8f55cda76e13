#include "pg/functions/arguments.hpp"

#include <algorithm>

#include "core/value/failure.hpp"
#include "pg/boundary/boundary.hpp"
#include "pg/boundary/settings.hpp"
#include "pg/functions/rows.hpp"
#include "pg/functions/upsert.hpp"
#include "pg/store/tables.hpp"
#include "pg/types/jsonb.hpp"
#include "pg/types/varlena.hpp"

namespace product_upsert {

std::optional<std::string> text_argument(const NullableDatum& given) {
  if (given.isnull) return std::nullopt;
  Arena arena;
  return std::string(view_text(given.value, arena));
}

Refusal no_organization() {
  const std::string why = comes_from_citus()
                              ? "Citus has sent the call to this node, and no settings"
                              : "product_upsert.require_organization is on";
  return Refusal(Refused::null_argument, "organization_id must not be null",
                 why +
                     ": pass organization_id, or, where the profile has a field for it, give it in "
                     "each document.",
                 {{Code::required, "organization_id", "must not be null", {}}});
}

ForOrganization organization_of_setting() { return {default_organization_id().value_or(0), false}; }

std::int64_t organization_argument(const NullableDatum& given) {
  if (given.isnull) {
    const auto id = default_organization_id();
    if (!id) throw no_organization();
    return *id;
  }
  const std::int64_t id = DatumGetInt64(given.value);
  if (id < 1) {
    throw Refusal(Refused::invalid, "organization_id must be positive", {},
                  {{Code::range, "organization_id", "must be positive", {}}});
  }
  return id;
}

std::string profile_argument(const NullableDatum& given) {
  if (auto said = text_argument(given)) return *said;
  const char* const otherwise = default_profile();
  if (otherwise == nullptr)
    throw null_argument("profile", "Citus has sent the call to this node, and no settings.");
  return otherwise;
}

namespace argument {

void read_document(const NullableDatum& given, UpsertCall& call) {
  if (given.isnull)
    throw null_argument("document",
                        "Pass a JSON object, or an array of them to the bulk functions.");
  call.document = given.value;
}

void read_document_text(const NullableDatum& given, UpsertCall& call) {
  read_document(given, call);
  call.text = true;
}

void read_identifier_field(const NullableDatum& given, UpsertCall& call) {
  call.options.identifier = text_argument(given);
}

void read_custom_field_reference(const NullableDatum& given, UpsertCall& call) {
  call.options.custom_field = text_argument(given);
}

void read_field_actions(const NullableDatum& given, UpsertCall& call) {
  if (!given.isnull) call.field_actions = read_jsonb(given.value, call.arena);
}

void read_profile(const NullableDatum& given, UpsertCall& call) {
  call.profile = profile_argument(given);
}

void read_organization_id(const NullableDatum& given, UpsertCall& call) {
  call.organization = given.isnull ? organization_of_setting()
                                   : ForOrganization{organization_argument(given), true};
}

void read_mode(const NullableDatum& given, UpsertCall& call) {
  call.options.mode = parse_mode(text_argument(given));
}

void read_if_version(const NullableDatum& given, UpsertCall& call) {
  if (!given.isnull) call.options.if_version = DatumGetInt32(given.value);
}

// recipe: option
void read_on_error(const NullableDatum& given, UpsertCall& call) {
  call.options.skip_rejects = parse_on_error(text_argument(given));
}

void read_dry_run(const NullableDatum& given, UpsertCall& call) {
  if (given.isnull) throw null_argument("dry_run", "Valid are true, false.");
  call.dry_run = DatumGetBool(given.value);
}

void read_on_duplicate(const NullableDatum& given, UpsertCall& call) {
  call.options.on_duplicate = parse_on_duplicate(text_argument(given));
}

void read_idempotency_key(const NullableDatum& given, UpsertCall& call) {
  call.idempotency_key = text_argument(given);
}

}  // namespace argument

void check_arity(FunctionCallInfo fcinfo, Arguments all) {
  if (fcinfo->nargs < static_cast<int>(all.size())) throw other_functions();
}

UpsertCall read_call(FunctionCallInfo fcinfo, Arguments all) {
  check_arity(fcinfo, all);
  UpsertCall call;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i]->read != nullptr) all[i]->read(fcinfo->args[i], call);
  }
  return call;
}

namespace {

struct Function {
  const char* symbol;
  Arguments arguments;
  bool has_defaults = true;  // if not, our own SQL calls it with all arguments
};

const Function kFunctions[] = {
    {"product_upsert", arguments::kUpsert},
    {"product_upsert_text", arguments::kUpsertText},
    {"product_upsert_bulk", arguments::kBulk},
    {"product_upsert_bulk_text", arguments::kBulkText},
    {"product_upsert_rows", arguments::kBulk},
    {"product_upsert_rows_text", arguments::kBulkText},
    {"product_match", arguments::kMatch},
    {"product_match_text", arguments::kMatchText},
    {"product_upsert_from", arguments::kFrom},
    {"product_import_rows", arguments::kImportRows, false},
    {"product_import_plan", arguments::kImportPlan, false},
    {"product_get", arguments::kGet},
    {"product_request", arguments::kRequest},
    {"product_request_text", arguments::kRequestText},
    {"product_profile_schema", arguments::kProfileSchema},
};

}  // namespace

// For the test that compares the table with pg_proc; the test creates an SQL function of it. The
// columns are symbol, position from 1, name, type, default.
PRODUCT_UPSERT_FUNCTION(product_arguments) {
  Call([fcinfo] { compat::materialized_srf(fcinfo); });
  const auto* const result = reinterpret_cast<ReturnSetInfo*>(fcinfo->resultinfo);
  for (const Function& function : kFunctions) {
    for (std::size_t i = 0; i < function.arguments.size(); ++i) {
      const Argument& argument = *function.arguments[i];
      const bool required = argument.fallback == nullptr || !function.has_defaults;
      Datum values[] = {make_text(function.symbol), Int32GetDatum(static_cast<int>(i) + 1),
                        make_text(argument.name), make_text(argument.type),
                        required ? Datum{0} : make_text(argument.fallback)};
      bool nulls[] = {false, false, false, false, required};
      Call([store = result->setResult, descriptor = result->setDesc,
            v = static_cast<Datum*>(values),
            n = static_cast<bool*>(nulls)] { tuplestore_putvalues(store, descriptor, v, n); });
    }
  }
  fcinfo->isnull = true;
  return 0;
}

}  // namespace product_upsert
