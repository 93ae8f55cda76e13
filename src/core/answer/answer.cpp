#include "core/answer/answer.hpp"

#include <algorithm>

#include "core/answer/related_answers.hpp"
#include "core/value/assert.hpp"
#include "core/value/failure.hpp"
#include "core/value/interrupts.hpp"

namespace product_upsert {

namespace {

Refused refusal_for(Code code) {
  switch (code) {
    case Code::collision:
    case Code::taken:
    case Code::ambiguous: return Refused::collision;
    case Code::not_found: return Refused::not_found;
    case Code::parked:
    case Code::unknown_reference: return Refused::unknown_reference;
    case Code::precondition:
    case Code::suppressed: return Refused::precondition;
    case Code::permission: return Refused::permission;
    default: return Refused::invalid;
  }
}

// The answer for a field that is in the product's own row and does not depend on the organization.
Value column_answer(const Field& f, const ColumnSet& columns, std::span<const Value> values,
                    Arena& arena) {
  const Value whole = columns.has(f.column) ? values[columns.index(f.column)] : Value();
  const Value v = f.member.empty() ? whole : whole[f.member];
  if (!v.has_value()) {
    if (f.empty_list_is_object) return Value::object({});
    if (f.empty_list_is_null) return Value::list({});
    // A field that may not be null is answered with its default, even if another profile has left
    // it empty.
    return !f.nullable && f.initial ? *f.initial : v;
  }
  return timestamp_in(f.form, v, arena);
}

// A number of a user's own column is none.
bool is_id(const Field& f) {
  return f.member.empty() && static_cast<std::size_t>(f.column) < kColumns &&
         info(f.column).type == ColumnType::bigint;
}

// Whether a document that says this member of meta is kept: not if a field is stored there or has
// the name, nor if the name marks tombstones.
bool is_unknown(const Profile& profile, std::string_view member) {
  if (profile.find(member) >= 0 || (profile.tombstone && profile.tombstone->name == member))
    return false;
  return std::none_of(profile.fields.begin(), profile.fields.end(), [&](const Field& f) {
    return f.role == Role::column && f.column == Column::meta && f.member == member;
  });
}

}  // namespace

Value product_answer(const Profile& profile, std::int64_t organization_id, const ColumnSet& columns,
                     std::int64_t id, std::span<const Value> values,
                     const RelatedAnswers* related_answers, Arena& arena) {
  PRODUCT_UPSERT_ASSERT(values.size() == columns.size());
  std::vector<Member> members;
  members.reserve(profile.fields.size());
  for (const Field& f : profile.fields) {
    if (related_answers == nullptr ? f.hidden : !related_answers->shows(f)) continue;
    Value v;
    switch (f.role) {
      case Role::organization: v = Value::whole(organization_id, arena); break;
      case Role::constant: v = f.constant; break;
      case Role::column:
        v = column_answer(f, columns, values, arena);
        if (profile.ids_are_texts && is_id(f)) v = as_text(v, arena);
        break;
      default:
        if (related_answers != nullptr)
          v = related_answers->value(f, organization_id, {id, values}, arena);
    }
    members.push_back({f.name, v.is_absent() ? Value::null() : v});
  }
  // The fields are in jsonb's order.
  const std::size_t fields = members.size();
  if (profile.unknown_fields == UnknownFields::keep && columns.has(Column::meta)) {
    // Direct SQL may have stored anything else.
    const Value& meta = values[columns.index(Column::meta)];
    for (const Member& m :
         meta.kind() == Kind::object ? meta.members() : std::span<const Member>()) {
      if (is_unknown(profile, m.key)) members.push_back(m);
    }
  }
  if (members.size() > fields) return make_object(members, arena);
  return Value::object(arena.copy(std::span<const Member>(members)));
}

Value enveloped(const Profile& profile, const Value& product, Arena& arena) {
  if (profile.answer_envelope.empty()) return product;
  const Member wrapped[] = {{profile.answer_envelope, product}};
  return Value::object(arena.copy(std::span<const Member>(wrapped)));
}

Value answer_one(Batch& batch, const Item& item) {
  PRODUCT_UPSERT_ASSERT(item.status != Status::pending);
  if (item.id == 0) return enveloped(batch.profile, Value::null(), batch.arena);
  return enveloped(batch.profile,
                   product_answer(batch.profile, item.organization_id, batch.answer_columns,
                                  item.id, item.result, batch.related_answers.get(), batch.arena),
                   batch.arena);
}

void answer_bulk(const Batch& batch, const std::function<void(const Value&)>& take) {
  const bool ids = batch.profile.bulk_answer == BulkAnswer::ids;
  Arena arena;
  for (const Item& item : batch.items) {
    check_interrupts();
    arena.reset();
    if (item.status == Status::rejected || item.id == 0) take(Value::null());
    else if (ids) take(Value::whole(item.id, arena));
    else
      take(product_answer(batch.profile, item.organization_id, batch.answer_columns, item.id,
                          item.result, batch.related_answers.get(), arena));
  }
}

std::string answer_bulk_json(const Batch& batch) {
  std::string json = "[";
  answer_bulk(batch, [&](const Value& answer) {
    if (json.size() > 1) json += ',';
    answer.write_json(json);
  });
  return json + ']';
}

namespace {

void add_position(Failure& failure, std::uint64_t position) {
  failure.details =
      Details(std::move(failure.details)).number("position", static_cast<std::int64_t>(position));
}

// The hint of an unreadable document's failure, or "".
std::string advice_of(const Failure& failure) {
  if (failure.code != Code::unreadable) return {};
  for (const auto& [member, json] : failure.details)
    if (member == "hint") return json.substr(1, json.size() - 2);
  return {};
}

}  // namespace

std::string errors_of(const Item& item, std::size_t position) {
  std::vector<Failure> failures = item.failures;
  for (Failure& f : failures) {
    if (position != 0) add_position(f, position);
  }
  return errors_json(failures);
}

Refusal refuse_batch(const Batch& batch) {
  std::vector<Failure> first;  // as many as fit a DETAIL
  FailureCounts counts;
  std::size_t rejected = 0;
  std::size_t failures = 0;
  std::size_t bytes = 0;
  std::string message;
  for (std::size_t i = 0; i < batch.items.size(); ++i) {
    const Item& item = batch.items[i];
    if (item.status != Status::rejected) continue;
    check_interrupts();
    if (++rejected == 1 && batch.bulk)
      message = "document " + std::to_string(batch.position(i)) + ": ";
    for (const Failure& f : item.failures) {
      ++failures;
      counts.add(f);
      if (bytes > kLongestErrors) continue;
      Failure told = shortened(f);
      if (batch.bulk) add_position(told, batch.position(i));
      bytes += errors_json({told}).size();
      if (bytes <= kLongestErrors || first.empty()) first.push_back(std::move(told));
    }
  }
  const Failure& cause = first.front();
  message += cause.field.empty() ? cause.message : cause.field + " " + cause.message;
  std::string hint = advice_of(cause);
  if (!hint.empty() && failures > 1) hint += ' ';
  if (rejected > 1) hint += std::to_string(rejected) + " documents are rejected; see the DETAIL.";
  else if (failures > 1)
    hint += "The document has " + std::to_string(failures) + " errors; see the DETAIL.";
  const bool whole = first.size() == failures;
  if (!whole && batch.bulk)
    hint +=
        " It has the first ones and counts all; on_error => 'skip' with dry_run => true reports "
        "all.";
  Refusal refusal(refusal_for(cause.code), message, hint, std::move(first));
  if (!whole) {
    refusal.counted =
        "\"rejected\": " + std::to_string(rejected) + ", \"counts\": " + counts.json();
  }
  refusal.sqlstate = refusal.errors.front().sqlstate;
  refusal.constraint = refusal.errors.front().constraint;
  return refusal;
}

}  // namespace product_upsert
