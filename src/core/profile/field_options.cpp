#include "core/profile/field_options.hpp"

#include <algorithm>
#include <array>

#include "core/profile/definition.hpp"
#include "core/value/text.hpp"

namespace product_upsert {

using namespace definition;

namespace {

// recipe: type
constexpr std::array<std::string_view, 22> kKinds = {"text",
                                                     "integer",
                                                     "decimal",
                                                     "boolean",
                                                     "date",
                                                     "timestamp",
                                                     "uuid",
                                                     "texts",
                                                     "json",
                                                     "object",
                                                     "objects",
                                                     "reference",
                                                     "links",
                                                     "variants",
                                                     "custom_fields",
                                                     "organization",
                                                     "embed",
                                                     "constant",
                                                     "organization_document",
                                                     "variant_options",
                                                     "replace_variants",
                                                     "version"};

#define TYPES "text integer decimal boolean date timestamp uuid texts json object objects"
#define PARTS " reference links variants custom_fields"
// recipe: member, limit
constexpr FieldOption kOptions[] = {
    {"description", "*"},
    {"role", "*", true, false, false},
    {"type", TYPES},
    {"column", TYPES " reference", true, false, true},
    {"member", TYPES, true, false, false},
    {"required", TYPES PARTS},
    {"nullable", TYPES PARTS " organization"},
    {"default", TYPES},
    {"min_length", "text texts objects variants"},
    {"max_length", "text texts objects variants"},
    {"min", "integer decimal"},
    {"max", "integer decimal"},
    {"enum", "text texts"},
    {"no_white_space", "text"},
    {"precision", "timestamp", true, false, true},
    {"empty", TYPES " reference"},
    {"null", TYPES " reference"},
    {"coerce",
     "text integer decimal boolean texts json object objects variants custom_fields "
     "organization"},
    {"split", "texts objects"},
    {"empty_list", "json texts objects custom_fields"},
    {"read_only", TYPES PARTS " organization"},
    {"create_only", TYPES PARTS, true, false, false},
    {"generated", "uuid", true, false, false},
    {"marked_up", "decimal", true, false, false},
    {"hidden", "*", true, false, true},
    {"quiet", TYPES PARTS, true, false, false},
    {"action", TYPES PARTS, true, false, false},
    {"key", "objects json", true, false, false},
    {"fields", "object objects variants"},
    {"entries", "json", true, true, false},
    {"table", "reference links"},
    {"by", "reference links"},
    {"separator", "reference links"},
    {"missing", "reference links"},
    {"resource", "reference links"},
    {"answer", "reference links"},
    {"fixed", "reference links"},
    {"shape", "reference links embed"},
    {"of", "embed"},
    {"value", "constant"},
    {"style", "custom_fields"},
    {"types", "custom_fields"},
    {"free", "custom_fields"},
    {"values", "custom_fields"},
};
#undef TYPES
#undef PARTS

}  // namespace

bool FieldOption::is_for(std::string_view kind) const {
  if (kinds == "*") return true;
  std::string_view rest = kinds;
  while (!rest.empty()) {
    const std::string_view one = rest.substr(0, rest.find(' '));
    if (one == kind) return true;
    rest.remove_prefix(std::min(one.size() + 1, rest.size()));
  }
  return false;
}

std::span<const FieldOption> field_options() { return kOptions; }
std::span<const std::string_view> field_kinds() { return kKinds; }

std::string_view kind_of(const Value& definition) {
  const Value role = definition["role"];
  const bool column = role.is_absent() || (role.kind() == Kind::text && role.as_text() == "column");
  const Value said = column ? definition["type"] : role;
  if (said.kind() != Kind::text) return {};
  const auto* const it = std::find(kKinds.begin(), kKinds.end(), said.as_text());
  return it == kKinds.end() ? std::string_view() : *it;
}

void check_options(const Value& definition, const std::string& path, Nesting nesting) {
  const std::string_view kind = kind_of(definition);
  Faults faults;
  for (const Member& m : definition.members()) {
    const std::string at = path + "." + std::string(m.key);
    const auto* const option = std::find_if(std::begin(kOptions), std::end(kOptions),
                                            [&](const FieldOption& o) { return o.name == m.key; });
    if (option == std::end(kOptions)) {
      std::string valid;
      for (const FieldOption& o : kOptions) {
        if (kind.empty() || o.is_for(kind)) add_to_list(valid, o.name);
      }
      faults.apart([&] { fault(at, "is not known here; valid are " + valid); });
      continue;
    }
    if (!kind.empty() && !option->is_for(kind)) {
      std::string kinds(option->kinds);
      for (std::size_t i = 0; (i = kinds.find(' ', i)) != std::string::npos; i += 2)
        kinds.replace(i, 1, ", ");
      faults.apart([&] {
        fault(at, "is not an option of " + std::string(kind) + " fields; it is for " + kinds);
      });
      continue;
    }
    const bool fits = nesting == Nesting::top      ? option->top
                      : nesting == Nesting::object ? option->object
                                                   : option->variant;
    if (fits) continue;
    faults.apart([&] {
      fault(at, nesting == Nesting::object ? "is not an option of a field within an object"
                                           : "is not an option of a variant's field");
    });
  }
  faults.raise();
}

}  // namespace product_upsert
