#pragma once

#include <span>
#include <string>
#include <string_view>

#include "core/value/value.hpp"

namespace product_upsert {

// A member of a field's definition, and the kinds of fields to which it applies: a kind is the name
// of a field's type, or of its role if that is not column. The checks, their tests and the table in
// doc/profiles.md are made from these.
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
// The kind of the definition; empty if there is no such kind.
std::string_view kind_of(const Value& definition);
// Refuses unknown members, and those that do not apply to such a field.
void check_options(const Value& definition, const std::string& path, Nesting nesting);

}  // namespace product_upsert
