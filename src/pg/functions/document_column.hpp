#pragma once

#include <string>

#include "core/value/failure.hpp"
#include "pg/boundary/compat.hpp"

namespace product_upsert {

// The column that contains the documents.
struct DocumentColumn {
  AttrNumber number;
  bool is_text;  // JSON as text, varchar, char or json; otherwise jsonb
};

// Text for messages: column "name" of "relation".
std::string column_in_words(Relation relation, const std::string& column);

constexpr const char* kDatatypeMismatch = "42804";

// 42703, with the Failure for the argument that named the column.
Refusal no_column(Relation relation, const std::string& name, const std::string& hint,
                  const Failure& failure);

// Throws Refusal: 42703 if there is no such column (the HINT lists similar ones), 42804 if it has
// another type. `relation` must be locked.
DocumentColumn find_document_column(Relation relation, const std::string& name);

// A query of that column; `from` in SQL's notation.
std::string select_documents(const std::string& name, const std::string& from);

}  // namespace product_upsert
