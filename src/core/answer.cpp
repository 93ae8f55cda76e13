#include "core/answer.hpp"

#include <algorithm>

#include "core/failure.hpp"
#include "core/shown.hpp"

namespace product_upsert {

namespace {

Refused refusal_for(Code code) {
  switch (code) {
    case Code::collision:
    case Code::taken:
    case Code::ambiguous: return Refused::collision;
    case Code::not_found: return Refused::not_found;
    case Code::unknown_reference: return Refused::unknown_reference;
    case Code::precondition: return Refused::precondition;
    case Code::permission: return Refused::permission;
    default: return Refused::invalid;
  }
}

// 2025-11-27T15:33:51.319123Z as …51.319Z.
std::string in_milliseconds(std::string_view timestamp) {
  constexpr std::size_t kDecimals = 4;
  const std::size_t point = timestamp.rfind('.');
  std::string text(timestamp);
  if (point != std::string_view::npos && text.back() == 'Z' && text.size() > point + kDecimals + 1)
    text.erase(point + kDecimals, text.size() - point - kDecimals - 1);
  return text;
}

// A bigint may have nineteen digits, a decimal eighteen.
Value whole_number(std::int64_t number, Arena& arena) {
  constexpr std::int64_t kLimit = 1'000'000'000'000'000'000;
  if (number > -kLimit && number < kLimit) return Value::integer(number);
  return Value::long_number(arena.copy(std::to_string(number)));
}

// What the product's own row shows of a field that is not of the organization.
Value shown_value(const Field& f, ColumnSet columns, std::span<const Value> values) {
  if (f.role == Role::constant) return f.constant;
  const Value whole = columns.has(f.column) ? values[columns.index(f.column)] : Value();
  const Value v = f.member.empty() ? whole : whole[f.member];
  return f.empty_list_is_object && !v.has_value() ? Value::object({}) : v;
}

bool cuts_time(const Field& f, const Value& v) {
  return f.role == Role::column && f.milliseconds && v.kind() == Kind::text;
}

// Calls `member(name, value)` for the unknown fields that the profile keeps.
template <typename F>
void each_kept(const Profile& profile, ColumnSet columns, std::span<const Value> values, F member) {
  if (profile.unknown_fields != UnknownFields::keep || !columns.has(Column::meta)) return;
  for (const Member& m : values[columns.index(Column::meta)].members()) {
    if (profile.find(m.key) < 0) member(m.key, m.value);
  }
}

Value product_value(Batch& batch, const Item& item, std::vector<Member>& members) {
  members.clear();
  for (const Field& f : batch.profile.fields) {
    if (f.hidden) continue;
    Value v = f.role == Role::organization ? whole_number(item.organization_id, batch.arena)
                                           : shown_value(f, batch.answer_columns, item.result);
    if (cuts_time(f, v))
      v = Value::text(batch.arena.copy(std::string_view(in_milliseconds(v.as_text()))));
    members.push_back({f.name, v});
  }
  each_kept(batch.profile, batch.answer_columns, item.result,
            [&](std::string_view name, const Value& v) {
              members.push_back({name, v});
            });
  const std::size_t kept = sort_members(members);
  return Value::object(batch.arena.copy(std::span<const Member>(members.data(), kept)));
}

}  // namespace

void write_product(const Profile& profile, std::int64_t organization_id, ColumnSet columns,
                   std::int64_t id, std::span<const Value> values, const Shown* shown,
                   std::string& out) {
  char before = '{';
  const auto member = [&](std::string_view name) {
    out += before;
    before = ',';
    write_json_string(name, out);
    out += ':';
  };
  for (const Field& f : profile.fields) {
    if (f.hidden) continue;
    member(f.name);
    if (f.role == Role::organization) {
      out += std::to_string(organization_id);
    } else if (f.role == Role::column || f.role == Role::constant) {
      const Value v = shown_value(f, columns, values);
      if (cuts_time(f, v)) write_json_string(in_milliseconds(v.as_text()), out);
      else v.write_json(out);
    } else if (shown != nullptr) {
      shown->write(f, organization_id, {id, values}, out);
    } else {
      out += "null";
    }
  }
  each_kept(profile, columns, values, [&](std::string_view name, const Value& v) {
    member(name);
    v.write_json(out);
  });
  out += before == '{' ? "{}" : "}";
}

std::string wrapped_product(const Profile& profile, std::int64_t organization_id, ColumnSet columns,
                            std::int64_t id, std::span<const Value> values, const Shown* shown) {
  std::string out;
  if (!profile.answer_envelope.empty()) {
    out += '{';
    write_json_string(profile.answer_envelope, out);
    out += ':';
  }
  write_product(profile, organization_id, columns, id, values, shown, out);
  if (!profile.answer_envelope.empty()) out += '}';
  return out;
}

std::optional<Value> value_of_one(Batch& batch, const Item& item) {
  if (batch.profile.has_parts) return std::nullopt;
  std::vector<Member> members;
  const Value product = product_value(batch, item, members);
  if (batch.profile.answer_envelope.empty()) return product;
  const Member wrapped[] = {{batch.profile.answer_envelope, product}};
  return Value::object(batch.arena.copy(std::span<const Member>(wrapped)));
}

std::optional<Value> value_of_bulk(Batch& batch) {
  const bool ids = batch.profile.bulk_answer == BulkAnswer::ids;
  if (batch.profile.has_parts && !ids) return std::nullopt;
  const auto answers = batch.arena.array<Value>(batch.items.size());
  std::vector<Member> members;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    const Item& item = batch.items[i];
    if (item.status == Status::rejected) answers[i] = Value::null();
    else
      answers[i] = ids ? whole_number(item.id, batch.arena) : product_value(batch, item, members);
  }
  return Value::list(answers);
}

