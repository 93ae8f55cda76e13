#include <algorithm>
#include <span>

#include "core/profile/definition.hpp"
#include "core/profile/field_action.hpp"
#include "core/profile/field_compile.hpp"
#include "core/profile/precedence.hpp"
#include "core/profile/profile.hpp"
#include "core/profile/reference_compile.hpp"
#include "core/profile/tombstone.hpp"
#include "core/value/failure.hpp"
#include "core/value/text.hpp"

namespace product_upsert {

using namespace definition;

// Reads a definition. `path` is the current position in it, for error messages.
class ProfileCompiler {
 public:
  ProfileCompiler(OwnColumns own, const std::vector<std::string>* rules)
      : own_(std::move(own)), rules_(rules) {}

  // recipe: member
  std::shared_ptr<Profile> compile(std::string_view name, const Value& given) {
    auto profile = std::make_shared<Profile>();
    profile->name = name;
    profile->altered = own_.altered;
    const Value definition = given.copy_to(profile->arena);
    expect(definition, Kind::object, "", "an object");
    Faults faults;
    faults.apart([&] {
      only(definition, "",
           {"description", "request", "answer", "unknown_fields", "fields", "identity",
            "identifiers", "judged_by", "tombstone", "ranges", "coerce", "empty", "require_key",
            "source", "precedence", "http"});
    });
    faults.apart([&] {
      if (const Value d = definition["description"]; !d.is_absent()) text(d, "description");
    });
    faults.apart([&] { read_request(*profile, definition["request"]); });
    faults.apart([&] { read_answer(*profile, definition["answer"]); });
    faults.apart([&] {
      profile->unknown_fields = word<UnknownFields>(definition["unknown_fields"], "unknown_fields",
                                                    {{"reject", UnknownFields::reject},
                                                     {"ignore", UnknownFields::ignore},
                                                     {"keep", UnknownFields::keep}},
                                                    UnknownFields::reject);
    });
    faults.apart(
        [&] { profile->require_key = flag(definition["require_key"], "require_key", false); });
    faults.apart([&] {
      if (const Value s = definition["source"]; !s.is_absent()) profile->source = text(s, "source");
    });
    const Value fields = definition["fields"];
    Faults of_fields;
    of_fields.apart([&] { read_fields(*profile, definition, of_fields); });
    // Members that name fields are checked after all fields are known.
    if (of_fields.none()) {
      place_variant_columns(*profile);
      of_fields.apart([&] { finish_fields(*profile); });
    }
    if (of_fields.none()) {
      faults.apart([&] { read_embeds(*profile, fields); });
      faults.apart([&] { read_ranges(*profile, definition["ranges"]); });
      faults.apart([&] { read_identity(*profile, definition["identity"]); });
      faults.apart([&] { read_identifiers(*profile, definition["identifiers"]); });
      faults.apart([&] { read_judged_by(*profile, definition["judged_by"]); });
      faults.apart([&] {
        profile->tombstone = compile_tombstone(*profile, definition["tombstone"],
                                               read_field_defaults(definition).coerce);
      });
      faults.apart([&] { compile_precedence(*profile, definition["precedence"]); });
    }
    of_fields.apart([&] { faults.raise(); });
    of_fields.raise();
    return profile;
  }

 private:
  void read_fields(Profile& p, const Value& definition, Faults& faults) {
    const Value fields = definition["fields"];
    expect(fields, Kind::object, "fields", "an object of fields");
    if (fields.members().empty()) fault("fields", "must name at least one field");
    if (fields.members().size() > 1000) fault("fields", "has more than 1000 fields");
    FieldDefaults defaults = read_field_defaults(definition);
    defaults.arena = &p.arena;
    for (const Member& m : fields.members()) {
      faults.apart([&] {
        p.fields.push_back(
            compile_field(m.key, m.value, "fields." + std::string(m.key), defaults, own_));
      });
    }
  }

  static void read_identifiers(Profile& p, const Value& names) {
    if (names.is_absent()) return;
    expect(names, Kind::list, "identifiers", "a list of rules");
    p.identifiers.emplace();
    for (const Value& name : names.items()) p.identifiers->push_back(text(name, "identifiers"));
  }

