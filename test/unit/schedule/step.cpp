// Steps: run against the port as src/pg drives the engine, and told.
#include <algorithm>

#include "core/document/reader.hpp"
#include "core/upsert/engine.hpp"
#include "core/value/events.hpp"
#include "unit/schedule/scenario.hpp"
#include "unit/source_files.hpp"

namespace product_upsert::schedules {

namespace {

std::string codes(const std::vector<Failure>& failures) {
  std::vector<std::string> all;
  for (const Failure& f : failures) all.push_back(std::string(name(f.code)) + " " + f.field);
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  std::string out;
  for (const std::string& one : all) out += (out.empty() ? "" : ", ") + one;
  return out;
}

DocumentAnswer answer_of(const Batch& batch, const Item& item) {
  DocumentAnswer a{item.status, item.organization_id, item.id, item.version, name(item.status)};
  if (item.status == Status::rejected) {
    a.text += ": " + codes(item.failures);
    return a;
  }
  a.text += " version " + std::to_string(item.version);
  for (std::uint16_t f : item.changed) a.text += " " + batch.profile.fields[f].name;
  // What makes a product new is not held against products that are created at the same time.
  if (item.status != Status::created && item.decided_by != nullptr)
    a.text += " by " + std::string(item.decided_by);
  return a;
}

}  // namespace

bool StepAnswer::wrote() const {
  return affected > 0 || (refused.empty() && std::any_of(documents.begin(), documents.end(),
                                                         [](const auto& d) { return d.wrote(); }));
}

std::string Step::told() const {
  const std::string where = " in " + std::to_string(organization_id);
  if (kind == Kind::sql_update)
    return "UPDATE product " + std::to_string(id) + where + " SET price = " + std::to_string(price);
  if (kind == Kind::index_field) return (flagged ? "index " : "unindex ") + custom_field + where;
  if (kind == Kind::sql_delete) return "DELETE product " + std::to_string(id) + where;
  std::string out = profile + where;
  if (mode != Mode::upsert) out += mode == Mode::create ? " create" : " update";
  if (skips) out += " skip";
  if (!identifier.empty()) out += " by " + identifier;
  if (!custom_field.empty()) out += " by custom field " + custom_field;
  if (if_version) out += " if_version " + std::to_string(*if_version);
  if (!actions.empty()) out += " " + actions;
  for (const std::string& d : documents) out += " " + d;
  return out;
}

StepAnswer run_step(const Step& step, Catalogue& catalogue, Session& session,
                    const IdentityRules& rules, std::uint32_t documents) {
  StepAnswer answer;
  if (step.kind == Step::Kind::sql_delete) {
    answer.affected = session.sql_delete(step.organization_id, step.id);
    return answer;
  }
  if (step.kind == Step::Kind::index_field) {
    answer.affected = session.index_field(step.organization_id, step.custom_field, step.flagged);
    return answer;
  }
  if (step.kind == Step::Kind::sql_update) {
    answer.affected = session.sql_update(step.organization_id, step.id, Column::price,
                                         Value::integer(step.price));
    return answer;
  }
  const auto profile = shipped_profile(step.profile);
  try {
    Options options;
    options.mode = step.mode;
    options.skip_rejects = step.skips;
    options.if_version = step.if_version;
    if (!step.identifier.empty()) options.identifier = step.identifier;
    if (!step.custom_field.empty()) {
      options.identifier = "custom_field";
      options.custom_field = step.custom_field;
    }
    Arena arena;
    if (!step.actions.empty())
      options.actions = parse_actions(parse_json(step.actions, arena), *profile);
    Batch batch(*profile);
    batch.bulk = true;
    DocumentReader reader(batch, DocumentReader::Shape::each, rules.columns(),
                          {step.organization_id, false});
    for (std::size_t d = 0; d < step.documents.size(); ++d) {
      if ((documents >> d & 1U) != 0) parse_json(step.documents[d], batch.arena, reader);
    }
    reader.finish();
    Engine engine(rules, options, catalogue, batch);
    engine.run();
    for (const Item& item : batch.items) answer.documents.push_back(answer_of(batch, item));
  } catch (const Refusal& refusal) {
    answer.refused = "refused: " + codes(refusal.errors);
    answer.serialization = refusal.kind == Refused::serialization;
  }
  return answer;
}

void prepare(Session& session, Arena& arena) {
  session.begin(Isolation::read_committed);
  for (std::int64_t organization : {1, 2}) {
    const auto text = [&](std::string_view s) { return Value::text(arena.copy(s)); };
    for (const char* reference : {"f1", "f2"}) {
      session.sql_insert(organization, Table::feature, {{"reference", text(reference)}});
    }
    const auto field = [&](const char* reference, bool unique, bool identifies) {
      session.sql_insert(organization, Table::custom_field,
                         {{"reference", text(reference)},
                          {"name", text(reference)},
                          {"type", text("text")},
                          {"multiple_values", Value::boolean(false)},
                          {"unique_value", Value::boolean(unique)},
                          {"is_identifier", Value::boolean(identifies)}});
    };
    field("code", true, true);
    field("label", false, true);
  }
  session.commit();
}

}  // namespace product_upsert::schedules
