#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/arena.hpp"
#include "core/column.hpp"
#include "core/value.hpp"

namespace product_upsert {

enum class FieldType : std::uint8_t {
  text,
  integer,
  decimal,
  boolean,
  date,
  timestamp,
  uuid,
  json,     // anything
  texts,    // list of text
  objects,  // list of objects with fields of their own
  object,   // an object with fields of its own
};

enum class Role : std::uint8_t {
  column,        // a column of product, or a member of one of its jsonb columns
  organization,  // the organization the document belongs to
  constant,      // in answers only
};

enum class ReadOnly : std::uint8_t { no, ignore, reject };  // C7
// What "" means. Unsaid: text is kept, but an identifier is never empty (C8).
enum class Empty : std::uint8_t { unsaid, keep, absent, null };

// One field of a document, compiled. Numbers and texts it points at live in the profile's arena.
struct Field {
  std::string name;
  Role role = Role::column;
  FieldType type = FieldType::text;
  Column column = Column::id;
  std::string member;  // of the jsonb column; empty: the column itself
  Value constant;

  bool required = false;  // to create (C2)
  bool nullable = true;
  bool create_only = false;
  bool no_white_space = false;
  bool coerce = false;  // "1", "0", "" and booleans are read as booleans (rule 45)
  bool hidden = false;  // never in answers
  ReadOnly read_only = ReadOnly::no;
  Empty empty = Empty::unsaid;
  std::optional<Value> initial;  // what a created product gets where the document says nothing
  std::optional<std::uint32_t> min_length, max_length;  // characters; items for lists
  std::optional<Value> min, max;
  std::vector<std::string> allowed;  // enum
  std::vector<Field> fields;         // of objects
};

// A level of a natural key: for a created product the first level whose fields are new decides
// (rule 31).
struct Level {
  std::string name;
  std::vector<Column> columns;
};

struct ProfileRule {
  std::string rule;  // name in product_identity
  std::vector<Level> levels;
  bool creates = true;  // false: no match is an error (rule 7, rule 39)
};

enum class UnknownFields : std::uint8_t { reject, ignore, keep };
enum class BulkAnswer : std::uint8_t { products, ids };

// A document contract, compiled from a row of product_profile. Immutable, shared by the session.
struct Profile {
  std::string name;
  std::string list_member;      // of a request that wraps its documents: {"body": […]}
  std::string answer_envelope;  // {"data": product}
  BulkAnswer bulk_answer = BulkAnswer::products;
  UnknownFields unknown_fields = UnknownFields::reject;
  std::vector<Field> fields;
  std::vector<ProfileRule> identity;
  std::optional<std::uint16_t> judged_by;  // field with the time a document is judged by (stale)
  Arena arena;

  ColumnSet columns;  // all that its fields read or write

  // Index into fields, or -1.
  int find(std::string_view field_name) const;
  const Field* field_of(Column column) const;  // whole-column fields only
  const ProfileRule* rule(std::string_view rule_name) const;
  // The document's name of a column, or the column's own where the profile does not carry it.
  std::string_view name_of(Column column) const;

 private:
  friend class ProfileCompiler;
  std::vector<std::uint16_t> by_name_;  // sorted
};

// Compiles a definition (see doc/profiles.md for its language). Throws Refusal (invalid), its
// message beginning with the JSON path of the fault: "fields.size.type: …".
std::shared_ptr<const Profile> compile_profile(std::string_view name, const Value& definition);

}  // namespace product_upsert
