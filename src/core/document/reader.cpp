#include "core/document/reader.hpp"

#include <algorithm>

#include "core/profile/coerce.hpp"
#include "core/profile/describe.hpp"
#include "core/profile/tombstone.hpp"
#include "core/profile/validate.hpp"
#include "core/value/interrupts.hpp"
#include "core/value/nearest.hpp"
#include "core/value/text.hpp"
#include "core/value/unicode.hpp"

namespace product_upsert {

namespace {

// The member of an object that would name the row so.
std::string_view naming_member(const Value& said) {
  if (said.kind() != Kind::text) return "id";
  const auto text = trim(said.as_text());
  if (read_id(text)) return "id";
  return is_uuid(text) ? "uuid" : "reference";
}

// By an id and a uuid, for example: only the tables say whether the row is the same.
bool names_in_two_ways(const Reference& reference, const Value& a, const Value& b) {
  const auto takes = [&](const Value& said) {
    return std::any_of(reference.by.begin(), reference.by.end(),
                       [&](unsigned c) { return reference.name_of(c) == naming_member(said); });
  };
  return (a.is_number() || a.kind() == Kind::text) && naming_member(a) != naming_member(b) &&
         takes(a) && takes(b);
}

}  // namespace

const Field* organization_field(const Profile& profile) {
  const auto field = std::find_if(profile.fields.begin(), profile.fields.end(),
                                  [](const Field& f) { return f.role == Role::organization; });
  return field == profile.fields.end() ? nullptr : &*field;
}

DocumentReader::DocumentReader(Batch& batch, Shape shape, const ColumnSet& identifying,
                               ForOrganization organization)
    : batch_(batch), shape_(shape), organization_(organization), builder_(scratch_) {
  for (const Field& f : batch.profile.fields) {
    identifying_.push_back(f.role == Role::column && f.member.empty() &&
                                   f.type == FieldType::text && identifying.has(f.column)
                               ? 1
                               : 0);
  }
  if (batch.profile.tombstone) {
    for (std::size_t i = 0; i < batch.profile.fields.size(); ++i) {
      const Field& f = batch.profile.fields[i];
      const bool finds = f.role == Role::variants || f.role == Role::custom_fields ||
                         (f.role == Role::column && f.member.empty() && identifying.has(f.column));
      of_tombstones_.push_back(finds || f.precondition || f.role == Role::organization ||
                                       i == batch.profile.judged_by ||
                                       i == batch.profile.tombstone->field
                                   ? 1
                                   : 0);
    }
  }
  if (batch.profile.unknown_fields == UnknownFields::keep) {
    for (const Field& f : batch.profile.fields) {
      if (f.role == Role::column && f.column == Column::meta) members_.push_back(&f);
    }
  }
  if (shape == Shape::each) {
    within_ = Within::list;
    in_list_ = true;
  }
}

void DocumentReader::take_actions(std::span<const Action> actions) {
  merged_.clear();
  for (const Action action : actions) merged_.push_back(action == Action::merge ? 1 : 0);
}

void DocumentReader::refuse_shape(Kind kind) const {
  std::string wanted = shape_ == Shape::one ? "document must be a JSON object"
                                            : "documents must be a JSON array of objects";
  if (shape_ == Shape::many && !batch_.profile.list_member.empty())
    wanted += R"(, or {")" + batch_.profile.list_member + R"(": [...]})";
  throw Refusal(Refused::invalid, wanted + ", not " + describe(kind), {},
                {{Code::type, "", wanted, {}}});
}

bool DocumentReader::start_object(std::size_t members) {
  switch (within_) {
    case Within::before:
      if (shape_ == Shape::many && batch_.profile.list_member.empty()) refuse_shape(Kind::object);
      begin_document();
      return true;
    case Within::list: begin_document(); return true;
    case Within::document:
    case Within::value:
      if (nests_too_deep()) return false;
      within_ = Within::value;
      ++nesting_;
      return builder_.start_object(members);
    default: return false;
  }
}

bool DocumentReader::start_array(std::size_t items) {
  switch (within_) {
    case Within::before:
      if (shape_ == Shape::one) refuse_shape(Kind::list);
      batch_.items.reserve(items < (std::size_t{1} << 32U) ? items : 0);
      in_list_ = true;
      within_ = Within::list;
      return true;
    case Within::document:
      // {"body": […]}: the object that seemed to be a document is the envelope.
      if (!in_list_ && field_ < 0 && !key_.empty() && key_ == batch_.profile.list_member) {
        in_list_ = envelope_ = true;
        within_ = Within::list;
        batch_.items.reserve(items < (std::size_t{1} << 32U) ? items : 0);
        return true;
      }
      [[fallthrough]];
    case Within::value:
      if (nests_too_deep()) return false;
      within_ = Within::value;
      ++nesting_;
      return builder_.start_array(items);
    case Within::list: reject_element(Kind::list); return false;
    default: return false;
  }
}

// Whether a container is nested too deep. The document itself is the first level.
bool DocumentReader::nests_too_deep() {
  if (nesting_ + 2 > kMaxDepth) unreadable_ = true;
  return unreadable_;
}

void DocumentReader::key(std::string_view key) {
  if (within_ == Within::value) {
    builder_.key(key);
    return;
  }
  key_ = key;
  if (within_ != Within::document) return;
  // Documents of one feed are similar: most often the same field was at this place before.
  const auto& fields = batch_.profile.fields;
  if (keys_ < expected_.size() && fields[expected_[keys_]].name == key) {
    field_ = expected_[keys_];
  } else {
    field_ = batch_.profile.find(key);
    if (field_ >= 0) {
      if (keys_ >= expected_.size())
        expected_.resize(keys_ + 1, static_cast<std::uint16_t>(field_));
      expected_[keys_] = static_cast<std::uint16_t>(field_);
    }
  }
  ++keys_;
}

void DocumentReader::scalar(Value value) {
  switch (within_) {
    case Within::before: refuse_shape(value.kind());
    case Within::document: put(value); break;
    case Within::list: reject_element(value.kind()); break;
    case Within::value:
      if (value.is_null()) builder_.null();
      else if (value.kind() == Kind::boolean) builder_.boolean(value.as_boolean());
      else if (value.is_number()) builder_.number(value);
      else builder_.string(value.as_text());
      break;
    default: break;
  }
}

void DocumentReader::end_object() {
  if (within_ == Within::value) {
    builder_.end_object();
    if (--nesting_ == 0) {
      within_ = Within::document;
      put(builder_.take());
    }
  } else if (within_ == Within::document) {
    end_document();
  } else if (within_ == Within::envelope) {
    within_ = Within::after;
  }
}

void DocumentReader::end_array() {
  if (within_ == Within::value) {
    builder_.end_array();
    if (--nesting_ > 0) return;
    within_ = Within::document;
    put(builder_.take());
  } else if (within_ == Within::list) {
    within_ = envelope_ ? Within::envelope : Within::after;
  }
}

void DocumentReader::begin_document() {
  check_interrupts();
  item_ = Item();
  item_.organization_id = organization_.id;
  values_.assign(batch_.fields().size(), Value());
  unknown_.clear();
  embedded_.clear();
  keys_ = 0;
  field_ = -1;
  unreadable_ = false;
  within_ = Within::document;
}

void DocumentReader::end_document() {
  if (unreadable_) {
    unreadable_ = false;
    return unreadable("cannot be read: it nests deeper than " + std::to_string(kMaxDepth) +
                      " levels");
  }
  if (item_.organization_id == 0 && item_.status != Status::rejected) require_organization();
  check_embedded();
  if (item_.tombstone) keep_what_finds();
  else if (batch_.profile.tombstone && batch_.profile.tombstone->revives) revive();
  item_.values = batch_.arena.array<Value>(values_.size());
  std::copy(values_.begin(), values_.end(), item_.values.begin());
  if (!unknown_.empty()) {
    const std::size_t kept = sort_members(unknown_);
    item_.unknown =
        Value::object(batch_.arena.copy(std::span<const Member>(unknown_.data(), kept)));
  }
  batch_.items.push_back(std::move(item_));
  scratch_.reset();
  within_ = in_list_ ? Within::list : Within::after;
}

// Rejects a document of which nothing else is known.
void DocumentReader::reject(Failure failure) {
  begin_document();
  item_.failures.push_back(std::move(failure));
  item_.status = Status::rejected;
  end_document();
}

void DocumentReader::unreadable(std::string message, Details::Members details) {
  reject({Code::unreadable, "", std::move(message), std::move(details)});
}

void DocumentReader::member(std::string_view name, Value value) {
  key(name);
  put(value);
}

void DocumentReader::reject_element(Kind kind) {
  reject({Code::type, "", std::string("a document must be an object, not ") + describe(kind), {}});
}

void DocumentReader::put(Value value) {
  if (field_ < 0) return put_unknown(value);
  const auto index = static_cast<std::size_t>(field_);
  const Field& f = batch_.profile.fields[index];
  if (f.role == Role::embed) embedded_.emplace_back(index, value);
  if (f.read_only == ReadOnly::ignore || f.role == Role::constant) return;
  if (cells_ && value.is_null()) {
    if (f.empty != Empty::null) return;
    value = Value::text({});
  }
  if (f.role == Role::organization) return put_organization(f, value);
  if (f.read_only == ReadOnly::reject) {
    item_.fail(Code::read_only, f.name, "is read-only");
    return;
  }
  Value checked = value;
  if (value.kind() != Kind::text || identifying_[index] != 0 || !accepts_any_text(f))
    checked = validate(f, identifying_[index] != 0, value, f.name, batch_.arena, item_.failures,
                       index < merged_.size() && merged_[index] != 0 ? Use::merged : Use::stored);
  if (batch_.profile.tombstone && batch_.profile.tombstone->field == index)
    item_.tombstone = is_tombstone(*batch_.profile.tombstone, checked, cells_, batch_.arena);
  const std::uint16_t slot = batch_.slot(index);
  if (slot >= values_.size()) values_.resize(slot + 1U);
  values_[slot] = checked;
}

// Without a valid organization, nothing else can be checked (C6).
void DocumentReader::put_organization(const Field& field, const Value& value) {
  if (value.is_null() && field.nullable) return;
  const auto organization =
      (field.coerce ? coerced(FieldType::integer, value, batch_.arena) : value).as_integer();
  if (!organization || *organization < 1) {
    item_.fail(Code::type, field.name, "must be a positive whole number, not " + describe(value));
  } else if (organization_.fixed && *organization != organization_.id) {
    item_.fail(
        Code::permission, field.name,
        "is not organization " + std::to_string(organization_.id) + ", which the call is for");
  } else {
    item_.organization_id = *organization;
    return;
  }
  item_.status = Status::rejected;
}

void DocumentReader::require_organization() {
  const Field* const field = organization_field(batch_.profile);
  item_.fail(Code::required, field != nullptr ? field->name : std::string(),
             "is required: the call names no organization");
  item_.status = Status::rejected;
}

// An embedded row names the same row as its reference. If the document has both, they must agree.
void DocumentReader::check_embedded() {
  for (const auto& [index, said] : embedded_) {
    const Field& f = batch_.profile.fields[index];
    if (said.has_value() && said.kind() != Kind::object)
      item_.fail(Code::type, f.name, "must be an object, not " + describe(said));
    const Value id = said["id"];
    if (!id.has_value()) continue;
    const auto of = static_cast<std::size_t>(batch_.profile.find(f.of));
    const std::uint16_t slot = batch_.slot(of);
    if (slot >= values_.size()) values_.resize(slot + 1U);
    Value& named = values_[slot];
    if (named.is_absent()) {
      named = id.copy_to(batch_.arena);
      continue;
    }
    const Value by = named.kind() == Kind::object ? named["id"] : named;
    if (by.is_absent() || trim(by.printed()) == trim(id.printed())) continue;
    if (names_in_two_ways(batch_.profile.fields[of].reference, by, id)) {
      Member both[] = {{naming_member(by), by}, {naming_member(id), id.copy_to(batch_.arena)}};
      named = make_object(both, batch_.arena);
      continue;
    }
    item_.fail(Code::collision, f.name + ".id", "contradicts " + f.of);
  }
}

void DocumentReader::put_unknown(Value value) {
  check_interrupts();
  if (batch_.profile.tombstone && batch_.profile.tombstone->name == key_) {
    item_.tombstone = is_tombstone(*batch_.profile.tombstone, value, cells_, batch_.arena);
    return;
  }
  switch (batch_.profile.unknown_fields) {
    case UnknownFields::ignore: return;
    case UnknownFields::keep: return keep_unknown(value);
    case UnknownFields::reject: item_.fail(Code::unknown_field, std::string(key_), tell_unknown());
  }
}

// It is kept among the members of product.meta that are fields, so it must not be one of these.
void DocumentReader::keep_unknown(const Value& value) {
  const auto field = std::find_if(members_.begin(), members_.end(),
                                  [&](const Field* f) { return f->member == key_; });
  if (field == members_.end()) {
    unknown_.push_back({key_, value.copy_containers(batch_.arena)});
  } else {
    item_.fail(Code::unknown_field, std::string(key_),
               "cannot be kept: field \"" + (*field)->name + "\" is stored under this name");
  }
}

const std::string& DocumentReader::tell_unknown() {
  if (!unknown_message_.empty() && unknown_name_ == key_) return unknown_message_;
  unknown_name_ = key_;
  unknown_message_ = "is not a field of profile \"" + batch_.profile.name + "\"";
  std::vector<std::string_view> valid;
  for (const Field& f : batch_.profile.fields) {
    if (f.read_only != ReadOnly::ignore) valid.push_back(f.name);
  }
  const std::string near = nearest(key_, valid);
  if (!near.empty()) unknown_message_ += "; perhaps \"" + near + "\" is meant";
  // The difference may be invisible.
  if (const std::string shown = legible(key_); shown != key_)
    unknown_message_ += ": \"" + shown + "\"";
  return unknown_message_;
}

void DocumentReader::finish() {
  if (shape_ == Shape::one) {
    if (batch_.items.size() != 1) {
      throw Refusal(Refused::invalid,
                    "expected one document, not " + std::to_string(batch_.items.size()),
                    "Use product_upsert_bulk or product_upsert_rows for several documents.");
    }
  } else if (!in_list_) {
    batch_.items.clear();
    refuse_shape(Kind::object);
  }
}

}  // namespace product_upsert
