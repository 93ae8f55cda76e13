#pragma once

#include <string>

#include "core/profile/profile.hpp"

namespace product_upsert {

// What an action makes of a stored value and the document's value; absent: the value stays as it is
// stored. Lists are appended to and removed from item by item, objects are merged as RFC 7396
// defines it, and lists of objects by their member `key`.
Value act(Action action, const Value& stored, const Value& given, Arena& arena,
          const std::string& key = {});

// What MERGE has made of a stored value and the document's (`given`): objects that it added get the
// defaults of members of which the document says nothing.
Value with_defaults(const Field& field, const Value& merged, const Value& stored,
                    const Value& given, Arena& arena);
// … and of that: without what it added that has no key and was there already. Else the same
// document would add it again each time.
Value without_repeated(const std::string& key, const Value& merged, const Value& stored,
                       Arena& arena);

// What an action makes of the column custom_fields, whose members are merged one by one (rule 14);
// null removes a member.
Value merged_custom_fields(Action action, const Value& stored, const Value& given, Arena& arena);

}  // namespace product_upsert
