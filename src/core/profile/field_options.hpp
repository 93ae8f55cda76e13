#pragma once

#include <span>
#include <string>
#include <string_view>

#include "core/value/value.hpp"

namespace product_upsert {

// A member of a field's definition, and the kinds of fields of which it says something: a kind is
// the word of a field's type, or of its role where that is not column. What refuses the others, the
// tests of that and doc/profiles.md are made of these.
struct FieldOption {
  std::string_view name;
  std::string_view kinds;  // words apart by blanks
  // Where such a field may stand: at the top, in an object, as a variant's.
  bool top = true, object = true, variant = true;

  bool is_for(std::string_view kind) const;
};
std::span<const FieldOption> field_options();
// All kinds that any option is for, columns' types first.
std::span<const std::string_view> field_kinds();

enum class Nesting : std::uint8_t { top, object, variant };
// The kind that the definition says; empty where it says none that there is.
std::string_view kind_of(const Value& definition);
// Refuses members that are not known, and those that say nothing of such a field.
void check_options(const Value& definition, const std::string& path, Nesting nesting);

}  // namespace product_upsert
