#include "core/profile/validate.hpp"

#include <algorithm>
#include <limits>
#include <optional>

#include "core/catalogue/identity.hpp"
#include "core/profile/coerce.hpp"
#include "core/profile/describe.hpp"
#include "core/value/interrupts.hpp"
#include "core/value/number.hpp"
#include "core/value/round.hpp"
#include "core/value/text.hpp"
#include "core/value/unicode.hpp"

namespace product_upsert {

namespace {

// recipe: type
const char* expectation(FieldType type) {
  switch (type) {
    case FieldType::text: return "text";
    case FieldType::integer: return "a whole number";
    case FieldType::decimal: return "a number";
    case FieldType::boolean: return "true or false";
    case FieldType::date: return "a date, YYYY-MM-DD";
    case FieldType::timestamp: return "a timestamp, ISO 8601 with an offset";
    case FieldType::uuid: return "a UUID";
    case FieldType::json: return "JSON";
    case FieldType::texts: return "a list of texts";
    case FieldType::objects: return "a list of objects";
    case FieldType::object: return "an object";
  }
  return "";
}

// The position of a value in its document. The text is made only for a message.
class Path {
 public:
  explicit Path(std::string_view name, const Path* above = nullptr) : above_(above), name_(name) {}
  Path(std::size_t number, const Path& above) : above_(&above), number_(number) {}
  // variants.0.price
  std::string text() const {
    const std::string own = number_ ? std::to_string(*number_) : std::string(name_);
    return above_ == nullptr ? own : above_->text() + "." + own;
  }

 private:
  const Path* above_;
  std::string_view name_;
  std::optional<std::size_t> number_;
};

// recipe: limit
class Validation {
 public:
  Validation(Arena& arena, std::vector<Failure>& failures, Use use)
      : arena_(arena), failures_(failures), use_(use) {}

  Value field(const Field& f, bool identifying, const Value& given, const Path& path) {
    Value v = f.coerce && f.type != FieldType::boolean ? coerced(f.type, given, arena_) : given;
    if (v.kind() == Kind::text) {
      if (identifying) v = Value::text(trim(v.as_text()));
      if (v.as_text().empty()) {
        if (f.empty == Empty::absent) return {};
        if (f.empty == Empty::null) v = Value::null();
        if (f.empty == Empty::unsaid && identifying)
          return fail(Code::range, path, "must not be empty");
      } else if (identifying && has_control(v.as_text())) {
        return fail(Code::format, path, "must not contain control characters: " + describe(v));
      }
    }
    if (f.coerce && f.type == FieldType::boolean) v = coerced(f.type, v, arena_);
    if (!f.split.empty() && v.kind() == Kind::text) v = split(f, v.as_text());
    if (v.is_null() && f.null_is_absent) return {};
    if (f.empty_list_is_null && v.kind() == Kind::list && v.items().empty()) return Value::null();
    if (v.is_null()) return f.nullable ? v : fail(Code::type, path, kNotNull);
    switch (f.type) {
      case FieldType::text: return text(f, v, path);
      case FieldType::integer: return integer(f, v, path);
      case FieldType::decimal: return v.is_number() ? ranged(f, v, path) : wrong(f, v, path);
      case FieldType::boolean: return v.kind() == Kind::boolean ? v : wrong(f, v, path);
      case FieldType::date: return formatted(f, v, path, is_date);
      case FieldType::timestamp: return formatted(f, v, path, is_timestamp);
      case FieldType::uuid: return formatted(f, v, path, is_uuid);
      case FieldType::json: {
        if (!f.empty_list_is_object && f.fields.empty()) return v.copy_containers(arena_);
        const Value all = any_object(v, path);
        return f.fields.empty() || all.is_absent() ? all.copy_containers(arena_)
                                                   : entries(f, all, path);
      }
      case FieldType::texts: return texts(f, v, path);
      case FieldType::objects: return objects(f, v, path);
      case FieldType::object:
        return v.kind() == Kind::object ? object(f, v, path) : wrong(f, v, path);
    }
    return v;
  }

 private:
  Value fail(Code code, const Path& path, std::string message, Details::Members details = {}) {
    failures_.push_back({code, path.text(), std::move(message), std::move(details)});
    return {};
  }

  Value wrong(const Field& f, const Value& v, const Path& path) {
    const bool number = f.type == FieldType::integer || f.type == FieldType::decimal;
    if (f.coerce && number && v.kind() == Kind::text) {
      const bool comma = v.as_text().find(',') != std::string_view::npos;
      return fail(Code::type, path,
                  std::string("must be ") + expectation(f.type) + ", or text of one, not " +
                      describe(v) +
                      (comma ? "; a comma is not a decimal point and is not dropped" : ""));
    }
    if (f.coerce && f.type == FieldType::boolean)
      return fail(Code::type, path, "must be true, false, yes, no, 1 or 0, not " + describe(v));
    return fail(Code::type, path,
                std::string("must be ") + expectation(f.type) + ", not " + describe(v));
  }

