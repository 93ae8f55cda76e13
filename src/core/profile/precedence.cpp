#include "core/profile/precedence.hpp"

#include <algorithm>

#include "core/profile/definition.hpp"

namespace product_upsert {

using namespace definition;

namespace {

// Whether documents write the field and its value may be held back. A field that identifies the
// product, or that decides whether the document counts, cannot be held back.
bool may_have_sources(const Profile& profile, std::size_t index) {
  const Field& f = profile.fields[index];
  const bool written = f.writes_column() ? f.column != Column::id
                                         : f.read_only == ReadOnly::no &&
                                               (f.role == Role::variants || f.role == Role::links);
  return written && index != profile.judged_by;
}

std::vector<std::string> read_sources(const Value& list, const std::string& path) {
  expect(list, Kind::list, path, "a list of sources");
  if (list.items().empty()) fault(path, "must name at least one source");
  std::vector<std::string> sources;
  for (std::size_t i = 0; i < list.items().size(); ++i) {
    const std::string at = path + "." + std::to_string(i);
    std::string source = text(list.items()[i], at);
    if (std::find(sources.begin(), sources.end(), source) != sources.end())
      fault(at, "names source \"" + source + "\" twice");
    sources.push_back(std::move(source));
  }
  return sources;
}

}  // namespace

void compile_precedence(Profile& profile, const Value& definition) {
  if (definition.is_absent()) return;
  expect(definition, Kind::object, "precedence", "an object of fields and lists of sources");
  if (definition.members().empty()) fault("precedence", "must name at least one field, or \"*\"");
  std::vector<std::vector<std::string>> precedence(profile.fields.size());
  Faults faults;
  std::vector<std::string> others;
  for (const Member& m : definition.members()) {
    const std::string path = "precedence." + std::string(m.key);
    faults.apart([&] {
      if (m.key == "*") {
        others = read_sources(m.value, path);
        return;
      }
      const int at = profile.find(m.key);
      if (at < 0) fault(path, "names no field of this profile");
      if (!may_have_sources(profile, static_cast<std::size_t>(at)))
        fault(path,
              "must name a field that documents write, other than id and the one of judged_by");
      precedence[static_cast<std::size_t>(at)] = read_sources(m.value, path);
    });
  }
  faults.raise();
  for (std::size_t i = 0; i < precedence.size(); ++i) {
    if (precedence[i].empty() && may_have_sources(profile, i)) precedence[i] = others;
  }
  profile.precedence = std::move(precedence);
}

std::string mark_name(const Field& field) {
  if (field.role == Role::variants) return "product_variant";
  if (field.role == Role::links)
    return "product_" + std::string(info(*info(field.reference.table).links).name);
  const std::string column(info(field.column).name);
  return field.member.empty() ? column : column + "." + field.member;
}

std::size_t rank_of(const std::vector<std::string>& sources, std::string_view source) {
  return static_cast<std::size_t>(std::find(sources.begin(), sources.end(), source) -
                                  sources.begin());
}

}  // namespace product_upsert
