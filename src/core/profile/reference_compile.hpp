#pragma once

#include <string>
#include <vector>

#include "core/profile/profile.hpp"

namespace product_upsert {

TimeForm compile_time_form(const Value& v, const std::string& path);

// The members of a field's definition that speak of other tables: "table", "by", "resource",
// "answer", "shape". `path` is the field's. Throw Refusal (invalid).
Reference compile_reference(const Value& field, const std::string& path);
// Of the shape's members, those that `fixed` names.
std::vector<std::pair<std::string, unsigned>> compile_fixed(const Value& fixed,
                                                            const std::vector<ShapeMember>& shape,
                                                            const std::string& path);
std::vector<ShapeMember> compile_shape(const Value& shape, Table table, const std::string& path);

}  // namespace product_upsert