  // Splits a text into the items of a list. In a list of objects, each item is the member `key`.
  Value split(const Field& f, std::string_view all) {
    std::vector<Value> items;
    for (std::size_t end = 0; end != std::string_view::npos;) {
      end = all.find(f.split);
      const std::string_view piece = trim(all.substr(0, end));
      if (end != std::string_view::npos) all.remove_prefix(end + f.split.size());
      if (piece.empty()) continue;
      Value item = Value::text(piece);
      if (f.type == FieldType::objects) {
        const auto members = arena_.array<Member>(1);
        members[0] = {f.key, item};
        item = Value::object(members);
      }
      items.push_back(item);
    }
    return Value::list(arena_.copy(std::span<const Value>(items)));
  }

  bool one_of(const Field& f, std::string_view s, const Path& path) {
    if (f.allowed.empty() || std::find(f.allowed.begin(), f.allowed.end(), s) != f.allowed.end())
      return true;
    std::string listed;
    for (const std::string& a : f.allowed) add_to_list(listed, a);
    fail(Code::enumeration, path, "must be one of " + listed + ", not " + describe(Value::text(s)),
         Details().texts("valid", f.allowed));
    return false;
  }

  // "2 characters", "1 item"
  static std::string counted(std::size_t count, std::string_view units) {
    return std::to_string(count) +
           std::string(count == 1 ? units.substr(0, units.size() - 1) : units);
  }

  // For a text the message shows the value, for a list the number of items.
  bool sized(const Field& f, std::size_t count, const Path& path, const Value& v) {
    const bool is_text = v.kind() == Kind::text;
    const char* const units = is_text ? " characters" : " items";
    const auto told = [&] {
      return is_text ? ": " + describe(v) : ", not " + std::to_string(count);
    };
    if (f.max_length && count > *f.max_length) {
      fail(Code::too_long, path, "must have at most " + counted(*f.max_length, units) + told());
      return false;
    }
    if (f.min_length && count < *f.min_length) {
      fail(Code::range, path, "must have at least " + counted(*f.min_length, units) + told());
      return false;
    }
    return true;
  }

  Value text(const Field& f, const Value& v, const Path& path) {
    if (v.kind() != Kind::text) return wrong(f, v, path);
    const auto s = v.as_text();
    if ((f.min_length || f.max_length) && !sized(f, count_characters(s), path, v)) return {};
    if (f.no_white_space && has_white_space(s))
      return fail(Code::format, path, "must not contain white space: " + describe(v));
    return one_of(f, s, path) ? v : Value();
  }

  Value integer(const Field& f, const Value& v, const Path& path) {
    if (!v.is_number()) return wrong(f, v, path);
    const auto whole = v.as_integer();
    const bool column = f.member.empty();
    if (!whole) {
      const std::string printed = plain_notation(v);
      const auto point = printed.find('.');
      const bool fraction = point != std::string::npos &&
                            printed.find_first_not_of('0', point + 1) != std::string::npos;
      if (fraction) return fail(Code::type, path, "must be a whole number, not " + describe(v));
      if (column && info(f.column).type == ColumnType::numeric) return ranged(f, v, path);
      return fail(Code::range, path, "is out of range: " + describe(v));
    }
    const bool small = column && info(f.column).type == ColumnType::integer;
    if (small && (*whole < std::numeric_limits<std::int32_t>::min() ||
                  *whole > std::numeric_limits<std::int32_t>::max())) {
      return fail(Code::range, path,
                  "must be between -2147483648 and 2147483647, not " + describe(v));
    }
    // 7.0 is stored as 7.
    const Value plain = v.kind() == Kind::decimal
                            ? Value::integer(*whole)
                            : Value::long_number(arena_.copy(std::to_string(*whole)));
    return ranged(f, plain, path);
  }

  Value ranged(const Field& f, const Value& given, const Path& path) {
    Value v = given;
    if (f.precision != 0) {
      const auto held = rounded(v, f.precision, f.scale, arena_);
      if (!held) {
        return fail(Code::range, path,
                    "is too large: the column takes " +
                        counted(static_cast<std::size_t>(f.precision - f.scale), " digits") +
                        " before the point, not " + describe(v));
      }
      v = *held;
    }
    if (f.min && compare_numbers(v, *f.min) < 0) {
      return fail(Code::range, path,
                  f.min->sign() == 0
                      ? "must not be negative: " + describe(v)
                      : "must be at least " + f.min->json() + ", not " + describe(v));
    }
    if (f.max && compare_numbers(v, *f.max) > 0)
      return fail(Code::range, path, "must be at most " + f.max->json() + ", not " + describe(v));
    return v;
  }

