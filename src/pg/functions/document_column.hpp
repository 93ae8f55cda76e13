#pragma once

#include <string>

#include "pg/boundary/compat.hpp"

namespace product_upsert {

// The column of a feed's relation that holds the documents.
struct DocumentColumn {
  AttrNumber number;
  bool is_text;  // JSON as text, varchar, char or json; else jsonb
};

// column "name" of "relation", for messages.
std::string column_in_words(Relation relation, const std::string& column);

constexpr const char* kDatatypeMismatch = "42804";

// Throws Refusal: 42703 where there is no such column (the HINT lists those that could be meant),
// 42804 where it is of another type. `relation` must be locked.
DocumentColumn find_document_column(Relation relation, const std::string& name);

// A column of any type, whose text tells its rows apart: throws Refusal, 42703, where there is
// none.
void check_key_column(Relation relation, const std::string& name);

// SELECT of that column; `from` as SQL writes it.
std::string select_documents(const std::string& name, const std::string& from);

}  // namespace product_upsert
