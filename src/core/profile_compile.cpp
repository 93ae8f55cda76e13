#include <algorithm>
#include <array>
#include <utility>

#include "core/failure.hpp"
#include "core/profile.hpp"

namespace product_upsert {

namespace {

template <typename T>
using Words = std::vector<std::pair<std::string_view, T>>;

const Words<FieldType>& field_types() {
  static const Words<FieldType> words = {
      {"text", FieldType::text},       {"integer", FieldType::integer},
      {"decimal", FieldType::decimal}, {"boolean", FieldType::boolean},
      {"date", FieldType::date},       {"timestamp", FieldType::timestamp},
      {"uuid", FieldType::uuid},       {"json", FieldType::json},
      {"texts", FieldType::texts},     {"objects", FieldType::objects},
      {"object", FieldType::object},
  };
  return words;
}

bool fits(FieldType type, ColumnType column) {
  switch (type) {
    case FieldType::text: return column == ColumnType::text;
    case FieldType::integer:
      return column == ColumnType::integer || column == ColumnType::bigint ||
             column == ColumnType::numeric;
    case FieldType::decimal: return column == ColumnType::numeric;
    case FieldType::boolean: return column == ColumnType::boolean;
    case FieldType::date: return column == ColumnType::date;
    case FieldType::timestamp: return column == ColumnType::timestamptz;
    case FieldType::uuid: return column == ColumnType::uuid;
    case FieldType::texts: return column == ColumnType::text_array;
    case FieldType::json:
    case FieldType::objects:
    case FieldType::object: return column == ColumnType::jsonb;
  }
  return false;
}

}  // namespace

// Reads a definition; `path` is where in it we are, for the message of a fault.
class ProfileCompiler {
 public:
  std::shared_ptr<const Profile> compile(std::string_view name, const Value& given) {
    auto profile = std::make_shared<Profile>();
    profile->name = name;
    const Value definition = given.copy_to(profile->arena);
    expect(definition, Kind::object, "", "an object");
    only(definition, "",
         {"description", "request", "answer", "unknown_fields", "fields", "identity", "judged_by"});
    if (const Value d = definition["description"]; !d.is_absent()) text(d, "description");
    read_request(*profile, definition["request"]);
    read_answer(*profile, definition["answer"]);
    profile->unknown_fields = word<UnknownFields>(definition["unknown_fields"], "unknown_fields",
                                                  {{"reject", UnknownFields::reject},
                                                   {"ignore", UnknownFields::ignore},
                                                   {"keep", UnknownFields::keep}},
                                                  UnknownFields::reject);
    const Value fields = definition["fields"];
    expect(fields, Kind::object, "fields", "an object of fields");
    if (fields.members().empty()) fault("fields", "must name at least one field");
    if (fields.members().size() > 1000) fault("fields", "has more than 1000 fields");
    for (const Member& m : fields.members()) {
      profile->fields.push_back(read_field(m.key, m.value, "fields." + std::string(m.key), true));
    }
    finish_fields(*profile);
    read_identity(*profile, definition["identity"]);
    if (const Value judged = definition["judged_by"]; !judged.is_absent()) {
      const int at = profile->find(text(judged, "judged_by"));
      if (at < 0) fault("judged_by", "names no field of this profile");
      if (profile->fields[static_cast<std::size_t>(at)].type != FieldType::timestamp)
        fault("judged_by", "must name a field of type timestamp");
      profile->judged_by = static_cast<std::uint16_t>(at);
    }
    return profile;
  }

 private:
  [[noreturn]] static void fault(const std::string& path, const std::string& what) {
    throw Refusal(Refused::invalid, (path.empty() ? std::string("$") : path) + ": " + what,
                  "See doc/profiles.md for the language of profiles.",
                  {{Code::format, path, what, {}}});
  }

  static void expect(const Value& v, Kind kind, const std::string& path, const char* what) {
    if (v.kind() != kind) fault(path, std::string("must be ") + what);
  }