  static void read_judged_by(Profile& p, const Value& judged) {
    if (judged.is_absent()) return;
    const int at = p.find(text(judged, "judged_by"));
    if (at < 0) fault("judged_by", "must name a field of the profile");
    if (p.fields[static_cast<std::size_t>(at)].type != FieldType::timestamp)
      fault("judged_by", "must name a field of type timestamp");
    p.judged_by = static_cast<std::uint16_t>(at);
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
    only(answer, "answer", {"envelope", "bulk", "ids"});
    p.ids_are_texts =
        word<bool>(answer["ids"], "answer.ids", {{"numbers", false}, {"texts", true}}, false);
    if (const Value e = answer["envelope"]; !e.is_absent())
      p.answer_envelope = text(e, "answer.envelope");
    p.bulk_answer = word<BulkAnswer>(answer["bulk"], "answer.bulk",
                                     {{"products", BulkAnswer::products}, {"ids", BulkAnswer::ids}},
                                     BulkAnswer::products);
  }

  // Of the user's columns, only those that a field names are read.
  void place_variant_columns(Profile& p) const {
    const auto built_in = info(Table::variant).columns;
    for (const ColumnInfo& column : built_in)
      p.variant_columns.push_back(as_altered(column, own_.altered_variant));
    std::vector<unsigned> places(own_.variant.size());
    for (Field& f : p.fields) {
      if (f.role != Role::variants) continue;
      for (Field& inner : f.fields) {
        if (inner.place < built_in.size()) continue;
        const std::size_t own = inner.place - built_in.size();
        if (places[own] == 0) {
          places[own] = static_cast<unsigned>(p.variant_columns.size());
          p.variant_columns.push_back(info(own_.variant[own]));
        }
        inner.place = places[own];
      }
    }
  }

  static bool has_column(const Field& f) {
    return f.role == Role::column || f.role == Role::reference || f.role == Role::custom_fields;
  }

  // Whether the role concerns more than the row of product.
  static bool is_related(Role role) {
    switch (role) {
      case Role::column:
      case Role::organization:
      case Role::constant: return false;
      case Role::reference:
      case Role::links:
      case Role::embed:
      case Role::variants:
      case Role::custom_fields:
      case Role::organization_document:
      case Role::variant_options:
      case Role::replace_variants: return true;
    }
    return true;
  }

  // Only a reference to a product is held to rule 13: no product is its own ancestor.
  static void check_parent(const Field& f) {
    if (f.column != Column::parent_product_id || f.read_only != ReadOnly::no) return;
    if (f.role == Role::column)
      fault(
          "fields." + f.name + ".role",
          "must be \"reference\", with \"table\": \"product\": the column is the product's parent");
    if (f.role == Role::reference && f.reference.table != Table::product)
      fault("fields." + f.name + ".table",
            "must be \"product\": the column is the product's parent");
  }

  static void finish_fields(Profile& p) {
    for (std::size_t i = 0; i < p.fields.size(); ++i) {
      Field& f = p.fields[i];
      p.by_name_.push_back(static_cast<std::uint16_t>(i));
      p.has_related_fields |= is_related(f.role);
      p.parks |= f.reference.missing == Missing::park && f.role != Role::embed;
      if (f.precondition) p.version = static_cast<std::uint16_t>(i);
      if (!has_column(f)) continue;
      p.columns.add(f.column);
      if (f.member.empty()) {
        const auto column = static_cast<std::size_t>(f.column);
        if (column >= p.by_column_.size()) p.by_column_.resize(column + 1);
        p.by_column_[column] = static_cast<std::uint16_t>(i + 1);
      }
      // These columns are NOT NULL: the default is false.
      if (f.column == Column::is_archived || f.column == Column::is_deleted) {
        f.nullable = false;
        if (f.action == Action::clear)
          fault("fields." + f.name + ".action", "must be one of " + list_actions(f));
        if (!f.initial) f.initial = Value::boolean(false);
      }
      for (const Field& o : std::span(p.fields).first(i)) {
        if (!has_column(o) || o.column != f.column) continue;
        // A column is either one field, or its members are fields of their own.
        if (o.member.empty() || f.member.empty() || o.member == f.member)
          fault("fields." + f.name + (f.member.empty() ? ".column" : ".member"),
                "column \"" + std::string(info(f.column).name) + "\" is already the field \"" +
                    o.name + "\"");
      }
      if (f.column == Column::meta && f.member.empty() && p.unknown_fields == UnknownFields::keep)
        fault("fields." + f.name + ".column",
              "column \"meta\" holds the unknown fields that this profile keeps");
      check_parent(f);
      // Columns that the engine writes itself cannot be taken from a document.
      if ((((f.column == Column::version || f.column == Column::created_at ||
             f.column == Column::updated_at) &&
            f.member.empty()) ||
           f.column == Column::field_sources) &&
          f.read_only == ReadOnly::no) {
        fault("fields." + f.name + ".read_only",
              "column \"" + std::string(info(f.column).name) +
                  "\" is written by product_upsert alone: say ignore or reject");
      }
    }
    if (p.unknown_fields == UnknownFields::keep) p.columns.add(Column::meta);
    std::sort(p.by_name_.begin(), p.by_name_.end(),
              [&](auto a, auto b) { return p.fields[a].name < p.fields[b].name; });
    for (const Field& f : p.fields) {
      if (f.role != Role::embed) continue;
      const int of = p.find(f.of);
      if (of < 0 || p.fields[static_cast<std::size_t>(of)].role != Role::reference)
        fault("fields." + f.name + ".of", "must name a field of role reference");
    }
  }

