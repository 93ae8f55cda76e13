#include "unit/call.hpp"

#include "core/answer/answer.hpp"
#include "core/value/events.hpp"
#include "unit/source_files.hpp"

namespace product_upsert {

Call::Call(MemoryCatalogue& catalogue, std::shared_ptr<const Profile> profile)
    : batch(std::make_unique<Batch>(*profile)),
      catalogue_(catalogue),
      profile_(std::move(profile)) {
  options.wants_levels = true;
}

Call::Call(MemoryCatalogue& catalogue, const std::string& name)
    : Call(catalogue, shipped_profile(name)) {}

Call& Call::actions(std::string_view json) {
  Arena arena;
  options.actions = parse_actions(parse_json(json, arena), *profile_);
  return *this;
}

Call& Call::skip() {
  options.skip_rejects = true;
  return *this;
}

Call& Call::products() {
  options.wants_products = true;
  return *this;
}

Call& Call::read(std::string_view json, DocumentReader::Shape shape) {
  engine.reset();
  batch = std::make_unique<Batch>(*profile_);
  batch->bulk = shape == DocumentReader::Shape::many;
  DocumentReader reader(*batch, shape, catalogue_.rules().columns(), {organization_id, false});
  reader.take_actions(options.actions);
  parse_json(json, batch->arena, reader);
  reader.finish();
  return *this;
}

Call& Call::one(std::string_view json) {
  read(json, DocumentReader::Shape::one);
  engine = std::make_unique<Engine>(catalogue_.rules(), options, catalogue_, *batch);
  engine->run();
  return *this;
}

Call& Call::many(std::string_view json) {
  read(json, DocumentReader::Shape::many);
  engine = std::make_unique<Engine>(catalogue_.rules(), options, catalogue_, *batch);
  engine->run();
  return *this;
}

std::string Call::refusal(std::string_view json, DocumentReader::Shape shape) {
  try {
    if (shape == DocumentReader::Shape::one) one(json);
    else many(json);
  } catch (const Refusal& refused) {
    return codes_of(refused.errors);
  }
  return {};
}

std::string Call::refused_one(std::string_view json) {
  return refusal(json, DocumentReader::Shape::one);
}

std::string Call::refused_many(std::string_view json) {
  return refusal(json, DocumentReader::Shape::many);
}

std::string Call::statuses() const {
  std::string out;
  for (const Item& i : batch->items) out += (out.empty() ? "" : " ") + std::string(name(i.status));
  return out;
}

std::string Call::decided_by(std::size_t i) const {
  return item(i).decided_by == nullptr ? "" : item(i).decided_by;
}

std::string Call::changed(std::size_t i) const {
  std::string out;
  for (std::uint16_t f : item(i).changed) {
    out += out.empty() ? "" : " ";
    out += f == Item::kUnknownFields ? "(unknown)" : batch->profile.fields[f].name;
  }
  return out;
}

std::string Call::codes(std::size_t i) const { return codes_of(item(i).failures); }

std::string Call::errors(std::size_t i) const { return errors_of(item(i), i + 1); }

std::string codes_of(const std::vector<Failure>& failures) {
  std::string out;
  for (const Failure& f : failures) {
    out += out.empty() ? "" : ", ";
    out += name(f.code);
    if (!f.field.empty()) out += " " + f.field;
  }
  return out;
}

}  // namespace product_upsert
