// product_request: takes a call as an HTTP API would receive it, and answers as that API would
// (rule 58).
#include "core/http/http.hpp"
#include "core/http/openapi.hpp"
#include "core/http/schema_text.hpp"
#include "core/upsert/refused_rows.hpp"
#include "core/value/events.hpp"
#include "core/value/text.hpp"
#include "pg/boundary/boundary.hpp"
#include "pg/functions/request_actions.hpp"
#include "pg/store/kept_answers.hpp"
#include "pg/store/tables.hpp"
#include "pg/types/jsonb.hpp"

extern "C" {
#include "access/detoast.h"
#include "access/xlog.h"
}

namespace product_upsert {

namespace {

// Errors that must not become an answer: a cancel; an error of class 40, since the transaction may
// succeed if its owner repeats it as a whole; and a write on a standby, which has to be sent to the
// primary.
bool goes_to_the_caller(int sqlstate) {
  return sqlstate == ERRCODE_QUERY_CANCELED ||
         (sqlstate == ERRCODE_READ_ONLY_SQL_TRANSACTION && RecoveryInProgress()) ||
         ERRCODE_TO_CATEGORY(sqlstate) == ERRCODE_TRANSACTION_ROLLBACK;
}

// The same for our own refusals, and for what the database's administrators have to fix.
// recipe: kind
bool goes_to_the_caller(Refused kind) {
  return kind == Refused::serialization || kind == Refused::standby || kind == Refused::no_table;
}

// The answer says only that something failed. The details are for the database's administrators.
void warn(const Raised& raised) {
  Call([sqlstate = raised.sqlstate, message = raised.message.c_str()] {
    ereport(WARNING, (errcode(sqlstate), errmsg_internal("%s", message),
                      errdetail("product_request answered a fault.")));
  });
}

std::vector<Fault> fault(const Raised& raised) {
  warn(raised);
  return {{"fault", In::call, {Code::precondition, "", "an unexpected error occurred", {}}}};
}

// Errors of the owner's triggers and constraints about a row are shown to the caller (rule 60). A
// fault of the server, or of a trigger that cannot run, is not.
bool is_of_a_row(int sqlstate) {
  return ERRCODE_TO_CATEGORY(sqlstate) !=
             ERRCODE_TO_CATEGORY(ERRCODE_SYNTAX_ERROR_OR_ACCESS_RULE_VIOLATION) &&
         !is_no_rows_fault(sqlstate);
}

std::vector<Fault> faults_of(const Raised& raised, const RoutedRequest& request,
                             const Profile& profile) {
  if (raised.sqlstate == ERRCODE_INSUFFICIENT_PRIVILEGE)
    return Rejection(In::call, Code::permission, "", "permission denied").faults;
  const bool removing = request.route != nullptr && request.route->action == RouteAction::remove;
  if (removing && raised.sqlstate == ERRCODE_FOREIGN_KEY_VIOLATION) {
    return Rejection(In::path, Code::precondition, "",
                     "product " + request.identifier + " is referred to and cannot be deleted")
        .faults;
  }
  if (request.route == nullptr || !writes(request.route->action) || !is_of_a_row(raised.sqlstate))
    return fault(raised);
  Failure failure{Code::constraint, "", raised.message, {}};
  if (raised.table == "product" && !raised.column.empty())
    failure.field = field_of(raised.column, profile);
  failure.details.emplace_back("sqlstate", json_text(raised.code()));
  if (!raised.constraint.empty())
    failure.details.emplace_back("constraint", json_text(raised.constraint));
  return {{cause_of(Code::constraint), In::body, std::move(failure)}};
}

// A request as its arguments give it.
struct GivenRequest {
  NullableDatum parameters, headers;
  std::optional<RequestBody> body;
};

// What is too deep to be read is refused as anything else that a caller gets wrong (rule 58).
Value read_argument(const NullableDatum& given, const char* name, Arena& arena) {
  if (given.isnull) return {};
  try {
    return read_jsonb(given.value, arena);
  } catch (const Refusal&) {
    throw Rejection(In::parameter, Code::type, name,
                    "must not nest deeper than " + std::to_string(kMaxDepth) + " levels");
  }
}

// Fills in the request's headers and parameters, which last as long as `read`.
HttpAnswer answer(const Installation& installation, const std::shared_ptr<const Profile>& profile,
                  HttpRequest& request, const GivenRequest& given, Arena& read) {
  const HttpDefinition& http = *profile->http;
  Arena arena;
  RoutedRequest routed;
  HttpAnswer result;
  try {
    request.headers = read_argument(given.headers, "headers", read);
    request.parameters = read_argument(given.parameters, "parameters", read);
    routed = route_request(*profile, request, arena);
    if (routed.route == nullptr) return {204, {}, {{"Allow", routed.allowed}}};
    if (!routed.idempotency_key.empty())
      KeptAnswers::check_table(installation.space, "idempotency-key");
    const Raised raised = CatchInSubtransaction(
        [&] {
          Spi spi;
          spi.connect();
          result = perform(installation, profile, routed, given.body);
          spi.finish();
        },
        [](const ErrorData& error) { return goes_to_the_caller(error.sqlerrcode); });
    if (raised.sqlstate == 0) return result;
    return answer_faults(http.errors, request, faults_of(raised, routed, *profile));
  } catch (const Rejection& rejection) {
    HttpAnswer refused = answer_faults(http.errors, request, rejection.faults);
    for (const Fault& fault : rejection.faults) {
      for (const auto& [name, json] : fault.failure.details) {
        if (refused.status == 405 && name == "allow")
          refused.headers.emplace_back("Allow", parse_json(json, arena).printed());
      }
    }
    return refused;
  } catch (const Refusal& refusal) {
    if (goes_to_the_caller(refusal.kind)) throw;
    return answer_faults(http.errors, request, product_upsert::faults_of(refusal));
  } catch (const std::exception& error) {
    return answer_faults(http.errors, request, fault(Raised(ERRCODE_INTERNAL_ERROR, error.what())));
  }
}

std::shared_ptr<const Profile> find_profile(const Installation& installation,
                                            const std::string& name) {
  Spi spi;
  spi.connect();
  check_tables(installation.schema, installation.space);
  auto profile = Session::of(installation.schema, installation.space).profile(name);
  spi.finish();
  return profile;
}

std::shared_ptr<const Profile> profile_with_requests(const Installation& installation,
                                                     const std::string& name) {
  auto profile = find_profile(installation, name);
  if (profile->http != nullptr) return profile;
  throw Refusal(Refused::invalid, "profile \"" + name + "\" does not answer requests",
                "A profile that does has a member \"http\" in its definition.",
                {{Code::enumeration, "profile", "must be one with a member \"http\"", {}}});
}

// The headers of an answer, with those that every answer has, as JSON.
std::string headers_of(const HttpAnswer& answer, const HttpRequest& request) {
  auto headers = answer.headers;
  const Value id = header_of(request, "x-request-id");
  if (id.has_value()) headers.emplace_back("X-Request-Id", id.printed());
  return headers_json(headers);
}

// Body and headers in the requested types.
Datum respond(FunctionCallInfo fcinfo, const HttpRequest& request, const HttpAnswer& answered) {
  Datum values[] = {Int32GetDatum(answered.status), Datum{0},
                    make_jsonb(headers_of(answered, request))};
  bool nulls[] = {false, answered.body.empty() || wants_no_body(request), false};
  if (!nulls[1]) values[1] = make_jsonb(answered.body);
  return Call([fcinfo, v = static_cast<Datum*>(values), n = static_cast<bool*>(nulls)] {
    TupleDesc descriptor;
    if (get_call_result_type(fcinfo, nullptr, &descriptor) != TYPEFUNC_COMPOSITE)
      elog(ERROR, "return type must be a row type");
    return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(descriptor), v, n));
  });
}