  // The shape of an embed is that of the referred table, which is known after all fields are read.
  static void read_embeds(Profile& p, const Value& fields) {
    for (Field& f : p.fields) {
      if (f.role != Role::embed) continue;
      const Field& of = p.fields[static_cast<std::size_t>(p.find(f.of))];
      f.reference = of.reference;
      f.column = of.column;
      f.shape =
          compile_shape(fields[f.name]["shape"], of.reference.table, "fields." + f.name + ".shape");
    }
  }

  static void read_ranges(Profile& p, const Value& ranges) {
    if (ranges.is_absent()) return;
    expect(ranges, Kind::list, "ranges", "a list of pairs of fields");
    for (std::size_t i = 0; i < ranges.items().size(); ++i) {
      const std::string path = "ranges." + std::to_string(i);
      const Value& pair = ranges.items()[i];
      if (pair.kind() != Kind::list || pair.items().size() != 2) fault(path, "must be two fields");
      const auto field = [&](std::size_t n) {
        const int at = p.find(text(pair.items()[n], path));
        if (at < 0 || p.fields[static_cast<std::size_t>(at)].type != FieldType::date)
          fault(path, "must name fields of type date");
        return static_cast<std::uint16_t>(at);
      };
      p.ranges.emplace_back(field(0), field(1));
    }
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
      check_rule(p, rule.rule, path);
      p.identity.push_back(std::move(rule));
    }
  }

  // The rule must exist, and documents of the profile must be able to have its key.
  void check_rule(const Profile& p, const std::string& rule, const std::string& path) const {
    const std::vector<std::pair<std::string_view, std::vector<Column>>> kBuiltIn = {
        {"id", {Column::id}},
        {"uuid", {Column::uuid}},
        {"external_id", {Column::external_id}},
        {"reference", {Column::reference}},
        {"handle", {Column::handle}},
        {"number", {Column::number}},
        {"natural",
         {Column::manufacturer, Column::brand, Column::name, Column::size, Column::size_unit}}};
    if (rules_ == nullptr) return;
    const auto built_in = std::find_if(kBuiltIn.begin(), kBuiltIn.end(),
                                       [&](const auto& b) { return b.first == rule; });
    if (built_in == kBuiltIn.end()) {
      if (std::find(rules_->begin(), rules_->end(), rule) != rules_->end()) return;
      std::string valid;
      for (const auto& [name, columns] : kBuiltIn) add_to_list(valid, name);
      for (const std::string& name : *rules_) {
        if (std::none_of(kBuiltIn.begin(), kBuiltIn.end(),
                         [&](const auto& b) { return b.first == name; }))
          valid += ", " + name;
      }
      fault(path, "there is no identity rule \"" + rule + "\"; valid are " + valid);
    }
    const auto none = [&](Column c) { return p.field_of(c) == nullptr; };
    if (std::all_of(built_in->second.begin(), built_in->second.end(), none))
      fault(path, "the profile has no field of rule \"" + rule + "\"");
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
      const Value names = item["fields"];
      for (const Value& name : names.items()) {
        const int index = p.find(text(name, at + ".fields"));
        if (index < 0)
          fault(at + ".fields", "must name fields of the profile, not " + name.printed());
        const Field& f = p.fields[static_cast<std::size_t>(index)];
        if (f.role != Role::column || !f.member.empty())
          fault(at + ".fields", "\"" + f.name + "\" is not a column");
        level.columns.push_back(f.column);
      }
      if (level.columns.empty()) fault(at + ".fields", "must not be empty");
      levels.push_back(std::move(level));
    }
    return levels;
  }

  OwnColumns own_;
  const std::vector<std::string>* rules_;
};

std::shared_ptr<Profile> compile_profile(std::string_view name, const Value& definition,
                                         const OwnColumns& own,
                                         const std::vector<std::string>* rules) {
  return ProfileCompiler(own, rules).compile(name, definition);
}

}  // namespace product_upsert
