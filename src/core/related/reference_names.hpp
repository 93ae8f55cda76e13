#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/document/batch.hpp"
#include "core/profile/profile.hpp"
#include "core/value/pages.hpp"

namespace product_upsert {

// How documents name rows of other tables (rules 12, 42, 43), and how they are told what is wrong
// with a name.

// A document names a row by a number or text, or by an object with some of the columns' names.
struct RowName {
  std::string_view member;  // of the object; empty where it is none
  unsigned column;
  Value value;  // absent where the column holds nothing like it
};

// One row that a document means: all of a reference, or an entry of a list.
struct RowMention {
  std::uint32_t item;
  std::uint32_t entry;
  Value given;
};

// The rows that the members of one mention name; 0: none.
using NamedRows = std::vector<std::pair<std::string_view, std::int64_t>>;

// Where the documents say something in the field, of role reference or links. What should be a list
// and is none fails.
LargeVector<RowMention> find_mentions(Batch& batch, const std::vector<std::uint32_t>& items,
                                      std::size_t field);
// How errors name the place.
std::string path_of(const RowMention& mention, const Field& field);
// What may be meant, by the column that holds it. What one member says may be held by one of
// several columns, and so may a bare text; different members each have to name the row.
void read_names(const Reference& reference, const Value& given, Arena& arena,
                std::vector<RowName>& names);
// The same for names that mean the same.
std::string name_key(const Reference& reference, unsigned column, const Value& value);
// Each member's row, of the first of its columns that has one. A bare text is told by the columns
// that hold it, of those that have a row: all of them have to have the same one.
NamedRows rows_by_member(const Reference& reference, std::span<const RowName> said,
                         const std::function<std::int64_t(const RowName&)>& row_of);
// Of an object some members name a row, and others none or another one; or a bare text is one row's
// id and another's reference.
void tell_names(Item& item, const std::string& path, const Reference& reference,
                const NamedRows& rows, const Value& given);
// `waits`: the document is told that it waits for the row.
void tell_unknown_row(Item& item, const std::string& path, const Reference& reference,
                      const Value& given, bool waits);

}  // namespace product_upsert