  static std::string text(const Value& v, const std::string& path) {
    expect(v, Kind::text, path, "text");
    if (v.as_text().empty()) fault(path, "must not be empty");
    return std::string(v.as_text());
  }

  static bool flag(const Value& v, const std::string& path, bool otherwise) {
    if (v.is_absent()) return otherwise;
    expect(v, Kind::boolean, path, "true or false");
    return v.as_boolean();
  }

  static std::optional<std::uint32_t> length(const Value& v, const std::string& path) {
    if (v.is_absent()) return std::nullopt;
    const auto n = v.as_integer();
    if (!n || *n < 0 || *n > 1'000'000'000)
      fault(path, "must be a whole number from 0 to 1000000000");
    return static_cast<std::uint32_t>(*n);
  }

  template <typename T>
  static T word(const Value& v, const std::string& path, const Words<T>& words,
                std::optional<T> otherwise) {
    if (v.is_absent() && otherwise) return *otherwise;
    std::string valid;
    for (const auto& [w, value] : words) {
      if (v.kind() == Kind::text && v.as_text() == w) return value;
      valid += (valid.empty() ? "" : ", ") + std::string(w);
    }
    fault(path, "must be one of " + valid);
  }

  static void only(const Value& object, const std::string& path,
                   std::initializer_list<std::string_view> known) {
    for (const Member& m : object.members()) {
      if (std::find(known.begin(), known.end(), m.key) != known.end()) continue;
      std::string valid;
      for (auto k : known) valid += (valid.empty() ? "" : ", ") + std::string(k);
      fault((path.empty() ? "" : path + ".") + std::string(m.key),
            "is not known here; valid are " + valid);
    }
  }

  void read_request(Profile& p, const Value& request) {
    if (request.is_absent()) return;
    expect(request, Kind::object, "request", "an object");
    only(request, "request", {"list"});
    if (const Value list = request["list"]; !list.is_absent())
      p.list_member = text(list, "request.list");
  }

  void read_answer(Profile& p, const Value& answer) {
    if (answer.is_absent()) return;
    expect(answer, Kind::object, "answer", "an object");
    only(answer, "answer", {"envelope", "bulk"});
    if (const Value e = answer["envelope"]; !e.is_absent())
      p.answer_envelope = text(e, "answer.envelope");
    p.bulk_answer = word<BulkAnswer>(answer["bulk"], "answer.bulk",
                                     {{"products", BulkAnswer::products}, {"ids", BulkAnswer::ids}},
                                     BulkAnswer::products);
  }

  Field read_field(std::string_view name, const Value& v, const std::string& path, bool top) {
    expect(v, Kind::object, path, "an object");
    only(v, path, {"type",     "column",      "member",         "role",       "value",  "required",
                   "nullable", "create_only", "no_white_space", "coerce",     "hidden", "read_only",
                   "empty",    "default",     "min_length",     "max_length", "min",    "max",
                   "enum",     "fields",      "description"});
    Field f;
    f.name = name;
    if (name.empty()) fault(path, "a field needs a name");
    if (top)
      f.role = word<Role>(v["role"], path + ".role",
                          {{"column", Role::column},
                           {"organization", Role::organization},
                           {"constant", Role::constant}},
                          Role::column);
    if (f.role == Role::constant) {
      if (v["value"].is_absent()) fault(path + ".value", "a constant needs a value");
      f.constant = v["value"];
      f.read_only = ReadOnly::ignore;
      return f;
    }
    if (f.role == Role::organization) {
      f.type = FieldType::integer;
      f.nullable = flag(v["nullable"], path + ".nullable", true);
      return f;
    }
    f.type = word<FieldType>(v["type"], path + ".type", field_types(), std::nullopt);
    if (top) read_place(f, v, path);
    f.required = flag(v["required"], path + ".required", false);
    f.nullable = flag(v["nullable"], path + ".nullable", true);
    f.create_only = flag(v["create_only"], path + ".create_only", false);
    f.no_white_space = flag(v["no_white_space"], path + ".no_white_space", false);
    f.coerce = flag(v["coerce"], path + ".coerce", false);
    f.hidden = flag(v["hidden"], path + ".hidden", false);
    f.read_only = word<ReadOnly>(
        v["read_only"], path + ".read_only",
        {{"no", ReadOnly::no}, {"ignore", ReadOnly::ignore}, {"reject", ReadOnly::reject}},
        ReadOnly::no);
    f.empty = word<Empty>(v["empty"], path + ".empty",
                          {{"keep", Empty::keep}, {"absent", Empty::absent}, {"null", Empty::null}},
                          Empty::unsaid);
    f.min_length = length(v["min_length"], path + ".min_length");
    f.max_length = length(v["max_length"], path + ".max_length");
    if (f.min_length && f.max_length && *f.min_length > *f.max_length)
      fault(path + ".min_length", "is greater than max_length");
    f.min = number(v["min"], path + ".min");
    f.max = number(v["max"], path + ".max");
    if (f.min && f.max && compare_numbers(*f.min, *f.max) > 0)
      fault(path + ".min", "is greater than max");
    read_enum(f, v["enum"], path + ".enum");
    const Value nested = v["fields"];
    if (f.type == FieldType::objects || f.type == FieldType::object) {
      expect(nested, Kind::object, path + ".fields", "an object of fields");
      for (const Member& m : nested.members()) {
        f.fields.push_back(
            read_field(m.key, m.value, path + ".fields." + std::string(m.key), false));
      }
    } else if (!nested.is_absent()) {
      fault(path + ".fields", "only a field of type object or objects has fields");
    }
    if (const Value d = v["default"]; !d.is_absent()) read_default(f, d, path + ".default");
    return f;
  }

  void read_place(Field& f, const Value& v, const std::string& path) {
    const std::string column =
        v["column"].is_absent() ? f.name : text(v["column"], path + ".column");
    const auto found = find_column(column);
    if (!found) {
      std::string valid;
      for (const auto& c : kColumnInfo) valid += (valid.empty() ? "" : ", ") + std::string(c.name);
      fault(path + ".column", "product has no column \"" + column + "\"; valid are " + valid);
    }
    f.column = *found;
    if (const Value member = v["member"]; !member.is_absent()) {
      f.member = text(member, path + ".member");
      if (info(f.column).type != ColumnType::jsonb)
        fault(path + ".member", "column \"" + column + "\" is not of type jsonb");
      return;
    }
    if (!fits(f.type, info(f.column).type)) {
      fault(path + ".type", "does not fit column \"" + column + "\" of type " +
                                std::string(sql_name(info(f.column).type)));
    }
  }

  static std::optional<Value> number(const Value& v, const std::string& path) {
    if (v.is_absent()) return std::nullopt;
    if (!v.is_number()) fault(path, "must be a number");
    return v;
  }

  static void read_enum(Field& f, const Value& v, const std::string& path) {
    if (v.is_absent()) return;
    if (f.type != FieldType::text && f.type != FieldType::texts)
      fault(path, "only a field of type text or texts has an enum");
    expect(v, Kind::list, path, "a list of texts");
    if (v.items().empty()) fault(path, "must not be empty");
    for (std::size_t i = 0; i < v.items().size(); ++i)
      f.allowed.push_back(text(v.items()[i], path + "." + std::to_string(i)));
  }

  static void read_default(Field& f, const Value& d, const std::string& path) {
    bool right = d.is_null() && f.nullable;
    switch (f.type) {
      case FieldType::text:
        right |= d.kind() == Kind::text &&
                 (f.allowed.empty() ||
                  std::find(f.allowed.begin(), f.allowed.end(), d.as_text()) != f.allowed.end());
        break;
      case FieldType::integer: right |= d.as_integer().has_value(); break;
      case FieldType::decimal: right |= d.is_number(); break;
      case FieldType::boolean: right |= d.kind() == Kind::boolean; break;
      case FieldType::texts:
      case FieldType::objects: right |= d.kind() == Kind::list; break;
      case FieldType::object: right |= d.kind() == Kind::object; break;
      case FieldType::json: right = true; break;
      default: break;
    }
    if (!right) fault(path, "is no valid value of this field");
    f.initial = d;
  }

  static void finish_fields(Profile& p) {
    std::array<const Field*, kColumns> whole{};
    for (std::size_t i = 0; i < p.fields.size(); ++i) {
      Field& f = p.fields[i];
      p.by_name_.push_back(static_cast<std::uint16_t>(i));
      if (f.role != Role::column) continue;
      p.columns.add(f.column);
      const Field*& slot = whole[static_cast<std::size_t>(f.column)];
      if (f.member.empty()) {
        if (slot != nullptr)
          fault("fields." + f.name + ".column", "column \"" + std::string(info(f.column).name) +
                                                    "\" is already the field \"" + slot->name +
                                                    "\"");
        slot = &f;
      }
      // What the engine itself writes is not taken from a document.
      if ((f.column == Column::version || f.column == Column::created_at ||
           f.column == Column::updated_at) &&
          f.read_only == ReadOnly::no && f.member.empty()) {
        fault("fields." + f.name + ".read_only",
              "column \"" + std::string(info(f.column).name) +
                  "\" is written by product_upsert alone: say ignore or reject");
      }
    }
    std::sort(p.by_name_.begin(), p.by_name_.end(),
              [&](auto a, auto b) { return p.fields[a].name < p.fields[b].name; });
  }

  void read_identity(Profile& p, const Value& v) {
    expect(v, Kind::list, "identity", "a list of rules");
    if (v.items().empty()) fault("identity", "must name at least one rule");
    for (std::size_t i = 0; i < v.items().size(); ++i) {
      const std::string path = "identity." + std::to_string(i);
      const Value& item = v.items()[i];
      ProfileRule rule;
      if (item.kind() == Kind::text) {
        rule.rule = text(item, path);
      } else {
        expect(item, Kind::object, path, "a rule's name or an object");
        only(item, path, {"rule", "levels", "creates"});
        rule.rule = text(item["rule"], path + ".rule");
        rule.creates = flag(item["creates"], path + ".creates", true);
        if (!item["levels"].is_absent())
          rule.levels = read_levels(p, item["levels"], path + ".levels");
      }
      if (p.rule(rule.rule) != nullptr) fault(path, "rule \"" + rule.rule + "\" is named twice");
      p.identity.push_back(std::move(rule));
    }
  }

  static std::vector<Level> read_levels(const Profile& p, const Value& v, const std::string& path) {
    expect(v, Kind::list, path, "a list of levels");
    std::vector<Level> levels;
    for (std::size_t i = 0; i < v.items().size(); ++i) {
      const std::string at = path + "." + std::to_string(i);
      const Value& item = v.items()[i];
      expect(item, Kind::object, at, "an object");
      only(item, at, {"level", "fields"});
      Level level{text(item["level"], at + ".level"), {}};
      expect(item["fields"], Kind::list, at + ".fields", "a list of fields");
      for (const Value& name : item["fields"].items()) {
        const int index = p.find(text(name, at + ".fields"));
        if (index < 0) fault(at + ".fields", "names no field of this profile: " + name.printed());
        const Field& f = p.fields[static_cast<std::size_t>(index)];
        if (f.role != Role::column || !f.member.empty())
          fault(at + ".fields", "\"" + f.name + "\" is no column");
        level.columns.push_back(f.column);
      }
      if (level.columns.empty()) fault(at + ".fields", "must not be empty");
      levels.push_back(std::move(level));
    }
    return levels;
  }
};

std::shared_ptr<const Profile> compile_profile(std::string_view name, const Value& definition) {
  return ProfileCompiler().compile(name, definition);
}

}  // namespace product_upsert