std::string answer_one(const Batch& batch, const Item& item) {
  return wrapped_product(batch.profile, item.organization_id, batch.answer_columns, item.id,
                         item.result, batch.shown.get());
}

std::string answer_bulk(const Batch& batch) {
  std::string out = "[";
  for (const Item& item : batch.items) {
    if (out.size() > 1) out += ',';
    if (item.status == Status::rejected) out += "null";
    else if (batch.profile.bulk_answer == BulkAnswer::ids) out += std::to_string(item.id);
    else
      write_product(batch.profile, item.organization_id, batch.answer_columns, item.id, item.result,
                    batch.shown.get(), out);
  }
  return out + "]";
}

std::string errors_of(const Item& item, std::size_t position) {
  std::vector<Failure> failures = item.failures;
  for (Failure& f : failures) {
    if (position != 0) f.details.emplace_back("position", std::to_string(position));
  }
  return errors_json(failures);
}

Refusal refuse_batch(const Batch& batch) {
  std::vector<Failure> all;
  std::size_t rejected = 0;
  for (std::size_t i = 0; i < batch.items.size(); ++i) {
    const Item& item = batch.items[i];
    if (item.status != Status::rejected) continue;
    ++rejected;
    for (const Failure& f : item.failures) {
      all.push_back(f);
      if (batch.bulk)
        all.back().details.emplace_back("position", std::to_string(batch.position(i)));
    }
  }
  const Failure& first = all.front();
  std::string message;
  if (batch.bulk) {
    const auto at = std::find_if(batch.items.begin(), batch.items.end(),
                                 [](const Item& i) { return i.status == Status::rejected; });
    message = "document " +
              std::to_string(batch.position(static_cast<std::size_t>(at - batch.items.begin()))) +
              ": ";
  }
  message += first.field.empty() ? first.message : first.field + " " + first.message;
  std::string hint;
  if (rejected > 1) hint = std::to_string(rejected) + " documents are rejected; see the DETAIL.";
  else if (all.size() > 1)
    hint = "The document has " + std::to_string(all.size()) + " errors; see the DETAIL.";
  return Refusal(refusal_for(first.code), message, hint, std::move(all));
}

}  // namespace product_upsert
