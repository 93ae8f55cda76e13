#include "pg/upsert.hpp"

#include "core/failure.hpp"
#include "pg/boundary.hpp"
#include "pg/extension.hpp"
#include "pg/jsonb.hpp"
#include "pg/varlena.hpp"

namespace product_upsert {

namespace {

Refusal null_argument(const char* name, const char* hint) {
  return Refusal(Refused::null_argument, std::string(name) + " must not be null", hint,
                 {{Code::required, name, "must not be null", {}}});
}

// An option that has a default of its own, so that null says nothing.
std::string word_argument(FunctionCallInfo fcinfo, int place, const char* name, const char* hint) {
  auto word = text_argument(fcinfo, place);
  if (!word) throw null_argument(name, hint);
  return *word;
}

}  // namespace

std::optional<std::string> text_argument(FunctionCallInfo fcinfo, int place) {
  if (fcinfo->args[place].isnull) return std::nullopt;
  Arena arena;
  return std::string(view_text(fcinfo->args[place].value, arena));
}

std::int64_t organization_argument(FunctionCallInfo fcinfo, int place) {
  if (fcinfo->args[place].isnull) return default_organization_id();
  const std::int64_t id = DatumGetInt64(fcinfo->args[place].value);
  if (id < 1) {
    throw Refusal(Refused::invalid, "organization_id must be positive", {},
                  {{Code::range, "organization_id", "must be positive", {}}});
  }
  return id;
}

std::string profile_argument(FunctionCallInfo fcinfo, int place) {
  return text_argument(fcinfo, place).value_or(default_profile());
}

Oid schema_oid(FunctionCallInfo fcinfo) {
  return Call([function = fcinfo->flinfo->fn_oid] { return get_func_namespace(function); });
}

Upsert::Upsert(FunctionCallInfo fcinfo, const Places& places) {
  if (fcinfo->args[places.document].isnull)
    throw null_argument("document",
                        "Pass a JSON object, or an array of them to the bulk functions.");
  document_ = fcinfo->args[places.document].value;
  organization_id_ = organization_argument(fcinfo, places.organization_id);
  const std::string schema = schema_of(fcinfo);
  spi_.connect();
  Session& session = Session::of(schema);
  profile_ = session.profile(profile_argument(fcinfo, places.profile));
  rules_ = session.rules();
  read_options(fcinfo, places);
  batch_ = std::make_unique<Batch>(*profile_);
  store_ = std::make_unique<Store>(schema, schema_oid(fcinfo));
}

void Upsert::read_options(FunctionCallInfo fcinfo, const Places& places) {
  options.mode =
      parse_mode(word_argument(fcinfo, places.mode, "mode", "Valid are upsert, create, update."));
  options.identifier = text_argument(fcinfo, places.identifier_field);
  if (!fcinfo->args[places.if_version].isnull)
    options.if_version = DatumGetInt32(fcinfo->args[places.if_version].value);
  if (places.on_error >= 0)
    options.skip_rejects = parse_on_error(
        word_argument(fcinfo, places.on_error, "on_error", "Valid are abort, skip."));
  if (places.dry_run >= 0) {
    if (fcinfo->args[places.dry_run].isnull)
      throw null_argument("dry_run", "Valid are true, false.");
    dry_run_ = DatumGetBool(fcinfo->args[places.dry_run].value);
  }
  if (!fcinfo->args[places.field_actions].isnull) {
    Arena arena;
    options.actions =
        parse_actions(read_jsonb(fcinfo->args[places.field_actions].value, arena), *profile_);
  }
}

void Upsert::run(DocumentReader::Shape shape) {
  batch_->bulk = shape == DocumentReader::Shape::many;
  const Jsonb* const documents = Call([document = document_] { return DatumGetJsonbP(document); });
  DocumentReader reader(*batch_, shape, rules_->columns(), organization_id_);
  walk(documents, batch_->arena, reader);
  reader.finish();
  engine_ = std::make_unique<Engine>(*rules_, options, *store_, *batch_);
  if (!dry_run_) return engine_->run();
  InSubtransaction(
      [&] {
        engine_->run();
        // Deferred constraints have their say too.
        static const Statement immediate("SET CONSTRAINTS ALL IMMEDIATE", {});
        execute(immediate, {}, {}, false, nullptr);
      },
      {}, AtEnd::roll_back);
}

}  // namespace product_upsert