  Value formatted(const Field& f, const Value& v, const Path& path,
                  bool (*right)(std::string_view)) {
    if (v.kind() != Kind::text) return wrong(f, v, path);
    if (!right(v.as_text()))
      return fail(Code::format, path,
                  std::string("must be ") + expectation(f.type) + ", not " + describe(v));
    if (f.instant) {
      const auto instant = canonical_timestamp(v.as_text(), f.decimals);
      return instant
                 ? Value::text(arena_.copy(*instant))
                 : fail(Code::range, path, "must be in the years 0001 to 9999, not " + describe(v));
    }
    if (f.type != FieldType::uuid) return v;
    return Value::text(arena_.copy(lowered(v.as_text())));
  }

  Value texts(const Field& f, const Value& v, const Path& path) {
    if (v.kind() != Kind::list) return wrong(f, v, path);
    if (!sized(f, v.items().size(), path, v)) return {};
    bool right = true;
    const auto all = arena_.array<Value>(v.items().size());
    for (std::size_t i = 0; i < v.items().size(); ++i) {
      check_interrupts();
      const Value item = f.coerce ? coerced(FieldType::text, v.items()[i], arena_) : v.items()[i];
      all[i] = item;
      const Path at(i, path);
      if (item.kind() != Kind::text) {
        fail(Code::type, at, std::string("must be text, not ") + describe(item));
        right = false;
      } else {
        right &= one_of(f, item.as_text(), at);
      }
    }
    return right ? Value::list(all) : Value();
  }

  Value objects(const Field& f, const Value& v, const Path& path) {
    if (v.kind() != Kind::list) return wrong(f, v, path);
    if (!sized(f, v.items().size(), path, v)) return {};
    auto items = arena_.array<Value>(v.items().size());
    for (std::size_t i = 0; i < items.size(); ++i) {
      check_interrupts();
      const Path at(i, path);
      const Value& item = v.items()[i];
      items[i] =
          item.kind() == Kind::object
              ? object(f, item, at)
              : fail(Code::type, at, std::string("must be an object, not ") + describe(item));
    }
    return Value::list(items);
  }

  // Some senders write [] for {} (rule 41).
  Value any_object(const Value& v, const Path& path) {
    if (v.kind() == Kind::list && v.items().empty()) return Value::object({});
    if (v.kind() == Kind::object) return v;
    return fail(Code::type, path,
                "must be " + std::string(expectation(FieldType::object)) + ", not " + describe(v));
  }

  // An object with any keys, whose members are objects of the same fields.
  Value entries(const Field& f, const Value& v, const Path& path) {
    const auto members = arena_.array<Member>(v.members().size());
    for (std::size_t i = 0; i < members.size(); ++i) {
      check_interrupts();
      const Member& m = v.members()[i];
      const Path at(m.key, &path);
      members[i] = {
          m.key,
          m.value.is_null() ? m.value  // removes the entry
          : m.value.kind() == Kind::object
              ? object(f, m.value, at)
              : fail(Code::type, at, std::string("must be an object, not ") + describe(m.value))};
    }
    return Value::object(members);
  }

  // Members that the definition does not name are dropped; required ones must be present.
  Value object(const Field& f, const Value& v, const Path& path) {
    const std::size_t start = members_.size();
    MemberWalk said(v);
    for (const Field& inner : f.fields) {
      const Value given = said.take(inner.name);
      const Path at(inner.name, &path);
      // Required members and defaults of a variant apply only if it is created (rule 26).
      const bool variant = f.role == Role::variants;
      const bool sku = variant && inner.place == variant_column::sku;
      if (inner.read_only == ReadOnly::ignore) continue;
      Value checked = given.is_absent() ? Value() : field(inner, sku, given, at);
      if (sku && checked.kind() == Kind::text && checked.as_text().size() > kLongestKey)
        checked = fail(
            Code::too_long, at,
            "is too long for an identifier: at most " + std::to_string(kLongestKey) + " bytes");
      if (!variant && given.is_absent() && inner.initial && use_ == Use::stored)
        checked = *inner.initial;
      if (!checked.is_absent()) members_.push_back({inner.name, checked});
      else if (!variant && inner.required && given.is_absent())
        fail(Code::required, at, "is required");
    }
    const auto kept = arena_.copy(std::span<const Member>(members_).subspan(start));
    members_.resize(start);
    return Value::object(kept);
  }

  Arena& arena_;
  std::vector<Failure>& failures_;
  Use use_;
  std::vector<Member> members_;  // a stack: the innermost object's members are last
};

}  // namespace

Value validate(const Field& field, bool identifying, const Value& given, std::string_view path,
               Arena& arena, std::vector<Failure>& failures, Use use) {
  return Validation(arena, failures, use).field(field, identifying, given, Path(path));
}

}  // namespace product_upsert
