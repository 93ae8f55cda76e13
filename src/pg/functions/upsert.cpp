#include "pg/functions/upsert.hpp"

#include <algorithm>
#include <cstring>
#include <map>
#include <stdexcept>

#include "core/answer/old_values.hpp"
#include "core/upsert/refused_rows.hpp"
#include "core/value/failure.hpp"
#include "core/value/interrupts.hpp"
#include "pg/boundary/boundary.hpp"
#include "pg/boundary/settings.hpp"
#include "pg/functions/extension.hpp"
#include "pg/store/change_feed.hpp"
#include "pg/store/tables.hpp"
#include "pg/types/jsonb.hpp"
#include "pg/types/varlena.hpp"

extern "C" {
#include "access/xlog.h"
#include "utils/acl.h"
}

namespace product_upsert {

void refuse_on_standby() {
  if (!RecoveryInProgress()) return;
  throw Refusal(
      Refused::standby, "products cannot be written on a standby",
      "Call it on the primary. product_match, product_get and requests that read work here.");
}

void check_readable(Oid space) {
  const Oid product = Call([space] { return get_relname_relid("product", space); });
  if (product == InvalidOid) throw no_tables();
  const bool readable = Call([product] {
    const Oid user = GetUserId();
    return pg_class_aclcheck(product, user, ACL_SELECT) == ACLCHECK_OK ||
           pg_attribute_aclcheck_all(product, user, ACL_SELECT, ACLMASK_ANY) == ACLCHECK_OK;
  });
  if (!readable) throw Refusal(Refused::permission, "permission denied to read products");
}

Installation installation_of(FunctionCallInfo fcinfo) {
  return {schema_of(fcinfo), schema_oid(fcinfo)};
}

Upsert::Upsert(FunctionCallInfo fcinfo, Arguments arguments)
    : Upsert(installation_of(fcinfo), read_call(fcinfo, arguments)) {}

Upsert::Upsert(const Installation& installation, UpsertCall call)
    : schema_(installation.schema), space_(installation.space), call_(std::move(call)) {
  check_readable(installation.space);
  open_statistics();
  spi_.connect();
  check_tables(installation.schema, installation.space);
  Session& session = Session::of(installation.schema, installation.space);
  profile_ = session.profile(call_.profile);
  rules_ = session.rules();
  if (call_.organization.id == 0 && organization_field(*profile_) == nullptr)
    throw no_organization();
  options = std::move(call_.options);
  // Naming a custom field implies that products are found by it.
  if (options.custom_field && !options.identifier) options.identifier = "custom_field";
  options.actions = parse_actions(call_.field_actions, *profile_);
  if (!profile_->precedence.empty())
    options.source = profile_->source.empty() ? default_source() : profile_->source;
  batch_ = std::make_unique<Batch>(*profile_);
  parking_ = std::make_unique<Parking>(schema_, space_, *profile_, *rules_);
  store_ =
      std::make_unique<Store>(installation.schema, installation.space, profile_->variant_columns);
}

void Upsert::ignore_fields() {
  for (const std::size_t field : call_.ignored) {
    for (Item& item : batch_->items) {
      batch_->set(item, field, {});
      std::erase_if(item.failures,
                    [&](const Failure& f) { return f.field == profile_->fields[field].name; });
    }
  }
}

void Upsert::require_fields() {
  for (const std::size_t field : call_.required) {
    const std::string& name = profile_->fields[field].name;
    for (Item& item : batch_->items) {
      if (item.tombstone) continue;
      if (!item.has_failure(name) && !batch_->value(item, field).has_value())
        item.failures.push_back({Code::required, name, "is required to create a product", {}});
    }
  }
}

// The document then names the product, even if the profile does not allow that.
void Upsert::name_target() {
  const auto& [column, value] = *call_.target;
  const Field* const field = profile_->field_of(column);
  if (field == nullptr) throw std::logic_error("the profile has no such identifier");
  const auto index = profile_->index_of(*field);
  for (Item& item : batch_->items) {
    const Value& said = batch_->value(item, index);
    if (said.has_value() && !equal_keys(said, value))
      item.failures.push_back(
          {Code::collision, field->name, "must be the same as in the path, or left out", {}});
    batch_->set(item, index, value);
  }
  for (const IdentityRule& rule : rules_->rules) {
    if (rule.fields.size() == 1 && rule.fields.front() == column) {
      options.identifier = rule.name;
      options.identifier_is_ours = true;
    }
  }
}

void Upsert::run(DocumentReader::Shape shape) {
  begin(shape);
  if (call_.text) read_text();
  else read_jsonb();
  if (call_.dry_run) try_out([&] { run_batch(); });
  else run_batch();
}

void Upsert::read_jsonb() {
  const varlena* const documents = document_.fetch(call_.document, Detoasted::Header::plain);
  const auto* const list = reinterpret_cast<const Jsonb*>(documents);
  if (profile_->parks) parking_->note_list(list);
  walk(list, batch_->arena, *reader_);
}

void Upsert::read_text() {
  const varlena* const text = document_.fetch(call_.document, Detoasted::Header::packed);
  text_ = std::make_unique<DocumentText>(*reader_, batch_->arena);
  if (profile_->parks) text_->note_texts(parking_->texts());
  text_->read({VARDATA_ANY(text), VARSIZE_ANY_EXHDR(text)}, call_.lines);
  text_.reset();
}

void Upsert::begin(DocumentReader::Shape shape, std::uint64_t before) {
  began_ = std::chrono::steady_clock::now();
  engine_.reset();
  text_.reset();
  reader_.reset();
  batch_ = std::make_unique<Batch>(*profile_);
  batch_->bulk = shape != DocumentReader::Shape::one;
  batch_->before = before;
  parking_->begin();
  reader_ = std::make_unique<DocumentReader>(*batch_, shape, rules_->columns(), call_.organization);
  if (call_.cells) reader_->take_cells();
  reader_->take_actions(options.actions);
}

void Upsert::add(Datum document) {
  read_document(reinterpret_cast<const Jsonb*>(copy_varlena(document, batch_->arena)));
}

void Upsert::add_standing(Datum document) {
  read_document(reinterpret_cast<const Jsonb*>(plain_varlena(document, batch_->arena)));
}

void Upsert::read_document(const Jsonb* document) {
  if (profile_->parks) parking_->note_row(batch_->items.size(), document);
  walk(document, batch_->arena, *reader_);
}

void Upsert::add_text(Datum document) {
  auto* const given = reinterpret_cast<varlena*>(DatumGetPointer(document));
  varlena* const text = Call([given] { return pg_detoast_datum_packed(given); });
  const std::size_t size = VARSIZE_ANY_EXHDR(text);
  auto copy = batch_->arena.array<char>(size + JsonText::kPadding);
  std::memcpy(copy.data(), VARDATA_ANY(text), size);
  std::memset(copy.data() + size, ' ', JsonText::kPadding);
  if (text != given) Call([text] { pfree(text); });
  if (!text_) {
    text_ = std::make_unique<DocumentText>(*reader_, batch_->arena);
    if (profile_->parks) text_->note_texts(parking_->texts());
  }
  text_->read({copy.data(), copy.size()}, DocumentText::Lines::no);
}

void Upsert::add_null() { reader_->null(); }

void Upsert::run_batch(Ledger* ledger) {
  if (!options.read_only) refuse_on_standby();
  reader_->finish();
  Assert(batch_->positions.empty() || batch_->positions.size() == batch_->items.size());
  const auto read = std::chrono::steady_clock::now();
  ignore_fields();
  require_fields();
  if (call_.target) name_target();
  engine_ = std::make_unique<Engine>(*rules_, options, *store_, *batch_, ledger);
  try {
    engine_->run([this] {
      park();
      document_.free();
    });
  } catch (const ErrorPending&) {
    if (batch_->before == 0 && batch_->items.size() == 1) note_only_document();
    throw;
  }
  park();
  if (change_feed() && !options.read_only) note_changes();
  if (!options.read_only)
    counting_.add(*batch_, engine_->effort(), read - began_,
                  std::chrono::steady_clock::now() - read);
}

void Upsert::note_only_document() const {
  const std::string column = column_of_pending_error("product");
  const std::string field = column.empty() ? column : field_of(column, *profile_);
  NoteOnlyDocument({batch_->bulk, field});
}

void Upsert::park() { parking_->park(*batch_, options, call_.field_actions, call_.cells); }

void Upsert::add_to(Parts& parts) {
  reader_->finish();
  parts.add(*batch_);
}

// recipe: feed
void Upsert::note_changes() {
  std::map<std::int64_t, std::vector<NotedProduct>> organizations;
  std::map<std::int64_t, std::vector<DeletedProduct>> deletions;
  Arena arena;
  for (const Item& item : batch_->items) {
    check_interrupts();
    Assert(item.status != Status::pending);
    Assert(item.id != 0 || (item.status != Status::created && item.status != Status::updated));
    if (item.removes && item.status == Status::updated) {
      deletions[item.organization_id].push_back({item.id, item.version});
      continue;
    }
    auto& products = organizations[item.organization_id];
    if (item.status == Status::created) products.push_back({item.id, {}});
    if (item.status == Status::updated)
      products.push_back({item.id, old_values(*batch_, item, arena)});
  }
  std::vector<std::string> instants;
  for (const Field& f : batch_->profile.fields) {
    if (f.role == Role::column && f.member.empty() &&
        info(f.column).type == ColumnType::timestamptz)
      instants.emplace_back(info(f.column).name);
  }
  const ChangeFeed feed(schema_, space_);
  for (auto& [organization_id, products] : organizations) {
    // Sorted by the order of the indexes in which they are looked up and to which they are added.
    std::stable_sort(products.begin(), products.end(),
                     [](const NotedProduct& a, const NotedProduct& b) { return a.id < b.id; });
    if (!products.empty()) feed.note_changes(organization_id, products, instants);
  }
  for (const auto& [organization_id, products] : deletions)
    feed.note_deletions(organization_id, products);
}

void Upsert::finish() {
  spi_.finish();
  finished_ = true;
}

Upsert::~Upsert() {
  if (profile_ && !options.read_only && !call_.dry_run) counting_.end(profile_->name, !finished_);
}

void Upsert::check_constraints() {
  static const Statement immediate("SET CONSTRAINTS ALL IMMEDIATE", {});
  execute(immediate, {}, {}, SnapshotKind::fresh, nullptr);
}

}  // namespace product_upsert