// An empty text counts as no body.
std::optional<RequestBody> body_argument(const NullableDatum& given, bool is_text) {
  if (given.isnull) return std::nullopt;
  const Datum body = given.value;
  if (is_text && Call([body] { return toast_raw_datum_size(body); }) <= VARHDRSZ)
    return std::nullopt;
  return RequestBody{body, is_text};
}

Datum request_with(FunctionCallInfo fcinfo, bool body_is_text) {
  using arguments::kRequest;
  const NullableDatum* const given = fcinfo->args;
  const Installation installation = installation_of(fcinfo);
  const auto profile = profile_with_requests(
      installation, profile_argument(given[position_of(argument::request_profile, kRequest)]));
  Arena arena;
  HttpRequest request{text_argument(given[position_of(argument::method, kRequest)]).value_or(""),
                      text_argument(given[position_of(argument::path, kRequest)]).value_or(""),
                      {},
                      {}};
  const GivenRequest as_given{
      given[position_of(argument::parameters, kRequest)],
      given[position_of(argument::headers, kRequest)],
      body_argument(given[position_of(argument::body, kRequest)], body_is_text)};
  return respond(fcinfo, request, answer(installation, profile, request, as_given, arena));
}

}  // namespace

PRODUCT_UPSERT_FUNCTION(product_request) { return request_with(fcinfo, false); }
PRODUCT_UPSERT_FUNCTION(product_request_text) { return request_with(fcinfo, true); }

PRODUCT_UPSERT_FUNCTION(product_profile_schema) {
  const auto profile = find_profile(installation_of(fcinfo), profile_argument(fcinfo->args[0]));
  return make_jsonb(openapi_of(*profile, PRODUCT_UPSERT_VERSION));
}

}  // namespace product_upsert
